/** The header of a message (RFC 5322): enough to recognise it elsewhere and to name it in a list. */
import { isUtf8 } from 'node:buffer'
import { hash } from 'node:crypto'
import { decodeWords } from 'postal-mime'

/** What a list shows of a message. Every value is one line for a person, '' where the message has none. */
export interface MailHeading {
  readonly subject: string
  readonly from: string
  readonly to: string
  /** With its angle brackets, as it stands in the message. */
  readonly messageId: string
}

interface MailHeader extends MailHeading {
  /** RFC 3339, UTC, whole seconds; '' where the Date field is missing or means nothing. */
  readonly date: string
}

/** The fields `headerIdentity` reads, so that a server can be asked for exactly these. */
export const identityFields: readonly string[] = [
  'Message-ID',
  'Date',
  'From',
  'To',
  'Subject',
  'Received',
  'Delivered-To',
  'X-Original-To',
]

const identityNames: ReadonlySet<string> = new Set(identityFields.map((name) => name.toLowerCase()))
/** All of them are identity fields too. */
const displayNames: ReadonlySet<string> = new Set(['subject', 'from', 'to', 'date', 'message-id'])

/** A longer header block is not read further: no honest message comes near it. */
const headerCap = 256 * 1024
const displayLength = 500
/** 500 characters as encoded words of one character each; decoding more could cost quadratic time. */
const encodedLength = 16 * 1024

const LF = 0x0a
const CR = 0x0d
const TAB = 0x09
const SPACE = 0x20
const COLON = 0x3a

interface Field {
  /** Lower case. */
  readonly name: string
  /** Latin-1, so that characters are octets; unfolded, each run of white space one space, trimmed. */
  readonly value: string
}

interface Fields {
  readonly fields: readonly Field[]
  /** False where the header block is longer than the cap: then fields may be missing or cut. */
  readonly complete: boolean
}

/**
 * The same string for the same message, whether computed from the whole message, from its header block or from what an
 * IMAP server answers to `BODY.PEEK[HEADER.FIELDS (…)]` for `identityFields`: line ends, folding and the order of
 * differently named fields do not count, the order of equally named ones (Received) does. Lines without a colon are ignored.
 *
 * `headers:` and the first 32 hex digits of SHA-256 over the fields as `name:value`, sorted by name, joined by LF.
 * @returns null for a message without Message-ID and Received, which is too weak to be told from another, and for one
 *   whose header block is longer than 256 KiB
 */
export function headerIdentity(bytes: Uint8Array): string | null {
  return identityOf(readFields(bytes, identityNames))
}

/** The heading and `headerIdentity` by one reading. */
export function readHeadingAndIdentity(bytes: Uint8Array): { readonly head: MailHeading; readonly identity: string | null } {
  const fields = readFields(bytes, identityNames)
  return { head: headingOf(firstValues(fields)), identity: identityOf(fields) }
}

/** Whether it is a `headerIdentity`: two messages that a program wrote at the same moment, drafts say, may have the same. */
export function isHeaderIdentity(identity: string): boolean {
  return identity.startsWith(headerMark)
}

const headerMark = 'headers:'

function identityOf({ fields, complete }: Fields): string | null {
  if (!complete || !fields.some(({ name, value }) => value !== '' && (name === 'message-id' || name === 'received'))) return null
  const sorted = fields.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  const text = sorted.map(({ name, value }) => `${name}:${value}`).join('\n')
  return `${headerMark}${hash('sha256', Buffer.from(text, 'latin1'), 'hex').slice(0, 32)}`
}

/**
 * Reads a message or its header block. Of repeated fields the first counts. Encoded words (RFC 2047) are decoded; raw
 * 8-bit text is UTF-8 where it can be, else windows-1252. Values are cut to 500 characters. Never throws.
 */
export function readMailHeader(bytes: Uint8Array): MailHeader {
  const values = firstValues(readFields(bytes, displayNames))
  return { ...headingOf(values), date: parseMailDate(values.get('date') ?? '') }
}

function firstValues({ fields }: Fields): ReadonlyMap<string, string> {
  const values = new Map<string, string>()
  for (const { name, value } of fields) if (!values.has(name)) values.set(name, value)
  return values
}

function headingOf(values: ReadonlyMap<string, string>): MailHeading {
  const shown = (name: string) => displayText(values.get(name) ?? '')
  return { subject: shown('subject'), from: shown('from'), to: shown('to'), messageId: shown('message-id') }
}

function readFields(bytes: Uint8Array, wanted: ReadonlySet<string>): Fields {
  const block = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, headerCap))
  const fields: Field[] = []
  let start = 0
  while (start < block.length) {
    let end = lineEnd(block, start)
    if (block[start] === LF || (block[start] === CR && block[start + 1] === LF)) return { fields, complete: true }
    while (block[end] === SPACE || block[end] === TAB) end = lineEnd(block, end)
    const name = wantedName(block, start, end, wanted)
    if (name !== null) fields.push({ name, value: fieldValue(block, start, end) })
    start = end
  }
  return { fields, complete: bytes.byteLength <= headerCap }
}

