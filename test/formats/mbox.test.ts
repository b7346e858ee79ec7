import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ContentInspector, decodeRecord, decodeStored, encodeRecord, storedForm } from '../../src/formats/mbox.ts'
import { maxPrefixLength, readClaim, recordPrefix, recordSuffix } from '../../src/formats/mbox-prefix.ts'
import { mboxMeta, readHeaderFields } from '../../src/providers/archive/mail-facts.ts'

const head = { id: '7.42', date: new Date('2025-02-03T04:05:06Z'), flags: ['\\Seen', '$Work'] }

const odd: Readonly<Record<string, string>> = {
  ordinary: 'Subject: x\r\n\r\nHello\r\n',
  'begins with a space': ' folded\r\n\r\nHello\r\n',
  'bare LF only': 'Subject: x\n\nHello\n',
  'mixed line ends': 'Subject: x\r\n\nHello\r\n',
  'CR CR LF': 'Subject: x\r\r\n\r\nHello\r\n',
  'lone CR': 'Subject: x\r\n\r\nHel\rlo\r\n',
  'lone CR at the end': 'Subject: x\r\n\r\nHello\r',
  'no line end at the end': 'Subject: x\r\n\r\nHello',
  'no line end at all': 'Subject: x',
  empty: '',
  'only a CR': '\r',
  'only an LF': '\n',
  'only CRLF': '\r\n',
  'many empty lines at the end': 'a\r\n\r\n\r\n\r\n',
  'begins with From': 'From here\r\nFrom there\r\n',
  'quoted already': 'a\r\n\r\n>From b\r\n>>From c\r\nFrom d\r\n >From e\r\nFrom',
  'ends in From with a space': 'a\r\n\r\nFrom ',
  'marks without From': '>>>>\r\n>>>>Fro\r\n>',
  'From within a line': 'a From b From c\r\nFrom From From \r\n',
  'NUL and 8 bit': 'a\0b\r\n\xff\xfe\r\n',
  'our own header again': 'X-Lifeboat: v=1; lines=9; size=1; sha256=00; id=x\r\n\r\n',
}

function restored(message: Buffer): Buffer {
  const { record, sha256, size } = encodeRecord(head, message)
  const claim = readClaim(record)
  expect(claim).toMatchObject({ size, sha256, id: '7.42' })
  expect(size).toBe(message.length)
  expect(sha256).toBe(createHash('sha256').update(message).digest('hex'))
  const stored = record.subarray(claim.prefixLength)
  expect(stored.toString('latin1')).not.toMatch(/(^|\n)From /)
  expect(record.subarray(-1).toString()).toBe('\n')
  return decodeRecord(record, claim)
}

async function* inChunks(bytes: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length)
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts)
}

async function encodedAsStream(message: Buffer, chunk: number): Promise<Buffer> {
  const inspector = new ContentInspector()
  for await (const part of inChunks(message, chunk)) inspector.update(part)
  const facts = inspector.facts()
  const stored = await collect(storedForm(inChunks(message, chunk), facts.lineEnds))
  return Buffer.concat([recordPrefix(head, facts), stored, recordSuffix(facts)])
}

/** Strings over the few octets that matter, from a seed, so that a failure can be repeated. */
function randomMessages(count: number): Buffer[] {
  let seed = 12345
  const random = (n: number) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return (seed >> 8) % n
  }
  const parts = [
    '\r',
    '\n',
    '\r\n',
    '>',
    'From ',
    'Fro',
    'm ',
    'x',
    '\r\n>From ',
    '\nFrom ',
    'text of some length',
    '\t\0',
    '\x80\x8f\xff',
  ]
  return Array.from({ length: count }, () =>
    Buffer.from(Array.from({ length: random(14) }, () => parts[random(parts.length)]).join(''), 'latin1'),
  )
}

