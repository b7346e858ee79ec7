import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { readVault, runBackup, scratchFolder } from '../fixtures/vaults.ts'

/** Takes the octets only after a while, as a disk does that is slower than the network. */
const slowDisk: Disk = {
  ...realDisk,
  async open(path, mode) {
    const file = await realDisk.open(path, mode)
    return {
      read: (into, position) => file.read(into, position),
      async write(parts, position) {
        await delay(20)
        await file.write(parts, position)
      },
      setModified: async () => undefined,
      truncate: (length) => file.truncate(length),
      sync: () => file.sync(),
      size: () => file.size(),
      close: () => file.close(),
    }
  },
}

function message(n: number, octets: number): string {
  const line = `${String(n).padStart(6, '0')} ${'x'.repeat(60)}\r\n`
  return `Message-ID: <${n}@example.com>\r\nSubject: Number ${n}\r\n\r\n${line.repeat(Math.ceil(octets / line.length))}`
}

describe('memory for records on their way to the disk', () => {
  it('is not used again before the disk has taken them', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const boxes = [account.addMailbox(['Inbox'], 'inbox'), account.addMailbox(['Archive'])]
    for (let n = 0; n < 60; n++) account.add(boxes[n % 2] ?? '', message(n, n % 20 === 7 ? 5_000_000 : 700_000 + n * 1_000))
    const report = await runBackup(vault, account, { disk: slowDisk })
    expect(report.accounts[0]?.pending).toEqual([])
    expect((await readVault(vault)).live).toEqual(account.contents())
  })
})
