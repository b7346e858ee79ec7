import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { headerIdentity, identityFields, readMailHeader } from '../../src/formats/mail-header.ts'
import { corpus, corpusMissing, describeUnless, describeWithCorpus } from '../fixtures/corpus.ts'
import { worked } from '../fixtures/patience.ts'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const header = (...lines: string[]) => bytes(`${lines.join('\r\n')}\r\n\r\nThe body\r\nSubject: not a header\r\n`)
const subject = (value: string) => readMailHeader(header(`Subject: ${value}`)).subject
const date = (value: string) => readMailHeader(header(`Date: ${value}`)).date

const message = [
  'Return-Path: <a@example.com>',
  'Received: from one.example.com by two.example.com;',
  '\tSun, 22 Nov 2026 07:31:05 +0000',
  'Received: from zero.example.com by one.example.com',
  'Message-ID: <1@example.com>',
  'date: Sun, 22 Nov 2026 08:31:00 +0100',
  'FROM :  A   Person <a@example.com>',
  'To: b@example.com',
  'Subject: Hello',
  ' world',
]

describe('headerIdentity', () => {
  it('is SHA-256 over the unfolded fields, sorted by name', () => {
    const text = [
      'date:Sun, 22 Nov 2026 08:31:00 +0100',
      'from:A Person <a@example.com>',
      'message-id:<1@example.com>',
      'received:from one.example.com by two.example.com; Sun, 22 Nov 2026 07:31:05 +0000',
      'received:from zero.example.com by one.example.com',
      'subject:Hello world',
      'to:b@example.com',
    ].join('\n')
    expect(headerIdentity(header(...message))).toBe(`headers:${createHash('sha256').update(text).digest('hex').slice(0, 32)}`)
  })

  it('is the same for the whole message, its header, LF line ends, another folding, and the fields a server picks out', () => {
    const whole = headerIdentity(header(...message))
    expect(headerIdentity(bytes(message.join('\r\n')))).toBe(whole)
    expect(headerIdentity(bytes(`${message.join('\n')}\n\nbody`))).toBe(whole)
    expect(headerIdentity(bytes(`${message.join('\r\n')}\n\r\nbody`))).toBe(whole)
    expect(headerIdentity(header(...message.slice(0, 8), 'Subject:', '   Hello \t world  '))).toBe(whole)
    expect(headerIdentity(header(...message.slice(4), ...message.slice(1, 4)))).toBe(whole)
  })

  it('tells messages apart that differ in one field, in a missing field, or in the order of Received', () => {
    const variants = [
      message,
      message.with(7, 'To: c@example.com'),
      message.toSpliced(7, 1),
      message.with(9, ' World'),
      message.with(1, 'Received: from another.example.com by two.example.com;'),
      message.toSpliced(1, 3, message[3] ?? '', message[1] ?? '', message[2] ?? ''),
      [...message, 'Delivered-To: list@example.com'],
      [...message, 'X-Original-To: list@example.com'],
    ]
    expect(new Set(variants.map((lines) => headerIdentity(header(...lines)))).size).toBe(variants.length)
  })

  it('is null without Message-ID and Received, with empty ones, and for a header block over 256 KiB', () => {
    expect(headerIdentity(header('From: a', 'Subject: b', 'Date: c'))).toBeNull()
    expect(headerIdentity(header('From: a', 'Message-ID:  ', 'Received:'))).toBeNull()
    expect(headerIdentity(bytes('\r\nMessage-ID: <in the body>'))).toBeNull()
    expect(headerIdentity(bytes(''))).toBeNull()
    expect(headerIdentity(header('Message-ID: <1>', `X-Long: ${'x'.repeat(262_144)}`))).toBeNull()
    expect(headerIdentity(header('Message-ID: <1>'))).toMatch(/^headers:[0-9a-f]{32}$/)
  })

  it('does not depend on the size of the body', () => {
    const small = header('Message-ID: <1>')
    expect(headerIdentity(Buffer.concat([small, Buffer.alloc(1_000_000, 'x')]))).toBe(headerIdentity(small))
  })
})

describeWithCorpus('headerIdentity of the corpus', () => {
  const picked = new RegExp(`^(?:${identityFields.join('|')})[ \\t]*:[^\\n]*\\n(?:[ \\t][^\\n]*\\n)*`, 'gim')

  /** The identity fields alone, grouped by name, the names in reverse order, with CRLF. */
  function serverAnswer(block: string): string {
    const byName = Map.groupBy(block.match(picked) ?? [], (field) => field.slice(0, field.indexOf(':')).trim().toLowerCase())
    return `${[...byName.values()].reverse().flat().join('')}\n`.replaceAll('\n', '\r\n')
  }

  it('is the same for the message, its header block, and what a server answers for the identity fields', () => {
    let known = 0
    for (const file of corpus('mail')) {
      const text = Buffer.from(file.bytes()).toString('latin1').replaceAll('\r\n', '\n')
      const block = text.startsWith('\n') ? '\n' : `${text.split('\n\n', 1).join()}\n\n`
      const identity = headerIdentity(file.bytes())
      expect(headerIdentity(bytes(block)), file.name).toBe(identity)
      expect(headerIdentity(bytes(serverAnswer(block))), file.name).toBe(identity)
      if (identity !== null) known++
    }
    expect(known).toBeGreaterThan(corpus('mail').length / 4)
  })
})

