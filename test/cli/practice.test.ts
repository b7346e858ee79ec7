import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { consent } from '../emulators/google/browser.ts'
import { finished, lifeboat, startLifeboat, temporaryFolder } from './command.ts'

const program = join(import.meta.dirname, '../emulators/google/practice.ts')

test('a person can rehearse sign-in, backup, a lockout and the way out', async () => {
  using home = temporaryFolder()
  const practice = spawn(process.execPath, [program], { cwd: home.path, stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  const saysNext = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(said)
      if (found !== null) return found
      await new Promise((resolve) => practice.stdout.once('data', resolve))
    }
  }
  practice.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  try {
    const [, clientFile = ''] = await saysNext(/--client-file "([^"]+)"/)
    const { installed } = JSON.parse(readFileSync(clientFile, 'utf8')) as { installed: { practice_ca: string } }
    const ca = readFileSync(installed.practice_ca, 'utf8')
    const person = { email: 'practice@example.com' }

    const child = startLifeboat(
      ['account', 'add', 'google', '--id', 'practice', '--client-file', clientFile, '--secrets', 'file', '--no-browser'],
      { home: home.path },
    )
    let shown = ''
    child.stderr.on('data', (text: Buffer | string) => {
      const before = shown
      shown += String(text)
      const url = /^ {2}(https:\S+)$/m.exec(shown)?.[1]
      if (url === undefined || /copy its whole address/.test(before) || !/copy its whole address/.test(shown)) return
      consent(url, ca, person).then(
        (address) => child.stdin.end(`${address}\n`),
        () => child.stdin.end(),
      )
    })
    expect(await finished(child)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Account practice is added.') })

    const vault = join(home.path, 'vault')
    expect(await lifeboat(['backup', '--vault', vault], { home: home.path })).toMatchObject({ exitCode: 0 })
    practice.stdin.write('lock\n')
    await saysNext(/The account is locked\./)
    expect(await lifeboat(['backup', '--vault', vault], { home: home.path })).toMatchObject({ exitCode: 15 })
    const listed = await lifeboat(['list', '--vault', vault], { home: home.path })
    expect(listed.stdout).toContain('All Mail')
    await expect(consent(/^ {2}(https:\S+)$/m.exec(shown)?.[1] ?? '', ca, person)).rejects.toThrow(/disabled|sign-in/)
  } finally {
    practice.stdin.end('quit\n')
    await new Promise((resolve) => practice.once('close', resolve))
  }
})
