import { appendFile, cp, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { realDisk } from '../../src/vault/disk.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { FaultyDisk } from '../faults/faulty-disk.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

const inboxFile = 'data/alice/Mail/Inbox/2025.mbox'

interface Interrupted {
  readonly vault: string
  readonly account: MemoryAccount
  /** Octets of the Inbox's file that a commit covers. */
  readonly committed: number
}

function message(n: number): string {
  return `Message-ID: <${n}@x>\r\nSubject: Number ${n}\r\n\r\n${'All work and no play\r\n'.repeat(40)}`
}

/** A vault whose second run was killed when its messages were in the file and not in the journal. */
async function interrupted(): Promise<Interrupted> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  for (let n = 0; n < 5; n++) account.add(inbox, message(n))
  await runBackup(vault, account)
  const committed = (await stat(join(vault, inboxFile))).size
  for (let n = 5; n < 9; n++) account.add(inbox, message(n))
  await cp(vault, `${vault}.probe`, { recursive: true })
  const probe = new FaultyDisk(realDisk, null)
  await runBackup(`${vault}.probe`, account, { disk: probe })
  const at = 1 + probe.calls.findIndex((call) => call.startsWith('sync ') && call.endsWith(inboxFile))
  await runBackup(vault, account, { disk: new FaultyDisk(realDisk, { kind: 'killed', at, written: 0 }) }).catch(() => undefined)
  expect((await stat(join(vault, inboxFile))).size).toBeGreaterThan(committed)
  return { vault, account, committed }
}

async function verified(vault: string): Promise<string[]> {
  const { findings } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
  return findings.map(({ kind, path }) => `${kind} ${path}`)
}

describe('what a crash left behind the last commit', () => {
  it('is cut, however little of it a loss of power has kept', async () => {
    const whole = await interrupted()
    const written = await readFile(join(whole.vault, inboxFile))
    const sector = (n: number) => Math.ceil(whole.committed / 512 + n) * 512
    const remains = {
      'a part of the first record': written.subarray(0, whole.committed + 7),
      'a first sector that was never written, and ends after a few octets': Buffer.from(written).fill(
        0,
        whole.committed,
        whole.committed + 20,
      ),
      'a first sector that holds what was there before': Buffer.from(written).fill('\x07\xe9junk', whole.committed, sector(0)),
      'only the length': Buffer.from(written).fill(0, whole.committed),
      'an end that was never written': Buffer.from(written).fill(0, sector(1)),
    }
    for (const [what, bytes] of Object.entries(remains)) {
      const vault = join(await scratchFolder(), 'vault')
      await cp(whole.vault, vault, { recursive: true })
      await writeFile(join(vault, inboxFile), bytes)
      expect(await verified(vault), what).toEqual(['interrupted bag-info.txt'])
      await runBackup(vault, whole.account)
      expect((await readFile(join(vault, inboxFile))).equals(written), what).toBe(true)
      expect(await verified(vault), what).toEqual([])
    }
  })

  it('is not mistaken for a message that a mail program added, which stays', async () => {
    for (const added of [
      'From bob@example.com Mon Feb  3 04:05:06 2025\nSubject: mine\n\nkeep me\n\n',
      '\nFrom MAILER-DAEMON Mon Feb  3 04:05:06 2025\nSubject: mine\n\nkeep me\n\n',
    ]) {
      const { vault, account, committed } = await interrupted()
      await truncate(join(vault, inboxFile), committed)
      await appendFile(join(vault, inboxFile), added)
      await runBackup(vault, account)
      expect((await readFile(join(vault, inboxFile))).subarray(committed).toString()).toBe(added)
      expect((await readVault(vault)).live).toEqual(account.contents())
      expect(await verified(vault)).toEqual([`damaged ${inboxFile}`])
    }
  })

  it('is not mistaken for a file that somebody else put there, which stays and is named', async () => {
    const { vault, account } = await interrupted()
    const foreign = 'data/alice/Mail/Inbox/2019.mbox'
    await writeFile(join(vault, foreign), 'notes of mine\n')
    await runBackup(vault, account)
    expect(await readFile(join(vault, foreign), 'utf8')).toBe('notes of mine\n')
    expect(await verified(vault)).toEqual([`foreign ${foreign}`])
  })

  it('is not mistaken for a copy of a folder that somebody made, nor for one that a torn rename left with two names', async () => {
    const { vault, account } = await interrupted()
    const copy = 'data/alice/Mail/A copy of Inbox'
    await cp(join(vault, 'data/alice/Mail/Inbox'), join(vault, copy), { recursive: true })
    const copied = await readFile(join(vault, copy, '2025.mbox'))
    await runBackup(vault, account)
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect((await readFile(join(vault, copy, '2025.mbox'))).equals(copied)).toBe(true)
    expect(await verified(vault)).toEqual([`foreign ${copy}/2025.mbox`])
  })
})
