/** What an archive knows of a message besides its octets: date, flags, Gmail's labels and thread. */
import { decodeWords } from 'postal-mime'
import type { MailMeta } from '../../core/items.ts'
import { readMailHeader } from '../../formats/mail-header.ts'

const wantedFields: ReadonlySet<string> = new Set([
  'status',
  'x-status',
  'x-keywords',
  'x-mozilla-status',
  'x-mozilla-keys',
  'x-gm-thrid',
  'x-gmail-labels',
  'received',
])

/** The first value of each wanted field, unfolded, octets as Latin-1. */
export type HeaderFields = ReadonlyMap<string, string>

export function readHeaderFields(head: Buffer): HeaderFields {
  const text = head.toString('latin1')
  const end = /(?:^|\n)\r?\n/.exec(text)?.index ?? text.length
  const fields = new Map<string, string>()
  for (const field of text.slice(0, end).split(/\r?\n(?![ \t])/)) {
    const colon = field.indexOf(':')
    const name = field.slice(0, colon).trimEnd().toLowerCase()
    if (colon <= 0 || !wantedFields.has(name) || fields.has(name)) continue
    const value = field
      .slice(colon + 1)
      .replace(/\s+/g, ' ')
      .trim()
    // A copy: a part of a string keeps the whole header in memory as long as the item lives.
    fields.set(name, Buffer.from(value, 'latin1').toString('latin1'))
  }
  return fields
}

/** mbox: the flags as mutt, Dovecot, UW IMAP and Thunderbird write them; labels as Google's export writes them. */
export function mboxMeta(fields: HeaderFields): MailMeta {
  const labels = gmailLabels(fields.get('x-gmail-labels'))
  const thread = fields.get('x-gm-thrid')
  const flags = labels === null ? headerFlags(fields) : [...headerFlags(fields), ...labelFlags(labels)]
  return {
    flags: sorted(flags),
    ...(labels === null ? {} : { labels }),
    ...(thread === undefined || thread === '' ? {} : { thread }),
  }
}

const statusFlags: Readonly<Record<string, string>> = {
  R: '\\Seen',
  A: '\\Answered',
  F: '\\Flagged',
  T: '\\Draft',
  D: '\\Deleted',
}
const mozillaFlags: readonly (readonly [number, string])[] = [
  [0x0001, '\\Seen'],
  [0x0002, '\\Answered'],
  [0x0004, '\\Flagged'],
  [0x0008, '\\Deleted'],
  [0x1000, '$Forwarded'],
]

