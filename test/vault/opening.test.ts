import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
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
