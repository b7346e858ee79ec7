import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { archive } from '../../src/providers/archive/provider.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { collect, readMessage } from '../../src/vault/mail-store.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { runBackup, runProvider, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

const inboxFile = 'data/alice/Mail/Inbox/2025.mbox'

function message(n: number): string {
  return `Message-ID: <${n}@x>\r\nReceived: by y; ${n}\r\nSubject: Number ${n}\r\n\r\n${'All work and no play\r\n'.repeat(20)}`
}

interface Damaged {
  readonly vault: string
  readonly file: string
  readonly account: MemoryAccount
  readonly inbox: string
  readonly uids: readonly number[]
}

async function made(): Promise<Damaged> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  const uids = Array.from({ length: 20 }, (_, n) => account.add(inbox, message(n)))
  await runBackup(vault, account)
  account.fetched = { bytes: 0, messages: 0 }
  return { vault, file: join(vault, inboxFile), account, inbox, uids }
}

/** Flips a bit within the text of a message, or a few octets before or after it. */
async function damage(file: string, subject: string, at = 60): Promise<void> {
  const bytes = await readFile(file)
  const position = bytes.indexOf(`Subject: ${subject}\n`) + at
  bytes[position] = (bytes[position] ?? 0) ^ 1
  await writeFile(file, bytes)
}

async function verified(vault: string) {
  const { findings, sound } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
  return { sound, findings: findings.map(({ kind, item }) => (item === undefined ? kind : `${kind} ${item.title}`)) }
}

/** SHA-256 of what `show` and `restore` give of each living message, by folder. @throws where one is damaged */
async function live(vault: string): Promise<Record<string, string[]>> {
  const open = await Vault.openForReading(vaultOptions(vault))
  try {
    const { state, root } = await open.account('alice')
    const sums: Record<string, string[]> = {}
    for (const { c, path } of state.collections()) {
      const all: string[] = []
      for (const item of [...state.items(c, false)])
        all.push(sha256(await collect(readMessage(realDisk, root, item, item.sha256))))
      sums[path.join('/')] = all.sort()
    }
    return sums
  } finally {
    await open.close()
  }
}

/** What `sha256sum -c` complains about. */
function mismatches(vault: string): string[] {
  const { stdout } = spawnSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault, encoding: 'utf8' })
  return stdout.split('\n').filter((line) => line !== '')
}

