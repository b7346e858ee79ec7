import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { encodeRecord } from '../../src/formats/mbox.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { RecordReader } from '../../src/vault/record-reader.ts'
import { scratchFolder } from '../fixtures/vaults.ts'

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

interface Saved {
  readonly message: Buffer
  readonly place: { readonly path: string; readonly offset: number; readonly length: number }
}

/** One mbox file of messages of all kinds. */
async function fileOf(root: string, path: string, count: number): Promise<Saved[]> {
  const saved: Saved[] = []
  const records: Buffer[] = []
  let offset = 0
  for (let n = 0; n < count; n++) {
    const end = n % 3 === 0 ? '\n' : '\r\n'
    const message = Buffer.from(`Subject: ${path} ${n}${end}${end}From me${end}${'line'.repeat(n * 400)}${end}`)
    const { record } = encodeRecord({ id: String(n), date: new Date(0), flags: [] }, message)
    records.push(Buffer.from(record))
    saved.push({ message, place: { path, offset, length: record.length } })
    offset += record.length
  }
  writeFileSync(join(root, path), Buffer.concat(records))
  return saved
}

describe('a reader of many messages', () => {
  test('answers each as it was, in any order, of more files than are open at once, many at a time', async () => {
    const root = await scratchFolder()
    const saved = (await Promise.all(Array.from({ length: 9 }, (_, n) => fileOf(root, `${n}.mbox`, 60)))).flat()
    await using reader = new RecordReader(realDisk, root)
    const order = saved.toSorted((a, b) => (sum(a.message) < sum(b.message) ? -1 : 1))
    for (const list of [saved, order, saved.toReversed()]) {
      const read = await Promise.all(list.map(({ place, message }) => reader.read(place, sum(message))))
      for (const [n, bytes] of read.entries()) expect(bytes.equals(list[n]?.message ?? Buffer.alloc(0))).toBe(true)
    }
  })

  test('puts the octets into the memory that it is given', async () => {
    const root = await scratchFolder()
    const saved = await fileOf(root, 'a.mbox', 4)
    await using reader = new RecordReader(realDisk, root)
    for (const { place, message } of saved) {
      const memory = Buffer.alloc(message.length + 10)
      const bytes = await reader.read(place, sum(message), () => memory)
      expect(bytes.buffer).toBe(memory.buffer)
      expect(memory.subarray(0, message.length).equals(message)).toBe(true)
    }
  })

  test('answers none that is whole in its form and not in its octets', async () => {
    const root = await scratchFolder()
    const saved = await fileOf(root, 'a.mbox', 60)
    const file = join(root, 'a.mbox')
    for (const { place, message } of saved) {
      const bytes = readFileSync(file)
      const at = place.offset + place.length - 4
      bytes[at] = (bytes[at] ?? 0) ^ 1
      writeFileSync(file, bytes)
      await using reader = new RecordReader(realDisk, root)
      await expect(reader.read(place, sum(message))).rejects.toMatchObject({ code: 'corrupt' })
    }
  })

  test('says what is not as it was saved, and what is not there; the others are read all the same', async () => {
    const root = await scratchFolder()
    const saved = await fileOf(root, 'a.mbox', 3)
    await using reader = new RecordReader(realDisk, root)
    const [first, second, third] = saved
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were saved')
    await expect(reader.read(first.place, sum(second.message))).rejects.toMatchObject({ code: 'corrupt' })
    await expect(reader.read({ ...second.place, offset: 3 }, sum(second.message))).rejects.toMatchObject({ code: 'corrupt' })
    await expect(reader.read({ ...third.place, length: 20 }, sum(third.message))).rejects.toMatchObject({ code: 'corrupt' })
    await expect(reader.read({ ...first.place, path: 'b.mbox' }, sum(first.message))).rejects.toMatchObject({
      code: 'disk-absent',
    })
    await fileOf(root, 'b.mbox', 1)
    await expect(reader.read({ ...first.place, path: 'b.mbox' }, sum(first.message))).rejects.toMatchObject({ code: 'corrupt' })
    expect((await reader.read(third.place, sum(third.message))).equals(third.message)).toBe(true)
  })
})