function headerFlags(fields: HeaderFields): string[] {
  const letters = `${fields.get('status') ?? ''}${fields.get('x-status') ?? ''}`
  const bits = Number.parseInt(fields.get('x-mozilla-status') ?? '', 16) || 0
  const keywords = `${fields.get('x-keywords') ?? ''} ${fields.get('x-mozilla-keys') ?? ''}`
  return [
    ...[...letters].flatMap((letter) => statusFlags[letter] ?? []),
    ...mozillaFlags.filter(([bit]) => (bits & bit) !== 0).map(([, flag]) => flag),
    ...keywords.split(/[\s,]+/).filter((keyword) => /^[^\s()\\{}%*"\]\x00-\x1f\x7f-\xff]{1,100}$/.test(keyword)),
  ]
}

const unread =
  /^(?:unread|ungelesen|non lus?|no leídos?|non lett[oi]|da leggere|ongelezen|não lid[oa]s?|no llegits?|olästa?|ulæste?|uleste?|lukemattomat|nieprzeczytane|nepřečtené|neprečítané|olvasatlan|necitite|okunmamış|непрочитанные|непрочитані|непрочетени|未読|未读|未讀|읽지 ?않음)$/i
const starred = /^(?:starred|markiert|suivis?|destacados?|speciali|met ster|com estrela|スター付き)$/i
const draft = /^(?:drafts?|entwurf|entwürfe|brouillons?|borradore?s?|bozz[ae]|concept(?:en)?|rascunhos?|下書き)$/i

/** Google writes a label for unread messages; every other message has been seen. */
function labelFlags(labels: readonly string[]): string[] {
  const some = (pattern: RegExp) => labels.some((label) => pattern.test(label.normalize('NFC')))
  return [some(unread) ? '' : '\\Seen', some(starred) ? '\\Flagged' : '', some(draft) ? '\\Draft' : ''].filter(
    (flag) => flag !== '',
  )
}

/** Comma-separated as in CSV, non-ASCII as encoded words or raw UTF-8. Null without the field. */
function gmailLabels(value: string | undefined): string[] | null {
  if (value === undefined) return null
  const text = decodeWords(Buffer.from(value.slice(0, 16 * 1024), 'latin1').toString('utf8'))
  const labels = text.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []
  const plain = labels.map((label) =>
    label
      .trim()
      .replace(/^"(.*)"$/s, '$1')
      .replaceAll('""', '"'),
  )
  return [...new Set(plain.filter((label) => label !== ''))]
}

const maildirFlags: Readonly<Record<string, string>> = {
  D: '\\Draft',
  F: '\\Flagged',
  P: '$Forwarded',
  R: '\\Answered',
  S: '\\Seen',
  T: '\\Deleted',
}

/** Maildir: `name:2,FRS`, with `;` or `!` for the colon on Windows. Small letters are Dovecot's keywords, `a` the first. */
export function maildirMeta(fileName: string, keywords: readonly string[]): MailMeta {
  const info = /[:;!]2,([A-Za-z]*)$/.exec(fileName)?.[1] ?? ''
  return { flags: sorted([...info].flatMap((letter) => maildirFlags[letter] ?? keywords[letter.charCodeAt(0) - 97] ?? [])) }
}

/** The file `dovecot-keywords`: one `<number> <keyword>` per line. */
export function readDovecotKeywords(text: string): string[] {
  const keywords: string[] = []
  for (const [, number, keyword] of text.matchAll(/^(\d{1,2}) (\S+)$/gm)) {
    if (keyword !== undefined && Number(number) < 26) keywords[Number(number)] = keyword
  }
  return keywords
}

function sorted(flags: readonly string[]): string[] {
  return [...new Set(flags)].sort()
}

const fromLineAsctime =
  /([a-z]{3}) {1,2}(\d{1,2}) {1,2}(\d{1,2}:\d{2}(?::\d{2})?)(?: ([a-z]{1,5}|[+-]\d{4}))?(?: [a-z]{1,5})? (\d{4}|\d{2})(?: ([a-z]{1,5}|[+-]\d{4}))?/i
const isoDate = /(\d{4}-\d{2}-\d{2})[t ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(z|[+-]\d{2}:?\d{2})?/i

/** The date of a `From ` line; UTC where it names no zone (RFC 4155). */
export function fromLineDate(fromLine: string): string | undefined {
  const line = fromLine.slice(5).replaceAll('\t', ' ')
  const [, month, day, time, zoneBefore, year, zoneAfter] = fromLineAsctime.exec(line) ?? []
  if (month !== undefined) return mailDate(`${day} ${month} ${year} ${time} ${zoneBefore ?? zoneAfter ?? '+0000'}`)
  const [, date, clock, zone] = isoDate.exec(line) ?? []
  if (date !== undefined) return plausible(new Date(`${date}T${clock}${(zone ?? 'Z').toUpperCase()}`))
  const mail = /\d{1,2}[ -][a-z]{3}[ -]\d{2,4} .*$/i.exec(line)?.[0]
  return mail === undefined ? undefined : mailDate(mail)
}

/** When the message arrived as far as its own header tells: the topmost Received, else Date. */
export function headerDate(head: Buffer, fields: HeaderFields): string | undefined {
  return mailDate(/;([^;]*)$/.exec(fields.get('received') ?? '')?.[1] ?? '') ?? plausible(new Date(readMailHeader(head).date))
}

function mailDate(text: string): string | undefined {
  return plausible(new Date(readMailHeader(Buffer.from(`Date: ${text.trim()}\n\n`, 'latin1')).date))
}

/** RFC 3339 in whole seconds; undefined outside the years in which a mail can have been received. */
export function plausible(date: Date): string | undefined {
  const year = date.getUTCFullYear()
  return year >= 1970 && year <= 2100 ? `${date.toISOString().slice(0, 19)}Z` : undefined
}

/**
 * A file's time of arrival in a Maildir: the earlier of its modification time, which Dovecot sets but a copy loses, and
 * the seconds at the start of its name, which an import sets too late.
 */
export function maildirDate(fileName: string, modified: number): string | undefined {
  const seconds = /^(\d{9,10})\b/.exec(fileName)?.[1]
  return plausible(new Date(Math.min(modified, seconds === undefined ? modified : Number(seconds) * 1000)))
}
