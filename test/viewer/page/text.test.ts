import { describe, expect, it } from 'vitest'
import { encodeRecord } from '../../../src/formats/mbox.ts'
import { folderRows } from '../../../src/viewer/page/data/folder-rows.ts'
import { plainSubject } from '../../../src/viewer/page/data/mail.ts'
import { messageOfRecord } from '../../../src/viewer/page/data/original.ts'
import { preferredLanguage, speech } from '../../../src/viewer/page/language.ts'
import { parseRoute, routeHref } from '../../../src/viewer/page/route.ts'
import { linkify, linkTarget } from '../../../src/viewer/page/safe/links.ts'
import { visibleLines, visibleName } from '../../../src/viewer/page/safe/visible-text.ts'
import { isActiveName, safeFileName } from '../../../src/viewer/page/save.ts'
import { textOf } from '../../../src/viewer/page/text-of.ts'

describe('links of a message', () => {
  it.each([
    ['https://example.org/a?b=c#d', 'https://example.org/a?b=c#d', 'example.org'],
    ['HTTP://EXAMPLE.org:8080', 'http://example.org:8080/', 'example.org:8080'],
    ['mailto:ann@example.org?subject=x', 'mailto:ann@example.org?subject=x', 'ann@example.org'],
    [
      'mailto:ann@example.org?attach=/etc/passwd&subject=a%20b&ATT%61CHMENT=x',
      'mailto:ann@example.org?subject=a%20b',
      'ann@example.org',
    ],
    ['https://bank.example@evil.example/', 'https://evil.example/', 'evil.example'],
    ['https://evil.example\\@bank.example/', 'https://evil.example/@bank.example/', 'evil.example'],
    ['ht\ntps://evil.example/', 'https://evil.example/', 'evil.example'],
  ])('%j leads to %s', (address, url, destination) => {
    expect(linkTarget(address)).toMatchObject({ url, destination })
  })

  it.each([
    'javascript:alert(1)',
    ' java\tscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'file://host/share',
    '\\\\host\\share',
    '//host/share',
    'relative/path.html',
    'vbscript:x',
    'blob:null/1',
    'ms-word:ofe|u|https://x',
    'https://',
    'http:///',
    '',
  ])('%j is dead', (address) => {
    expect(linkTarget(address)).toBeNull()
  })

  it('shows names that look like others as the computer spells them', () => {
    expect(linkTarget('https://аррӏе.example/')).toMatchObject({ destination: 'xn--80ak6aa92e.example', international: true })
  })

  it.each([
    ['See https://example.org/a.', ['https://example.org/a']],
    ['(https://example.org/a_(b))', ['https://example.org/a_(b)']],
    ['<https://example.org>, ann@example.org!', ['https://example.org', 'mailto:ann@example.org']],
    ['javascript:alert(1) file:///x \\\\host\\x', []],
    ['a@b', []],
  ])('are found in %j', (text, links) => {
    const pieces = linkify(text)
    expect(pieces.flatMap(({ link }) => link ?? [])).toEqual(links)
    expect(pieces.map((piece) => piece.text).join('')).toBe(text)
  })
})

describe('names from outside', () => {
  it('show what would reorder or hide a part of them', () => {
    expect(visibleName('invoice\u202efdp.exe')).toBe('invoice[U+202E]fdp.exe')
    expect(visibleName('a\u200bb\u0000c\nd')).toBe('a[U+200B]b[U+0000]c d')
    expect(visibleName('\u{e0041}x')).toBe('[U+E0041]x')
    expect(visibleLines('a\u2066b\nc')).toBe('a[U+2066]b\nc')
  })

  it('keep the joiners of Kannada and Telugu, and the flags of countries', () => {
    for (const name of [
      'ರ\u0ccd\u200dಕ',
      'న\u0c4d\u200cయ',
      'ક\u0acd\u200cષ',
      '\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}',
    ])
      expect(visibleName(name)).toBe(name)
    expect(visibleName('a\u{e0067}\u{e007f}')).toBe('a[U+E0067][U+E007F]')
  })

  it('keep the joiners that writing needs', () => {
    for (const name of ['👩‍👩‍👧', 'نمی‌خواهم', 'Zoë 李雷', 'क्‍ष']) expect(visibleName(name)).toBe(name)
    expect(visibleName('pay\u200dpal')).toBe('pay[U+200D]pal')
  })

  it.each([
    ['page.html', 'page.html.txt'],
    ['x.SVG', 'x.SVG.txt'],
    ['run.exe. ', 'run.exe.txt'],
    ['../../etc/passwd', '_.._etc_passwd'],
    ['con.txt', '_con.txt'],
    ['inv\u202efdp.exe', 'invfdp.exe.txt'],
    ['', 'file'],
    ['Größe 1.pdf', 'Größe 1.pdf'],
  ])('%j is saved as %j', (name, saved) => {
    expect(safeFileName(name)).toBe(saved)
  })

  it('keep their ending when they are too long for a file', () => {
    const saved = safeFileName(`2026-01-02 ${'Re: Rechnung 🎉 '.repeat(20)}.eml`)
    expect(saved).toMatch(/^2026-01-02 Re_ Rechnung .*\.eml$/u)
    expect(saved.length).toBeLessThanOrEqual(150)
    expect(saved.isWellFormed()).toBe(true)
    expect(safeFileName(`${'x'.repeat(300)}.html`)).toMatch(/x\.html\.txt$/)
  })

  it('are saved as text where a browser would guess that they are a page', () => {
    const page = new Uint8Array(Buffer.from('\ufeff \n<!doctype html><script>1</script>'))
    for (const name of ['notes', 'notes.dat', 'notes.docx.unknown']) expect(safeFileName(name, page)).toBe(`${name}.txt`)
    expect(safeFileName('notes.dat', new Uint8Array(Buffer.from('plain')))).toBe('notes.dat')
    expect(safeFileName('notes.pdf', page)).toBe('notes.pdf')
  })

  it('are opened by the browser only where their ending says that nothing runs', () => {
    for (const name of ['a.pdf', 'b.JPG', 'c d.docx', 'x/y.txt']) expect(isActiveName(name)).toBe(false)
    for (const name of ['a.html', 'a.svg', 'a', 'a.dat', 'a.pdf.exe', 'a.xml', 'a.xhtml', 'a.mht', 'x.pdf/a'])
      expect(isActiveName(name)).toBe(true)
  })
})

