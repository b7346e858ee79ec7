import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../../src/formats/mbox.ts'
import { Quoter, Unquoter, unquote } from '../../src/formats/mbox-quoting.ts'
import { readMbox, startsLikeMbox, wholeLimit } from '../../src/formats/mbox-reader.ts'
import { corpus, corpusMissing, describeUnless, describeWithCorpus } from '../fixtures/corpus.ts'
import { worked } from '../fixtures/patience.ts'

interface Read {
  readonly fromLine: string
  readonly offset: number
  readonly start: number
  readonly stored: Buffer
}

async function* inChunks(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length)
}

async function readAll(bytes: Uint8Array, chunkLength = 64 * 1024): Promise<Read[]> {
  const messages: Read[] = []
  for await (const message of readMbox(inChunks(bytes, chunkLength))) {
    const parts: Buffer[] = []
    if (Buffer.isBuffer(message.stored)) parts.push(message.stored)
    else for await (const part of message.stored) parts.push(part)
    const stored = Buffer.concat(parts)
    expect(message.length).toBe(stored.length)
    expect(message.head.equals(stored.subarray(0, message.head.length))).toBe(true)
    messages.push({ fromLine: message.fromLine, offset: message.offset, start: message.start, stored })
  }
  return messages
}

async function texts(mbox: string): Promise<string[]> {
  return (await readAll(Buffer.from(mbox, 'latin1'))).map(({ stored }) => stored.toString('latin1'))
}

const dated = 'From a@example.com Mon Jan  1 00:00:00 2024\n'

describe('where a message starts', () => {
  it('is a From line after an empty line, which belongs to neither message', async () => {
    expect(await texts(`${dated}Subject: 1\n\none\n\n${dated}Subject: 2\n\ntwo\n`)).toEqual([
      'Subject: 1\n\none\n',
      'Subject: 2\n\ntwo\n',
    ])
  })

  it('is the same with CRLF, and with LF From lines between CRLF messages', async () => {
    const from = dated.trimEnd()
    const messages = ['Subject: 1\r\n\r\none\r\n', 'Subject: 2\r\n\r\ntwo\r\n']
    expect(await texts(messages.map((message) => `${from}\r\n${message}\r\n`).join(''))).toEqual(messages)
    expect(await texts(messages.map((message) => `${from}\n${message}\n`).join(''))).toEqual(messages)
  })

  it.each([
    'From MAILER-DAEMON Fri Jul  8 12:08:34 2011',
    'From a@b Fri Feb 22 23:00:00 2008 +0200',
    'From a@b Fri Feb 22 23:00 CET 2008',
    'From 18443@xxx Mon Jan 01 00:00:01 +0000 2024',
    'From "John Doe" <j@x> Sat Mar 24 2007 12:00:00'.replace('2007 12:00:00', '12:00:00 2007'),
    'From - Sun, 12 Aug 2012 12:34:56 +0300',
    'From host!user Wed Nov 11 09:00:01 1987 remote from gate',
    'From a@b 2024-05-06T07:08:09Z',
    'From ???@??? Tue Feb 3 1:02:03 98',
  ])('is recognised in "%s"', async (fromLine) => {
    expect(await texts(`${fromLine}\nSubject: 1\n\none\n\n${fromLine}\nno header at all\n`)).toEqual([
      'Subject: 1\n\none\n',
      'no header at all\n',
    ])
  })

  it.each(['From Russia with love', 'From here on, at 12:30, all is well', 'From Monday Jan', 'From: a@b'])(
    'is not "%s"',
    async (line) => {
      expect(await texts(`${dated}Subject: 1\n\none\n\n${line}\nYear: 1963\n`)).toHaveLength(1)
    },
  )

  it.each(['From -', 'From - ', 'From ', 'From 1844@xxx'])('is "%s" only where header fields follow', async (bare) => {
    expect(await texts(`${bare}\nSubject: 1\n\none\n\n${bare}\nSubject: 2\n\ntwo\n`)).toHaveLength(2)
    expect(await texts(`${bare}\nSubject: 1\n\none\n\n${bare}\nand so on\n`)).toHaveLength(1)
  })

  it('needs a common header field after it where no empty line stands before it', async () => {
    expect(await texts(`${dated}Subject: 1\n\none\n${dated}Subject: 2\n\ntwo\n`)).toHaveLength(2)
    expect(await texts(`${dated}Subject: 1\n\none\n${dated}Or so: he said\n`)).toHaveLength(1)
  })

  it('may be preceded by a byte order mark or empty lines at the start of the file only', async () => {
    expect(await texts(`\xef\xbb\xbf${dated}Subject: 1\n`)).toEqual(['Subject: 1\n'])
    expect(await texts(`\n\r\n${dated}Subject: 1\n`)).toEqual(['Subject: 1\n'])
    expect(startsLikeMbox(Buffer.from(`\r\n${dated}Subject: 1\n`))).toBe(true)
    expect(startsLikeMbox(Buffer.from('From: a@b\nSubject: 1\n'))).toBe(false)
  })

  it('is also where messages are empty or have no body', async () => {
    expect(await texts(`${dated}\n${dated}\n${dated}Subject: 3\n\n\n${dated.trimEnd()}`)).toEqual(['', '', 'Subject: 3\n\n', ''])
    expect(await texts('')).toEqual([])
  })
})