describe('a message in an mbox', () => {
  for (const [name, text] of Object.entries(odd)) {
    it(`comes back octet for octet: ${name}`, () => {
      const message = Buffer.from(text, 'latin1')
      expect(restored(message).equals(message)).toBe(true)
    })
  }

  it('comes back octet for octet whatever the mix of line ends and quotes', () => {
    for (const message of randomMessages(20_000))
      expect(restored(message).equals(message), JSON.stringify(message.toString())).toBe(true)
  })

  it('is stored the same when it is streamed, wherever the chunks end', async () => {
    for (const message of [...Object.values(odd).map((text) => Buffer.from(text, 'latin1')), ...randomMessages(1_500)]) {
      const whole = encodeRecord(head, message).record
      for (const chunk of [1, 2, 3, 7]) {
        const streamed = await encodedAsStream(message, chunk)
        expect(streamed.equals(whole), JSON.stringify([message.toString(), chunk])).toBe(true)
        const claim = readClaim(streamed)
        const back = await collect(decodeStored(inChunks(streamed.subarray(claim.prefixLength), chunk), claim))
        expect(back.equals(message), JSON.stringify([message.toString(), chunk])).toBe(true)
      }
    }
  })

  it('has LF line ends in the file when all of its own were CRLF', () => {
    const { record } = encodeRecord(head, Buffer.from('Subject: x\r\n\r\nHello\r\n'))
    expect(record.toString()).toBe(
      `From MAILER-DAEMON Mon Feb  3 04:05:06 2025\nX-Lifeboat: v=1; lines=3; size=21; sha256=${createHash('sha256').update('Subject: x\r\n\r\nHello\r\n').digest('hex')}; eol=crlf; id=7.42\nStatus: RO\nX-Keywords: $Work\nSubject: x\n\nHello\n\n`,
    )
  })

  it('lets a message that begins with a blank continue no line that means something', () => {
    const { record } = encodeRecord(head, Buffer.from(' A\r\n\r\nHello\r\n'))
    expect(record.toString()).toContain('\nX-Keywords: $Work\nX-Lifeboat-Message: follows\n A\n')
  })

  it('keeps hostile keywords, labels and ids from breaking the header block', () => {
    const hostile = {
      id: 'a\r\nb: c',
      date: head.date,
      flags: ['\\Flagged', 'x\ny', '=?utf-8?q?z?='],
      labels: ['Müll', 'a\r\nb'],
      thread: '1\n2',
    }
    const message = Buffer.from('Subject: x\r\n\r\nHello\r\n')
    const { record } = encodeRecord(hostile, message)
    const claim = readClaim(record)
    expect(record.subarray(0, claim.prefixLength).toString().split('\n')).toHaveLength(8)
    expect(decodeRecord(record, claim).equals(message)).toBe(true)
  })
})

it("writes labels as Google's export does, also those with commas and quotation marks", () => {
  const labels = ['Inbox', 'Bills, paid', 'a "b" c', 'Müll, alt']
  const { record } = encodeRecord({ ...head, labels }, Buffer.from('Subject: x\r\n\r\n'))
  expect(record.toString()).toContain('\nX-Gmail-Labels: =?UTF-8?B?')
  expect(mboxMeta(readHeaderFields(record.subarray(record.indexOf(10) + 1))).labels).toEqual(labels)
  const plain = encodeRecord({ ...head, labels: labels.slice(0, 2) }, Buffer.from('Subject: x\r\n\r\n'))
  expect(plain.record.toString()).toContain('\nX-Gmail-Labels: Inbox,"Bills, paid"\n')
})

it('keeps what stands before a message short, however many keywords and labels it has', () => {
  const many = Array.from({ length: 5_000 }, (_, n) => `keyword ${n} über alles`)
  const facts = { size: 9 << 20, sha256: '0'.repeat(64), lineEnds: 'crlf', endsInLf: true, beginsBlank: false } as const
  const prefix = recordPrefix({ ...head, flags: ['\\Seen', ...many], labels: many, thread: '1' }, facts)
  expect(prefix.length).toBeLessThan(maxPrefixLength)
  expect(readClaim(prefix)).toMatchObject({ size: facts.size, prefixLength: prefix.length })
  expect(prefix.toString()).toContain('keyword%200%20%C3%BCber%20alles keyword%201')
})