describe('a message out of its mbox record', () => {
  it.each([
    'From: a\r\n\r\nFrom here\r\n>From there\r\n>>From everywhere\r\nlast\r\n',
    'From: a\n\nFrom here\n>From there\nno end',
    ' begins blank: x\r\n\r\nbody\r\n',
    'a: b\r\n\r\nmixed\nends\r\r\n',
    '',
  ])('is what it was: %j', async (text) => {
    const { record } = encodeRecord({ id: '1', date: new Date(0), flags: ['\\Seen', 'Work'], labels: ['Ä'] }, Buffer.from(text))
    expect(Buffer.from(await messageOfRecord(record)).toString()).toBe(text)
  })

  it('is refused when a character of it changed', async () => {
    const { record } = encodeRecord({ id: '1', date: new Date(0), flags: [] }, Buffer.from('a: b\r\n\r\nhello\r\n'))
    await expect(messageOfRecord(Buffer.from(record.toString().replace('hello', 'hallo')))).rejects.toThrow('damaged')
    await expect(messageOfRecord(Buffer.from('From a\nSubject: x\n\n'))).rejects.toThrow('No message')
  })
})

describe('mail folders', () => {
  const rows = (...folders: [path: string, role?: 'inbox' | 'sent' | 'trash'][]): string[] =>
    folderRows(
      folders.map(([path, role = null]) => ({ path: path.split('/'), role })),
      (a, b) => a.localeCompare(b, 'en'),
    ).map(({ path, folder }) => `${path.join('/')}${folder ? '' : ' (parent)'}`)

  it('stand below their parents, also where a parent is no folder itself', () => {
    expect(
      rows(['Trash', 'trash'], ['Clients/Müller'], ['Sent', 'sent'], ['Clients/Acme/2024'], ['INBOX', 'inbox'], ['Sent/Old']),
    ).toEqual([
      'INBOX',
      'Sent',
      'Sent/Old',
      'Clients (parent)',
      'Clients/Acme (parent)',
      'Clients/Acme/2024',
      'Clients/Müller',
      'Trash',
    ])
  })

  it('may go by one name twice', () => {
    expect(rows(['A'], ['A'], ['A/B'])).toEqual(['A', 'A', 'A/B'])
  })
})

describe('the page', () => {
  it('finds its way by the address', () => {
    const params = { folder: '3', q: 'a&b=c #%', doc: '7' }
    expect(parseRoute(routeHref('mail', params))).toEqual({ screen: 'mail', params })
    expect(parseRoute('#/nowhere')).toEqual({ screen: 'overview', params: {} })
    expect(parseRoute('')).toEqual({ screen: 'overview', params: {} })
  })

  it('speaks German and English, with their plurals, dates and sizes', () => {
    const now = () => Date.UTC(2026, 10, 25, 12)
    const [english, german] = [speech('en', now), speech('de', now)]
    expect(english.t('mail.count', { n: 1 })).toBe('1 message')
    expect(english.t('mail.count', { n: 1234 })).toBe('1,234 messages')
    expect(german.t('mail.count', { n: 1234 })).toBe('1.234 Nachrichten')
    expect(german.size(1_234_567)).toBe('1,2 MB')
    expect(english.size(999)).toBe('999 bytes')
    expect(german.date(Date.UTC(2026, 2, 5, 12))).toBe('5. März 2026')
    expect(german.date(Number.NaN)).toBe('–')
    expect(preferredLanguage(['fr-FR', 'de-AT', 'en'])).toBe('de')
    expect(preferredLanguage(['fr'])).toBe('en')
  })

  it('knows a reply by its subject', () => {
    expect(plainSubject('AW: Re: Fwd: WG: re[2]: Report')).toBe('Report')
    expect(plainSubject('Regarding: x')).toBe('Regarding: x')
  })

  it('reads text in whatever it was written', () => {
    const bytes = (...octets: number[]) => new Uint8Array(octets)
    expect(textOf(new Uint8Array(Buffer.from('Größe')))).toBe('Größe')
    expect(textOf(bytes(0x47, 0x72, 0xf6, 0xdf, 0x65))).toBe('Größe')
    expect(textOf(bytes(0xff, 0xfe, 0x41, 0x00))).toBe('A')
    const long = new Uint8Array(Buffer.from(`a${'ö'.repeat(1_100_000)}`))
    expect(textOf(long).at(-1)).toBe('ö')
  })
})