describe('Content-Length', () => {
  const body = `text\n\n${dated}Subject: quoted by nobody\n\nmore\n`

  it('is believed where a From line or the end of the file is exactly there', async () => {
    const message = `Content-Length: ${body.length}\nSubject: 1\n\n${body}`
    expect(await texts(`${dated}${message}\n${dated}${message}`)).toEqual([message, message])
  })

  it.each([body.length - 3, body.length + 3, 0, 10 ** 12])('is not believed where nothing ends there (%d)', async (length) => {
    expect(await texts(`${dated}Content-Length: ${length}\n\n${body}\n${dated}Subject: 2\n\n`)).toHaveLength(3)
  })

  it('costs linear time when it lies', async () => {
    const lie = `${dated}Content-Length: ${wholeLimit - 9}\nSubject: x\n\nbody\n\n`
    const started = worked()
    expect(await readAll(Buffer.from(lie.repeat(60_000)))).toHaveLength(60_000)
    expect(worked() - started).toBeLessThan(15_000)
  })
})

describe('large messages', () => {
  it('come as a stream, with the messages before and after whole', async () => {
    const line = `${'x'.repeat(70)}\n`
    const large = `Subject: large\n\n${line.repeat(Math.ceil((wholeLimit * 1.5) / line.length))}From here\n>From there\n`
    for (const end of ['\n', '']) {
      const mbox = Buffer.from(`${dated}Subject: 1\n\n${dated}${large}${end}${end && `${dated}Subject: 3\n`}`)
      const messages = await readAll(mbox, 100_003)
      expect(messages.map(({ stored }) => stored.toString())).toEqual(['Subject: 1\n', large, ...(end ? ['Subject: 3\n'] : [])])
    }
  })

  it('are skipped by a reader who does not want them', async () => {
    const mbox = `${dated}Subject: large\n\n${'x'.repeat(wholeLimit + 9)}\n\n${dated}Subject: 2\n`
    const starts: string[] = []
    for await (const message of readMbox(inChunks(Buffer.from(mbox), 65_536))) starts.push(message.head.toString('latin1', 0, 10))
    expect(starts).toEqual(['Subject: l', 'Subject: 2'])
  })

  it('cost linear time, whatever stands in them', async () => {
    for (const unit of ['From x\n', '>', 'From a@b\n\n']) {
      const started = worked()
      const [only, ...others] = await readAll(Buffer.from(`${dated}\n${unit.repeat((2 * wholeLimit) / unit.length)}`))
      expect(only?.stored.length).toBeGreaterThan(wholeLimit)
      expect(others).toEqual([])
      expect(worked() - started).toBeLessThan(15_000)
    }
  })
})