/** The offset behind the line that holds `from`. */
function lineEnd(block: Buffer, from: number): number {
  const at = block.indexOf(LF, from)
  return at === -1 ? block.length : at + 1
}

/** In lower case, of `identityFields`. */
const initials: ReadonlySet<number | undefined> = new Set(identityFields.map((name) => name.toLowerCase().charCodeAt(0)))

/** The field's name in lower case if it is one of `wanted`; white space before the colon is tolerated (RFC 5322 section 4.5). */
function wantedName(block: Buffer, start: number, end: number, wanted: ReadonlySet<string>): string | null {
  // Most fields are out by their first letter.
  if (!initials.has((block[start] ?? 0) | 0x20)) return null
  const longest = start + 64
  let colon = start
  while (colon < end && colon < longest && block[colon] !== COLON) colon++
  if (block[colon] !== COLON || colon === end) return null
  const name = block
    .toString('latin1', start, colon)
    .replace(/[ \t]+$/, '')
    .toLowerCase()
  return wanted.has(name) ? name : null
}

function fieldValue(block: Buffer, start: number, end: number): string {
  let first = block.indexOf(COLON, start) + 1
  let last = end
  while (first < last && isWhite(block[first])) first++
  while (first < last && isWhite(block[last - 1])) last--
  const text = block.toString('latin1', first, last)
  return /[\t\n\v\f\r]| {2}/.test(text) ? text.replace(/[\t\n\v\f\r ]+/g, ' ') : text
}

/** Space, tab, LF, VT, FF and CR. */
function isWhite(octet: number | undefined): boolean {
  return octet === SPACE || (octet !== undefined && octet >= TAB && octet <= CR)
}

const windows1252 = new TextDecoder('windows-1252')

function displayText(octets: string): string {
  // The usual case, to which all that follows would do nothing.
  if (/^[\x20-\x7e]*$/.test(octets) && !octets.includes('=?')) return cut(octets, displayLength)
  let text = octets
  if (/[\x80-\xff]/.test(octets)) {
    const raw = Buffer.from(octets, 'latin1')
    text = isUtf8(raw) ? raw.toString('utf8') : windows1252.decode(raw)
  }
  if (text.includes('=?')) text = decodeWords(text.slice(0, encodedLength))
  const line = text
    .replace(/[\t\n\v\f\r \u0085\u2028\u2029]+/g, ' ')
    .replace(/\p{Cc}+/gu, '')
    .trim()
  return cut(line, displayLength)
}

/** At most `length` UTF-16 units, without half a surrogate pair at the end. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

const months: readonly string[] = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** RFC 5322 section 4.3, in hours; every other zone of letters counts as UTC, as that section asks. */
const zones: Readonly<Record<string, number>> = { EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 }

const dateTime =
  /^(?:\p{L}{2,9}\.? ?,? ?)?(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ -](\d{2,4}),? (\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)? ?(?:([+-])(\d{2}):?(\d{2})|([a-z]{1,5}))?/iu

/** A date-time of RFC 5322, the obsolete forms included, as RFC 3339 in UTC; '' where it is none. */
function parseMailDate(value: string): string {
  const text = value
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/ +/g, ' ')
    .replace(/ ?: ?/g, ':')
    .trim()
  const [, day, monthName = '', year = '', hour, minute, second = '0', sign, zoneHours = '0', zoneMinutes = '0', zone = ''] =
    dateTime.exec(text) ?? []
  const month = months.indexOf(monthName.toLowerCase())
  const midnight = new Date(Date.UTC(fullYear(year), month, Number(day)))
  const inRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60 && Number(zoneMinutes) < 60
  if (month === -1 || !inRange || midnight.getUTCDate() !== Number(day)) return ''
  const offset = zone === '' ? Number(zoneHours) * 60 + Number(zoneMinutes) : (zones[zone.toUpperCase()] ?? 0) * 60
  const minutes = Number(hour) * 60 + Number(minute) - (sign === '-' ? -offset : offset)
  const utc = new Date(midnight.getTime() + (minutes * 60 + Number(second)) * 1000)
  return utc.getUTCFullYear() <= 9999 ? utc.toISOString().replace('.000Z', 'Z') : ''
}

/** Two digits and three mean 1950 to 2049 (RFC 5322 section 4.3). */
function fullYear(digits: string): number {
  const year = Number(digits)
  if (digits.length === 4) return year
  return year + (digits.length === 2 && year < 50 ? 2000 : 1900)
}
