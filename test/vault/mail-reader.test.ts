import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { encodeRecord } from '../../src/formats/mbox.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { MailReader } from '../../src/vault/mail-reader.ts'

const head = { id: '1', date: new Date(0), flags: ['\\Seen'] }

function recordOf(text: string) {
  const { record, sha256 } = encodeRecord(head, Buffer.from(text, 'latin1'))
  return { record: Buffer.from(record), sha256 }
}

function mailFile(...records: readonly Buffer[]): string {
  const path = join(mkdtempSync(join(tmpdir(), 'lifeboat-reader-')), '2026.mbox')
  writeFileSync(path, Buffer.concat(records))
  return path
}

it.each([
  ['Subject: a\r\n\r\nFrom here\r\n>From there\r\n', 'Subject: a\n\nFrom here\n>From there\n'],
  ['Subject: a\r\n\r\nwithout an end', 'Subject: a\n\nwithout an end\n'],
  ['Subject: a\n\nmixed\r\nline ends\n\n', 'Subject: a\n\nmixed\r\nline ends\n\n'],
  ['Subject: a\n\nFrom here, without an end', 'Subject: a\n\nFrom here, without an end'],
])('reads a message as it is stored: %j', async (message, stored) => {
  const other = recordOf('Subject: other\r\n\r\n')
  const { record, sha256 } = recordOf(message)
  const path = mailFile(other.record, record, other.record)
  const reader = new MailReader(realDisk)
  const place = { offset: other.record.length, length: record.length }
  expect((await reader.read(path, place, sha256))?.toString('latin1')).toBe(stored)
  expect((await reader.readFresh(path, place, sha256))?.toString('latin1')).toBe(stored)
})

it('answers nothing for a message that was damaged, is another one, or is not there', async () => {
  const { record, sha256 } = recordOf('Subject: a\r\n\r\nwords\r\n')
  const damaged = Buffer.from(record)
  damaged[record.length - 4] = 0
  const whole = { offset: 0, length: record.length }
  expect(await new MailReader(realDisk).read(mailFile(damaged), whole, sha256)).toBeNull()
  const reader = new MailReader(realDisk)
  const path = mailFile(record)
  for (const read of ['read', 'readFresh'] as const) {
    expect(await reader[read](path, whole, recordOf('Subject: b\r\n\r\n').sha256)).toBeNull()
    expect(await reader[read](path, { offset: 1, length: record.length }, sha256)).toBeNull()
    expect(await reader[read](path, { offset: 0, length: record.length + 1 }, sha256)).toBeNull()
    expect(await reader[read](`${path}.gone`, whole, sha256)).toBeNull()
  }
})

it('reads anew what was half written when the file was read', async () => {
  const [first, second] = [recordOf('Subject: first\r\n\r\nwords\r\n'), recordOf('Subject: second\r\n\r\nother words\r\n')]
  const half = Buffer.from(second.record).fill(0, second.record.indexOf('\n\n'))
  const path = mailFile(first.record, half)
  const reader = new MailReader(realDisk)
  await reader.readFresh(path, { offset: 0, length: first.record.length }, first.sha256)
  writeFileSync(path, Buffer.concat([first.record, second.record]))
  reader.forget()
  const read = await reader.readFresh(path, { offset: first.record.length, length: second.record.length }, second.sha256)
  expect(read?.toString()).toBe('Subject: second\n\nother words\n')
})

it('reads many messages of several files in turn', async () => {
  const records = Array.from({ length: 200 }, (_, n) => recordOf(`Subject: ${n}\r\n\r\n${'x'.repeat(n * 40)}\r\n`))
  const path = [mailFile(...records.map(({ record }) => record)), mailFile(...records.map(({ record }) => record))]
  const reader = new MailReader(realDisk)
  let offset = 0
  for (const [n, { record, sha256 }] of records.entries()) {
    for (const file of path) {
      const read = await reader.read(file, { offset, length: record.length }, sha256)
      expect(read?.toString()).toBe(`Subject: ${n}\n\n${'x'.repeat(n * 40)}\n`)
    }
    offset += record.length
    if (n % 50 === 49) reader.forget()
  }
})