describe('quoting', () => {
  const reference = (text: string) => text.replace(/^>(>*From )/gm, '$1')
  const samples = [
    '>From a\n>>From b\n> From c\n>From\n a>From d\nFrom e\n>>>>',
    '>From first\n',
    `x\n${'>'.repeat(5000)}From deep\n>`,
    '\n\n>>From \n>Fro\n>From',
  ]

  it.each(samples)('loses one mark per line: %#', (text) => {
    expect(unquote(Buffer.from(text)).toString()).toBe(reference(text))
  })

  it.each(samples)('is the same in chunks of any size, whose memory is used again: %#', (text) => {
    const inPieces = (lines: Quoter | Unquoter, size: number) => {
      const memory = Buffer.alloc(size)
      const parts: Buffer[] = []
      for (let i = 0; i < text.length; i += size)
        parts.push(Buffer.from(lines.next(memory.subarray(0, memory.write(text.slice(i, i + size))))))
      return Buffer.concat([...parts, lines.end()]).toString()
    }
    for (const size of [1, 2, 3, 5, 7, 64]) {
      expect(inPieces(new Unquoter(), size)).toBe(reference(text))
      expect(inPieces(new Quoter(), size)).toBe(text.replace(/^(?=>*From )/gm, '>'))
    }
  })

  it('is taken back from what our own writer quoted', async () => {
    const message = Buffer.from('Subject: x\n\nFrom a\n>From b\n>>From c\n')
    const { record } = encodeRecord({ id: '1', date: new Date(0), flags: [] }, message)
    const [read, ...others] = await readAll(Buffer.concat([record, record]))
    expect(others).toHaveLength(1)
    expect(unquote(read?.stored ?? Buffer.alloc(0)).subarray(-message.length)).toEqual(message)
  })
})

it('reads the same in chunks of one octet as in large ones', async () => {
  const mbox = Buffer.from(`${dated}Content-Length: 4\n\none\n\n${dated}Subject: 2\r\n\r\n>From x\r\n\r\nFrom -\r\nDate: x\r\n`)
  const whole = await readAll(mbox)
  expect(whole).toHaveLength(3)
  for (const length of [1, 2, 3, 7, 50]) expect(await readAll(mbox, length)).toEqual(whole)
  for (const { offset, start, stored, fromLine } of whole) {
    expect(mbox.toString('latin1', offset, offset + fromLine.length)).toBe(fromLine)
    expect(mbox.subarray(start, start + stored.length)).toEqual(stored)
  }
})

const countsInCorpus: Readonly<Record<string, number>> = {
  // Two messages that talk about "From Russia with love"; a reader that splits at every From sees more.
  'MimeKit__unmunged.mbox.txt': 2,
}

const python = `
import hashlib, json, mailbox, re, sys
for path in sys.argv[1:]:
    box = mailbox.mbox(path, create=False)
    found = [box.get_bytes(key) for key in box.keys()]
    unquoted = [re.sub(rb'(?m)^>(>*From )', rb'\\1', b) for b in found]
    print(json.dumps([hashlib.sha256(b).hexdigest() for b in unquoted]))
`
const hasPython = spawnSync('python3', ['-c', 'import mailbox']).status === 0

describeUnless(corpusMissing() ?? (hasPython ? null : 'no python3'), "the corpus against Python's mailbox", () => {
  const files = corpus('mbox').filter(({ name }) => !(name in countsInCorpus))
  const { stdout } = spawnSync('python3', ['-c', python, ...files.map(({ path }) => path)], { encoding: 'utf8' })
  const expected = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as string[])

  it.each(files.map((file, i) => [file.name, file, expected[i] ?? []] as const))('%s', async (_, file, hashes) => {
    const bytes = Buffer.from(file.bytes())
    const messages = await readAll(bytes)
    expect(hashes.length).toBeGreaterThan(0)
    expect(messages).toHaveLength(hashes.length)
    // Python takes an empty line of CRLF between messages for a part of the first.
    if (bytes.includes('\r\n')) return
    expect(messages.map(({ stored }) => createHash('sha256').update(unquote(stored)).digest('hex'))).toEqual(hashes)
  })
})

describeWithCorpus('the corpus', () => {
  it.each(Object.entries(countsInCorpus))('%s has %d messages', async (name, count) => {
    const file = corpus('mbox').find((candidate) => candidate.name === name)
    expect(await readAll(file?.bytes() ?? Buffer.alloc(0))).toHaveLength(count)
  })
})
