import { readdirSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { realDisk } from '../../src/vault/disk.ts'
import { readAsStranger } from '../../src/vault/stranger.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { never } from './harness.ts'
import { type Case, drillIt, faults } from './rehearsal.ts'

describe('a large vault, read by several threads', () => {
  async function large(): Promise<Case> {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    const work = account.addMailbox(['Work'])
    for (let n = 1; n <= 1_200; n++)
      account.add(
        n % 3 ? inbox : work,
        `Message-ID: <${n}@example.com>\r\nSubject: number ${n}\r\n\r\nFrom here ${n}\r\n`,
        n % 2 ? ['\\Seen'] : [],
        `20${n % 2 ? 24 : 25}-03-04T05:06:07.000Z`,
      )
    await runBackup(vault, account)
    return { vault, account, inbox, work }
  }

  test('is proven when it is sound, and what is planted is found and named among many', async () => {
    const all = await large()
    const sound = await drillIt(all, { offline: true })
    expect(faults(sound)).toEqual([])
    expect(sound.accounts[0]?.services).toMatchObject([{ items: 1_200, restored: 1_200, identical: 1_200 }])
    const wrong = await drillIt(all, {
      offline: true,
      afterRestore: (mail) => {
        const names = readdirSync(join(mail, 'Work/cur')).sort()
        const [lost = '', changed = '', moved = ''] = names
        unlinkSync(join(mail, 'Work/cur', lost))
        writeFileSync(join(mail, 'Work/cur', changed), 'Subject: other\r\n\r\n')
        renameSync(join(mail, 'Work/cur', moved), join(mail, 'Inbox/cur', moved))
      },
    })
    expect(wrong.accounts[0]?.services).toMatchObject([{ identical: 1_197 }])
    expect(
      faults(wrong)
        .map((text) => text.replace(/\d{2,}/, 'n'))
        .sort(),
    ).toEqual([
      ': 1 came back that do not belong there.',
      ': 1 came back that do not belong there.',
      'number n: It came back in another place: Inbox.',
      'number n: It did not come back, or not as it was saved.',
      'number n: It did not come back, or not as it was saved.',
    ])
  })

  test('several threads find in the plain files just what one finds', async () => {
    const { vault } = await large()
    const read = async (threadsFrom: number) => {
      const found = await readAsStranger({
        ...{ disk: realDisk, directory: vault, folders: ['data/alice'], signal: never, onBytes: () => {}, threadsFrom },
      })
      const { files, bytes, messages, problems } = found
      found.close()
      return { files, bytes, messages, problems }
    }
    expect(await read(0)).toEqual(await read(Number.POSITIVE_INFINITY))
    expect((await read(0)).messages).toBe(1_200)
    const mbox = join(vault, 'data/alice/Mail/Inbox/2024.mbox')
    writeFileSync(mbox, readFileSync(mbox, 'latin1').replace('From here 7', 'From here 8'), 'latin1')
    unlinkSync(join(vault, 'data/alice/Mail/Work/2025.mbox'))
    const damaged = await read(0)
    expect(damaged).toEqual(await read(Number.POSITIVE_INFINITY))
    expect(damaged.problems.map(({ text }) => text)).toEqual([
      expect.stringContaining('is damaged'),
      expect.stringContaining('its checksum differs'),
      expect.stringContaining('Work/2025.mbox is missing'),
    ])
  })

  test('a person who stops it is not kept waiting', async () => {
    const { vault } = await large()
    const stop = new AbortController()
    const reading = readAsStranger({
      ...{ disk: realDisk, directory: vault, folders: ['data/alice'], signal: stop.signal, threadsFrom: 0 },
      onBytes: () => stop.abort(),
    })
    await expect(reading).rejects.toMatchObject({ code: 'cancelled' })
  })
})
