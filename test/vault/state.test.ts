/** What is known of an account when journals are exchanged, come late, or go another way. */
import { cp, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { realDisk } from '../../src/vault/disk.ts'
import type { JournalEntry, PutEntry } from '../../src/vault/journal-entries.ts'
import { AccountState } from '../../src/vault/state.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'

async function made() {
  const folder = await scratchFolder()
  const vault = join(folder, 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  const uid = account.add(inbox, 'Subject: first\r\n\r\n1\r\n')
  await runBackup(vault, account)
  return { folder, vault, account, inbox, uid, file: join(folder, 'state.sqlite') }
}

/** Subjects and flags of all messages, as the cache in `file` has them once it is caught up. */
async function known(file: string | null, vault: string): Promise<string[]> {
  const { state } = await AccountState.caughtUp(file, realDisk, join(vault, 'data/alice'))
  try {
    return [...state.items(null, true)].map(({ head, meta }) => `${head.subject} ${JSON.stringify(meta['flags'])}`).sort()
  } finally {
    state.close()
  }
}

describe('what is known of an account', () => {
  it('is made anew where the last journal is another one of the same name, however much longer', async () => {
    const { folder, vault, account, inbox, file } = await made()
    const other = join(folder, 'other')
    await cp(vault, other, { recursive: true })
    const uid = account.add(inbox, 'Subject: mine\r\n\r\nx\r\n')
    await runBackup(vault, account)
    account.remove(inbox, uid)
    account.add(inbox, `Subject: theirs ${'and longer '.repeat(20)}\r\n\r\nx\r\n`)
    await runBackup(other, account)
    const journals = (of: string) => readdir(join(of, 'data/alice/Journal'))
    expect(await journals(other)).toEqual(await journals(vault))
    expect(await known(file, vault)).toEqual(await known(null, vault))
    expect(await known(file, other)).toEqual(await known(null, other))
    expect((await known(file, other)).join()).toContain('theirs')
  })

  it('is made anew where a journal comes that is older than one that was read', async () => {
    const { folder, vault, account, inbox, uid, file } = await made()
    account.reflag(inbox, uid, ['\\Flagged'])
    await runBackup(vault, account)
    account.reflag(inbox, uid, ['\\Seen'])
    await runBackup(vault, account)
    const journals = join(vault, 'data/alice/Journal')
    const [, second = ''] = (await readdir(journals)).sort()
    await rename(join(journals, second), join(folder, second))
    expect(await known(file, vault)).toEqual(['first ["\\\\Seen"]'])
    await rename(join(folder, second), join(journals, second))
    expect(await known(file, vault)).toEqual(['first ["\\\\Seen"]'])
    await rm(file)
    expect(await known(file, vault)).toEqual(['first ["\\\\Seen"]'])
  })

  it('has as the last in a file also a message of which a newer version lies elsewhere', async () => {
    const { state } = await AccountState.caughtUp(null, realDisk, await scratchFolder())
    const put = (key: string, path: string, offset: number): PutEntry => ({
      ...{ op: 'put', c: 1, key, path, offset, length: 10, size: 5, sha256: `${path}${offset}` },
      ...{ date: '2025-02-03T04:05:06.000Z', meta: {} },
    })
    const batch = (length: number, ...entries: JournalEntry[]) =>
      state.apply('2026-01-01T000000Z', { entries, length, fingerprint: '' })
    batch(1, put('a', 'Mail/A/2025.mbox', 0), put('b', 'Mail/A/2025.mbox', 10))
    batch(2, put('b', 'Mail/A/2025 (2).mbox', 0))
    expect(state.lastInFile('Mail/A/2025.mbox')).toMatchObject({ key: 'b', offset: 10 })
    state.close()
  })
})
