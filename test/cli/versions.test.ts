/** Files of a real server over five backups, by the command alone: every state is on the disk, and `lifeboat list --at` shows it. */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { describeUnless } from '../fixtures/corpus.ts'
import { apacheMissing, startApache } from '../servers/webdav.ts'
import { lifeboat, temporaryFolder } from './command.ts'

interface Shown {
  readonly subject: string
  readonly path: string
  readonly sha256: string
}

describeUnless(apacheMissing(), 'the states of an account over time', () => {
  test('are listed as they were at the time of each backup, with where each of them lies now', async () => {
    using home = temporaryFolder()
    const server = await startApache()
    const vault = join(home.path, 'vault')
    const run = async (...argv: readonly string[]) => {
      const { exitCode, stdout, stderr } = await lifeboat(argv, { home: home.path, input: server.password })
      expect([argv[0], exitCode, stderr]).toEqual([argv[0], 0, ''])
      return stdout
    }
    const put = (path: string, text: string) => {
      mkdirSync(dirname(join(server.files, path)), { recursive: true })
      writeFileSync(join(server.files, path), text)
    }
    const remove = (path: string) => rmSync(join(server.files, path), { recursive: true })
    const steps = [
      () => put('report', 'first'),
      () => put('report', 'second, longer'),
      () => renameSync(join(server.files, 'report'), join(server.files, 'old report')),
      () => {
        remove('old report')
        put('report/page', 'third')
      },
      () => {
        remove('report')
        put('report', 'and the fourth')
      },
    ]
    const states = [
      ['report: first'],
      ['report: second, longer'],
      ['old report: second, longer'],
      ['report/page: third'],
      ['report: and the fourth'],
    ]
    try {
      for (const n of [1, 2, 3, 4, 5, 6]) put(`kept/${n}`, `kept ${n}`)
      const secret = ['--password-stdin', '--secrets', 'file']
      await run('account', 'add', 'dav', '--id', 'home', '--user', server.user, '--webdav', server.url, ...secret)
      const runs: string[] = []
      for (const step of steps) {
        step()
        const report = JSON.parse(await run('backup', '--vault', vault, '--no-viewer', '--json')) as {
          readonly accounts: readonly { readonly run: string }[]
        }
        runs.push(report.accounts[0]?.run ?? '')
      }
      const seenAt = async (at: string) => {
        const listed = await run('list', '--vault', vault, '--folder', 'files of alice', '--at', at, '--json')
        const { items } = JSON.parse(listed) as { readonly items: readonly Shown[] }
        const texts = items.map(({ subject, path, sha256 }) => {
          const bytes = readFileSync(join(vault, path))
          expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
          return `${subject}: ${bytes}`
        })
        expect(texts.filter((text) => text.startsWith('kept/'))).toHaveLength(6)
        return texts.filter((text) => !text.startsWith('kept/'))
      }
      for (const [n, at] of runs.entries()) {
        const time = at.replace(/T(\d\d)(\d\d)(\d\d)Z$/, 'T$1:$2:$3Z')
        expect([n, await seenAt(at), await seenAt(time)]).toEqual([n, states[n], states[n]])
      }
      const table = await run('list', '--vault', vault, '--folder', 'files of alice', '--at', runs[2] ?? '')
      expect(table).toContain('old report')
      await run('verify', '--vault', vault)
    } finally {
      await server.stop()
    }
  })
})