describe('readMailHeader', () => {
  it('reads the five fields, the first of each, whatever the case of their names', () => {
    expect(readMailHeader(header(...message, 'Subject: second', 'From: second'))).toEqual({
      subject: 'Hello world',
      from: 'A Person <a@example.com>',
      to: 'b@example.com',
      date: '2026-11-22T07:31:00Z',
      messageId: '<1@example.com>',
    })
  })

  it('gives empty strings for what is missing', () => {
    const nothing = { subject: '', from: '', to: '', date: '', messageId: '' }
    expect(readMailHeader(bytes(''))).toEqual(nothing)
    expect(readMailHeader(bytes('\r\nSubject: body'))).toEqual(nothing)
    expect(readMailHeader(bytes('no header at all'))).toEqual(nothing)
  })

  it('decodes encoded words, joining what was split within a character', () => {
    expect(subject('=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?= =?ISO-8859-1?Q?_K=F6ln?=')).toBe('Grüße aus Köln')
    expect(subject('=?utf-8?B?5pel5pys?=\r\n =?utf-8?B?6Kqe?= ok')).toBe('日本語 ok')
    expect(subject('=?utf-8?Q?=E6=97?= =?utf-8?Q?=A5?=')).toBe('日')
    expect(subject('=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=')).toBe('日本')
  })

  it('takes raw 8-bit text for UTF-8 where it can be, else for windows-1252', () => {
    expect(subject(bytes('').toString() + Buffer.from('Grüße ☂').toString('latin1'))).toBe('Grüße ☂')
    expect(subject('Gr\xfc\xdfe \x80 5')).toBe('Grüße € 5')
  })

  it('gives one line without control characters', () => {
    expect(subject('a\tb\r\n  c \x00\x1b[31m\x7fd =?utf-8?Q?e=0D=0Af=07=C2=85g?=')).toBe('a b c [31md e f g')
  })

  it('cuts a value to 500 characters, not within a surrogate pair', () => {
    expect(subject('x'.repeat(2000))).toBe('x'.repeat(500))
    expect(subject(Buffer.from(`x${'😀'.repeat(400)}`).toString('latin1'))).toBe(`x${'😀'.repeat(249)}`)
    expect(subject(`${'=?utf-8?B?5pel?= '.repeat(900)}`)).toBe('日'.repeat(500))
  })

  it.each([
    ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06Z'],
    ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06Z'],
    ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06Z'],
    ['Tue, 19 Sep 1995 13:30:00 (EDT) -0400', '1995-09-19T17:30:00Z'],
    ['Wed, 4 Apr 2001 13:19:00 -0700 (PDT)', '2001-04-04T20:19:00Z'],
    ['1 Jan 2000 00:30 EST', '2000-01-01T05:30:00Z'],
    ['1 Jan 2000 00:30 +0100', '1999-12-31T23:30:00Z'],
    ['1 Jan 49 00:00:00 Z', '2049-01-01T00:00:00Z'],
    ['1 Jan 50 00:00:00 Z', '1950-01-01T00:00:00Z'],
    ['1 Jan 103 00:00:00 Z', '2003-01-01T00:00:00Z'],
    ['31 Dec 2016 23:59:60 +0000', '2017-01-01T00:00:00Z'],
    ['29 Feb 2024 12:00:00 XYZ', '2024-02-29T12:00:00Z'],
    ['29 Feb 2023 12:00:00 +0000', ''],
    ['Thu, 13 Foo 2020 10:00:00 +0000', ''],
    ['Thu, 13 Feb 2020 25:00:00 +0000', ''],
    ['31 Dec 9999 23:59:59 -0100', ''],
    ['Whenever', ''],
    ['5', ''],
  ])('reads the date %s as "%s"', (value, expected) => {
    expect(date(value)).toBe(expected)
  })

  it.each(
    Object.entries({
      'a fold on each line': `Subject: a${'\r\n '.repeat(80_000)}`,
      'only the openings of encoded words': `Subject: ${'=?a?Q?'.repeat(40_000)}`,
      'encoded words without end': `Subject: ${'=?utf-8?B?YWFh?='.repeat(16_000)}`,
      'one huge encoded word': `Subject: =?utf-8?Q?=${' '.repeat(250_000)}?=`,
      'many equal fields': 'Message-ID: a\n'.repeat(18_000),
      'lines without a name': ':\n'.repeat(125_000),
      'one line without end': 'a'.repeat(4_000_000),
      'nested comments': `Date: ${'('.repeat(250_000)}`,
      'control characters': `Subject: ${'\x01'.repeat(250_000)}`,
    }),
  )('needs no more than a moment for %s', (_, text) => {
    const start = worked()
    readMailHeader(bytes(text))
    headerIdentity(bytes(text))
    expect(worked() - start).toBeLessThan(20_000)
  })
})

