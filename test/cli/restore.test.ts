import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup } from '../fixtures/vaults.ts'
import { lifeboat, temporaryFolder } from './command.ts'

describe('lifeboat restore', () => {
  const place = temporaryFolder()
  const vault = join(place.path, 'vault')
  let first = ''
  beforeAll(async () => {
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    const uid = account.add(inbox, 'Subject: old news\r\n\r\nx\r\n')
    account.add(inbox, 'Subject: good news\r\n\r\nx\r\n')
    first = (await runBackup(vault, account)).accounts[0]?.run ?? ''
    account.remove(inbox, uid)
    await runBackup(vault, account, { acceptRemovals: true })
  })
  afterAll(() => place[Symbol.dispose]())

  test('says what it would do, does it, and repeats without doubling', async () => {
    using home = temporaryFolder()
    const argv = ['restore', '--vault', vault, '--account', 'alice', '--to', './restored']

    const dry = await lifeboat([...argv, '--dry-run'], { home: home.path })
    expect(dry).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Nothing was changed. 1 item') })
    expect(dry.stdout).toContain('"good news"')
    expect(existsSync(join(home.path, 'restored'))).toBe(false)

    const done = await lifeboat(argv, { home: home.path })
    expect(done).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^Complete: 1 item .* restored, 0 there already\./m),
    })
    expect(readdirSync(join(home.path, 'restored/Mail/Inbox/cur'))).toHaveLength(1)
    expect((await lifeboat(argv, { home: home.path })).stdout).toContain('0 items (0 bytes) restored, 1 there already')

    const then = await lifeboat([...argv, '--at', first, '--json', '--search', 'old'], { home: home.path })
    expect(JSON.parse(then.stdout)).toMatchObject({ run: first, collections: [{ path: ['Inbox'], created: 1 }] })
    expect(readdirSync(join(home.path, 'restored/Mail/Inbox/cur'))).toHaveLength(2)
  })

  test.each([
    { options: ['--to', 'nobody'], exitCode: 12, says: /no account "nobody".*--to \.\/nobody/s },
    { options: ['--to', './x', '--at', 'last week'], exitCode: 2, says: /no point in time/ },
    { options: ['--to', './x', '--at', 'before 1999-01-01'], exitCode: 12, says: /no backup yet/ },
    { options: ['--to', './x', '--collection', 'Nowhere'], exitCode: 12, says: /lifeboat list shows/ },
    { options: ['--to', './x', '--service', 'photos'], exitCode: 2, says: /mail, contacts, calendar or files/ },
    { options: ['--to', './x', '--conflict', 'ask'], exitCode: 2, says: /skip, keep-both, replace/ },
    { options: ['--to', './x', '--account', 'bob'], exitCode: 12, says: /holds these accounts: alice/ },
  ])('$options is refused in plain words', async ({ options, exitCode, says }) => {
    using home = temporaryFolder()
    const result = await lifeboat(['restore', '--vault', vault, '--account', 'alice', ...options], { home: home.path })
    expect(result.exitCode).toBe(exitCode)
    expect(result.stderr).toMatch(says)
    expect(existsSync(join(home.path, 'x/Mail'))).toBe(false)
  })
})
