import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { until } from '../fixtures/patience.ts'
import { finished, lifeboat, startLifeboat, temporaryFolder } from './command.ts'

test.each(['plain', 'json'])(
  'a vault that another computer did not finish with: what is waited for is said first, with progress %s',
  async (progress) => {
    using home = temporaryFolder()
    mkdirSync(join(home.path, 'papers'))
    await lifeboat(['account', 'add', 'archive', '--path', 'papers'], { home: home.path })
    expect(await lifeboat(['backup', '--vault', 'vault', '--no-viewer'], { home: home.path })).toMatchObject({ exitCode: 0 })
    const long = new Date(Date.now() - 3_600_000).toISOString()
    const holder = { token: 'theirs', pid: 1, host: 'attic', user: 'bob', since: long, alive: long }
    writeFileSync(join(home.path, 'vault', '.lifeboat-lock'), JSON.stringify(holder))
    const child = startLifeboat(['viewer', '--vault', 'vault', '--progress', progress], { home: home.path })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = finished(child)
    await until(() => said.includes('\n'), 'the first sentence')
    child.kill('SIGKILL')
    await ended
    expect(said).toContain('bob on attic did not finish with this vault. Watching for 35 seconds whether it is still in use.')
  },
)
