/** What several programs do at once with what the cache knows of one account: a backup, and whoever looks meanwhile. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { AccountState } from '../../src/vault/state.ts'
import { StateDatabase } from '../../src/vault/state-database.ts'
import { sharing } from '../../src/vault/state-fold.ts'
import { cacheFile, Vault } from '../../src/vault/vault.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

describe('what the cache knows of an account', () => {
  it('stays when a run commits while somebody who looks lists the journals', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    account.add(inbox, 'Message-ID: <1@x>\r\n\r\none\r\n')
    await runBackup(vault, account)
    account.add(inbox, 'Message-ID: <2@x>\r\n\r\ntwo\r\n')
    const opened = await Vault.openForReading(vaultOptions(vault))
    const file = cacheFile(vaultOptions(vault), opened.id, 'alice.sqlite')
    await opened.close()

    let runs = 0
    const late: Disk = {
      ...realDisk,
      async list(path) {
        const listed = await realDisk.list(path)
        if (path.endsWith('Journal') && runs++ === 0) await runBackup(vault, account)
        return listed
      },
    }
    const { state } = await AccountState.caughtUp(file, late, join(vault, 'data/alice'))
    expect(runs).toBe(1)
    expect(state.collections().map(({ c }) => state.countItems(c).live)).toEqual([2])
    state.close()
  })

  it('is never taken for less of a book where another program begins it anew while it is read', () => {
    const database = StateDatabase.open('')
    const insert = `INSERT INTO items (c, key, version, path, start, length, size, sha256, date, meta, subject, sender, recipient, message_id, put, form)
      VALUES (1, ?, '', 'Contacts/Family.vcf', ?, 1, 1, '', '', '{}', '', '', '', '', '', 'shared')`
    const keys = Array.from({ length: 250 }, (_, n) => `key ${n}`)
    for (const [n, key] of keys.entries()) database.run(insert, key, n)
    expect([...sharing(database, 'Contacts/Family.vcf')].map((row) => row['key'])).toEqual(keys)
    const rows = sharing(database, 'Contacts/Family.vcf')
    expect(rows.next().value?.['key']).toBe('key 0')
    database.run('DELETE FROM items')
    const read = () => {
      let count = 1
      for (const _ of rows) count++
      return count
    }
    expect(read).toThrow(expect.objectContaining({ code: 'vault-locked' }))
    database.close()
  })

  it('can be begun by two at once', async () => {
    const folder = await scratchFolder()
    await mkdir(join(folder, 'cache'))
    const start = new SharedArrayBuffer(4)
    const script = `
      import { parentPort, workerData } from 'node:worker_threads'
      const { StateDatabase } = await import(workerData.module)
      const here = new Int32Array(workerData.start)
      const outcomes = []
      for (let n = 0; n < 30; n++) {
        // Both go on together.
        if (Atomics.add(here, 0, 1) === 2 * n + 1) Atomics.notify(here, 0)
        else while (Atomics.load(here, 0) < 2 * n + 2) Atomics.wait(here, 0, Atomics.load(here, 0), 100)
        try {
          StateDatabase.open(workerData.folder + '/' + n + '.sqlite').close()
        } catch (error) {
          outcomes.push(String(error))
        }
      }
      parentPort.postMessage(outcomes)`
    const module = new URL('../../src/vault/state-database.ts', import.meta.url).href
    const url = new URL(`data:text/javascript,${encodeURIComponent(script)}`)
    const failures = await Promise.all(
      [0, 1].map(
        () =>
          new Promise<string[]>((resolve, reject) => {
            const worker = new Worker(url, { workerData: { module, start, folder: join(folder, 'cache') } })
            worker.once('message', resolve)
            worker.once('error', reject)
          }),
      ),
    )
    expect(failures.flat()).toEqual([])
  })
})