describe('a message that is damaged on the disk', () => {
  it('is fetched anew by the backup after the verify that found it, and nothing else is', async () => {
    const { vault, file, account } = await made()
    await damage(file, 'Number 7')
    await damage(file, 'Number 12', -40)
    expect(await verified(vault)).toEqual({ sound: false, findings: ['damaged', 'damaged Number 7', 'damaged Number 12'] })
    const damaged = await readFile(file)
    const report = await runBackup(vault, account)
    expect(report.notices).toContainEqual(expect.stringContaining('2 items are damaged or missing on the disk'))
    expect(report.accounts[0]).toMatchObject({ pending: [], collections: [{ said: 20, stored: 20, pending: 0, changed: 2 }] })
    expect(account.fetched.messages).toBe(2)
    expect(await readFile(file)).toEqual(damaged)
    expect(await live(vault)).toEqual(account.contents())
    expect(mismatches(vault)).toEqual([])
    expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
    const again = await runBackup(vault, account)
    expect(again.notices).toEqual([])
    expect(account.fetched.messages).toBe(2)
    expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
  })

  it('is fetched anew without a verify when its file is missing or cut off', async () => {
    for (const spoil of [
      (file: string) => rm(file),
      async (file: string) => truncate(file, Math.floor((await stat(file)).size / 2)),
    ]) {
      const { vault, file, account } = await made()
      await spoil(file)
      const lost = await runBackup(vault, account)
      expect(lost.notices[0]).toMatch(/ items are damaged or missing on the disk/)
      expect(account.fetched.messages).toBeGreaterThan(8)
      expect(account.fetched.messages).toBeLessThanOrEqual(20)
      expect(await live(vault)).toEqual(account.contents())
      // Only a verify can tell that everything that was in it was saved anew.
      expect(mismatches(vault)).toHaveLength(1)
      expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
      await runBackup(vault, account)
      expect(mismatches(vault)).toEqual([])
      expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
    }
  })

  it('waits while the provider does not give it, and is named until then', async () => {
    const { vault, file, account, uids } = await made()
    await damage(file, 'Number 3')
    await verified(vault)
    account.poison.add(`1.${uids[3]}`)
    const waiting = await runBackup(vault, account)
    expect(waiting.accounts[0]?.pending).toMatchObject([{ title: 'Number 3', reason: expect.stringContaining('cannot read') }])
    expect(await verified(vault)).toEqual({ sound: false, findings: ['damaged', 'damaged Number 3'] })
    account.poison.clear()
    const healed = await runBackup(vault, account)
    expect(healed.accounts[0]?.pending).toEqual([])
    expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
  })

  it('stays damaged where the provider does not have it any more: only then is it lost', async () => {
    const { vault, file, account, inbox, uids } = await made()
    account.remove(inbox, uids[5] ?? 0)
    await runBackup(vault, account)
    await damage(file, 'Number 5')
    await verified(vault)
    const report = await runBackup(vault, account)
    expect(report.notices).toEqual([])
    expect(await verified(vault)).toEqual({ sound: false, findings: ['damaged', 'damaged Number 5'] })
    expect(mismatches(vault)).toHaveLength(1)
  })

  it('is not taken for saved anew together with another that is not', async () => {
    const { vault, file, account, inbox, uids } = await made()
    account.remove(inbox, uids[5] ?? 0)
    await runBackup(vault, account)
    await damage(file, 'Number 5')
    await damage(file, 'Number 8')
    await verified(vault)
    await runBackup(vault, account)
    expect(await verified(vault)).toEqual({ sound: false, findings: ['damaged', 'damaged Number 5'] })
    expect(mismatches(vault)).toHaveLength(1)
  })

  it('is told from what is damaged in the same file afterwards', async () => {
    const { vault, file, account } = await made()
    await damage(file, 'Number 7')
    await verified(vault)
    await runBackup(vault, account)
    expect(mismatches(vault)).toEqual([])
    await damage(file, 'Number 9', -40)
    expect(mismatches(vault)).toHaveLength(1)
    expect(await verified(vault)).toEqual({ sound: false, findings: ['damaged', 'damaged Number 9'] })
    await runBackup(vault, account)
    expect(mismatches(vault)).toEqual([])
    expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
  })

  it('is taken from another copy in the vault where there is one', async () => {
    const { vault, file, account } = await made()
    account.add(account.addMailbox(['Copies']), message(9))
    await runBackup(vault, account)
    account.fetched = { bytes: 0, messages: 0 }
    await damage(file, 'Number 9')
    await verified(vault)
    await runBackup(vault, account)
    expect(account.fetched.messages).toBe(0)
    expect(await live(vault)).toEqual(account.contents())
    expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
  })

  it('is not fetched when a sound copy of its file was put in its place since', async () => {
    const { vault, file, account } = await made()
    const sound = await readFile(file)
    await damage(file, 'Number 2')
    await verified(vault)
    await writeFile(file, sound)
    expect((await runBackup(vault, account)).notices).toEqual([])
    expect(account.fetched.messages).toBe(0)
    expect(await verified(vault)).toEqual({ sound: true, findings: [] })
  })

  it('is named again when its new copy is damaged too', async () => {
    const { vault, file, account } = await made()
    await damage(file, 'Number 7')
    await verified(vault)
    await runBackup(vault, account)
    await damage(join(vault, 'data/alice/Mail/Inbox/2025 (2).mbox'), 'Number 7')
    expect(await verified(vault)).toEqual({ sound: false, findings: ['replaced', 'damaged', 'damaged Number 7'].sort() })
    await runBackup(vault, account)
    expect(await live(vault)).toEqual(account.contents())
    expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced', 'replaced'] })
  })

  it('is fetched anew from an archive that has not changed', async () => {
    const folder = await scratchFolder()
    const vault = join(folder, 'vault')
    const file = join(vault, 'data/old/Mail/Inbox/2025.mbox')
    await mkdir(join(folder, 'mails/Inbox'), { recursive: true })
    for (let n = 0; n < 5; n++)
      await writeFile(join(folder, `mails/Inbox/${n}.eml`), `Date: Tue, 4 Mar 2025 05:06:07 +0000\r\n${message(n)}`)
    const settings = { path: join(folder, 'mails') }
    const run = () => runProvider(vault, { id: 'old', provider: 'archive', services: ['mail'], settings }, archive)
    await run()
    await damage(file, 'Number 3')
    expect(await verified(vault)).toEqual({ sound: false, findings: ['damaged', 'damaged Number 3'] })
    expect((await run()).accounts[0]?.pending).toEqual([])
    expect(await verified(vault)).toEqual({ sound: true, findings: ['replaced'] })
  })
})