describeWithCorpus('readMailHeader of the corpus', () => {
  it('gives single lines of at most 500 well-formed characters and never throws, also for a message cut anywhere', () => {
    for (const file of corpus('mail')) {
      const whole = file.bytes()
      for (const part of [whole, whole.subarray(0, 1000), whole.subarray(0, 333), whole.subarray(100)]) {
        for (const value of Object.values(readMailHeader(part))) {
          expect(value.length, file.name).toBeLessThanOrEqual(500)
          expect(value, file.name).not.toMatch(/\p{Cc}|\p{Cs}|^ | $/u)
        }
      }
    }
  })
})

/**
 * Python's `email` as a second opinion. Not asked: messages in which it ends the header at a line without a colon (we skip
 * such a line, as Dovecot does), and values it raises on (unknown charsets, broken base64).
 */
const python = `
import datetime, email, email.header, email.utils, json, re, sys
def shown(raw):
    try: text = raw.decode('utf-8')
    except UnicodeDecodeError: text = raw.decode('cp1252', 'replace')
    try: return str(email.header.make_header(email.header.decode_header(re.sub(r'[\\r\\n]+', '', text))))
    except Exception: return None
def when(text):
    try: return datetime.datetime.fromtimestamp(email.utils.mktime_tz(email.utils.parsedate_tz(text)), datetime.timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')
    except Exception: return None
for path in sys.stdin.read().split('\\n'):
    with open(path, 'rb') as file: message = email.message_from_bytes(file.read())
    if any(type(d).__name__ == 'MissingHeaderBodySeparatorDefect' for d in message.defects): continue
    answer = {'path': path}
    for name, value in reversed(list(message.raw_items())):
        if name.lower() in ('subject', 'from', 'to', 'date'): answer[name.lower()] = shown(str(value).encode('ascii', 'surrogateescape'))
    answer['when'] = when(answer.get('date') or '')
    print(json.dumps(answer))
`

const pythonMissing = spawnSync('python3', ['-c', 'import email']).status === 0 ? null : 'no python3'

describeUnless(corpusMissing() ?? pythonMissing, "readMailHeader beside Python's email", () => {
  interface Opinion {
    readonly path: string
    readonly subject?: string | null
    readonly from?: string | null
    readonly to?: string | null
    readonly date?: string | null
    readonly when: string | null
  }
  const files = corpus('mail')
  const output = execFileSync('python3', ['-c', python], { input: files.map((file) => file.path).join('\n'), encoding: 'utf8' })
  const opinions = new Map<string, Opinion>()
  for (const line of output.trim().split('\n')) {
    const opinion: Opinion = JSON.parse(line)
    opinions.set(opinion.path, opinion)
  }

  /** Python puts a space between an encoded word and a quotation mark beside it. */
  const comparable = (text: string) =>
    text
      .replace(/[\s\u0085]+/g, ' ')
      .replace(/\p{Cc}+/gu, '')
      .replace(/ ?" ?/g, '"')
      .trim()
      .slice(0, 400)

  it.each(['subject', 'from', 'to'] as const)('shows the same %s', (field) => {
    let compared = 0
    for (const file of files) {
      const theirs = opinions.get(file.path)?.[field]
      if (theirs === undefined || theirs === null) continue
      expect(comparable(readMailHeader(file.bytes())[field]), file.name).toBe(comparable(theirs))
      compared++
    }
    expect(compared).toBeGreaterThan(files.length / 2)
  })

  it('reads the same instant from every date in the form of RFC 5322', () => {
    const wellFormed =
      /^(?:\w{3}, +)?\d{1,2} \w{3} \d{4} [012]\d:\d\d(?::\d\d)? (?:[+-]\d{4}|GMT|UT|[ECMP][SD]T)(?: \(\w+\))?\s*$/
    let compared = 0
    for (const file of files) {
      const opinion = opinions.get(file.path)
      if (!wellFormed.test(opinion?.date ?? '')) continue
      expect(readMailHeader(file.bytes()).date, file.name).toBe(opinion?.when)
      compared++
    }
    expect(compared).toBeGreaterThan(files.length / 4)
  })
})

describeWithCorpus('the nasty messages', () => {
  const nasty = [
    'rspamd__dkim_huge_hlist.eml',
    'MimeKit__stack-overflow.txt',
    'postal-mime__mimetorture.eml',
    'mailparser__outofmemory.eml',
  ]

  it('are read in a moment', () => {
    const files = corpus('mail').filter((file) => nasty.includes(file.name))
    const start = worked()
    for (const file of files) {
      readMailHeader(file.bytes())
      headerIdentity(file.bytes())
    }
    expect(worked() - start).toBeLessThan(20_000)
  })

  it('take no time worth mentioning for the usual ones: 20,000 identities in less than a second', () => {
    const files = corpus('mail').map((file) => file.bytes())
    const start = worked()
    for (let n = 0; n < 20_000; n++) headerIdentity(files[n % files.length] ?? new Uint8Array())
    expect(worked() - start).toBeLessThan(20_000)
  })
})
