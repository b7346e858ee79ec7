import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { realDisk } from '../../src/vault/disk.ts'
import { Vault } from '../../src/vault/vault.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

it('a vault of a later format is left alone, by who reads and by who would write', async () => {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  account.add(account.addMailbox(['Inbox']), 'Subject: one\r\n\r\nx\r\n')
  await runBackup(vault, account)
  const info = join(vault, 'bag-info.txt')
  const later = readFileSync(info, 'utf8').replace('Lifeboat-Format: 1', 'Lifeboat-Format: 2')
  writeFileSync(info, later)
  for (const open of [Vault.openForReading, Vault.openForWriting])
    await expect(open(vaultOptions(vault))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('newer version'),
    })
  expect(readFileSync(info, 'utf8')).toBe(later)
  writeFileSync(info, later.replace('Lifeboat-Format: 2', 'Lifeboat-Format: 1'))
  expect((await runBackup(vault, account)).accounts[0]?.collections).toMatchObject([{ stored: 1, added: 0 }])
})

it('a journal that was damaged in its middle is not cut there, and nothing is touched', async () => {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  account.add(account.addMailbox(['Inbox']), 'Subject: one\r\n\r\nx\r\n')
  const { accounts } = await runBackup(vault, account)
  const name = `Journal/${accounts[0]?.run}.jsonl`
  const edit = (path: string, change: (text: string) => string) =>
    writeFileSync(join(vault, path), change(readFileSync(join(vault, path), 'utf8')))
  // As a run leaves it that was broken off.
  edit('bag-info.txt', (text) => text.replace('complete', 'being written since 2026-01-01T00:00:00.000Z'))
  edit('manifest-sha256.txt', (text) => text.replace(/^.*Journal.*\n/m, ''))
  edit(`data/alice/${name}`, (text) => text.replace('"Inbox"', '"Outbox"'))
  const before = readFileSync(join(vault, 'data/alice', name), 'utf8')
  await expect(Vault.openForWriting(vaultOptions(vault, realDisk, null))).rejects.toMatchObject({ code: 'corrupt' })
  expect(readFileSync(join(vault, 'data/alice', name), 'utf8')).toBe(before)
})
