/**
 * What stands before each message in our mbox: the `From ` line, and header lines of ours by which the message proves itself and
 * other programs know its flags and labels.
 */
import { AppError } from '../core/errors.ts'

/** What stands before a message in the file besides the message itself. */
export interface RecordHead {
  /** The provider's key of the message. */
  readonly id: string
  /** When the provider received it; goes into the `From ` line. */
  readonly date: Date
  readonly flags: readonly string[]
  readonly labels?: readonly string[]
  readonly thread?: string
}

/** `crlf`: every line ended in CRLF and is stored with LF. `asis`: stored octet for octet. */
export type LineEnds = 'crlf' | 'asis'

export interface ContentFacts {
  /** Octets of the original. */
  readonly size: number
  /** Of the original octets, lowercase hex. */
  readonly sha256: string
  readonly lineEnds: LineEnds
  /** False when the stored form does not end in LF and one has to be added. */
  readonly endsInLf: boolean
  /** True when the message begins with a space or tab: other readers take that for more of the header line before. */
  readonly beginsBlank: boolean
}

const LF = 10
const FROM = Buffer.from('From ')
const blankLine = Buffer.from('\n')
const twoLineEnds = Buffer.from('\n\n')

/** The `From ` line and our header lines. */
export function recordPrefix(head: RecordHead, facts: ContentFacts): Buffer {
  const lines = [...headerLines(head), ...(facts.beginsBlank ? ['X-Lifeboat-Message: follows'] : [])]
  const own = `X-Lifeboat: v=1; lines=${lines.length + 1}; size=${facts.size}; sha256=${facts.sha256}; eol=${facts.lineEnds}; id=${headerSafe(head.id)}`
  return Buffer.from(`From MAILER-DAEMON ${asctime(head.date)}\n${[own, ...lines].join('\n')}\n`, 'latin1')
}

/** What follows the stored message in the file. */
export function recordSuffix(facts: ContentFacts): Buffer {
  return facts.endsInLf ? blankLine : twoLineEnds
}

function headerLines(head: RecordHead): string[] {
  const has = (flag: string) => head.flags.includes(flag)
  const lines = [`Status: ${has('\\Seen') ? 'RO' : 'O'}`]
  const extended = [has('\\Answered') && 'A', has('\\Flagged') && 'F', has('\\Draft') && 'T', has('\\Deleted') && 'D']
    .filter(Boolean)
    .join('')
  if (extended !== '') lines.push(`X-Status: ${extended}`)
  const keywords = fitting(head.flags.filter((flag) => !flag.startsWith('\\')).map(headerSafe))
  if (keywords.length > 0) lines.push(`X-Keywords: ${keywords.join(' ')}`)
  if (head.thread !== undefined) lines.push(`X-GM-THRID: ${headerSafe(head.thread)}`)
  const labels = fitting(head.labels ?? [])
  if (labels.length > 0) lines.push(`X-Gmail-Labels: ${encodedWords(labels.map(labelText).join(','))}`)
  return lines
}

/** As Google's own export: a list as in CSV (RFC 4180). */
function labelText(label: string): string {
  return /[",]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label
}

/** Octets of a list in our lines, before they are encoded: so that they stay below `maxPrefixLength`. */
const longestList = 8 << 10

/** As many of them as fit, from the first on; the journal has all. */
function fitting(values: readonly string[]): readonly string[] {
  let left = longestList
  const end = values.findIndex((value) => {
    left -= Buffer.byteLength(value) + 1
    return left < 0
  })
  return end < 0 ? values : values.slice(0, end)
}

/** Percent-encodes whatever could end a header line or be misread in it; the exact value stands in the journal. */
function headerSafe(value: string): string {
  const safe = encodeURIComponent(value.toWellFormed()).replace(/%(24|2B|2C|2F|3A|3D|40)/g, (octet) => decodeURIComponent(octet))
  return safe.length > 500 ? `${safe.slice(0, 497)}...` : safe
}

/** RFC 2047, as Google's export writes labels that are not plain ASCII. */
function encodedWords(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let word = ''
  for (const character of text.toWellFormed()) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word)
      word = ''
    }
    word += character
  }
  words.push(word)
  return words.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ')
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** RFC 4155 appendix A: `Thu Nov 24 18:22:48 1986`, UTC. */
function asctime(date: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const year = String(date.getUTCFullYear()).padStart(4, '0')
  return `${weekdays[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2, ' ')} ${time} ${year}`
}

/** What a record says of itself. */
export interface RecordClaim {
  readonly size: number
  readonly sha256: string
  readonly lineEnds: LineEnds
  readonly id: string
  /** Octets before the message: the `From ` line and our lines. */
  readonly prefixLength: number
}

/** The line of ours by which a message proves itself: how many lines are ours, size, SHA-256, line ends, key. */
export const claimPattern =
  /^X-Lifeboat: v=1; lines=(\d{1,3}); size=(\d{1,15}); sha256=([0-9a-f]{64}); eol=(crlf|asis); id=([^\n]*)$/

/** How much of a record's beginning `readClaim` needs at most. */
export const maxPrefixLength = 1 << 16

/** Reads the prefix of a record. @throws AppError `corrupt` */
export function readClaim(record: Buffer): RecordClaim {
  const start = record.indexOf(LF) + 1
  const lineEnd = record.indexOf(LF, start)
  const match = claimPattern.exec(record.subarray(start, lineEnd < 0 ? start : lineEnd).toString('latin1'))
  if (!record.subarray(0, 5).equals(FROM) || match === null) throw notARecord()
  const [, lines, size, sha256, eol, id] = match
  let prefixLength = start
  for (let n = Number(lines); n > 0; n--) {
    const end = record.indexOf(LF, prefixLength)
    if (end < 0) throw notARecord()
    prefixLength = end + 1
  }
  return { size: Number(size), sha256: sha256 ?? '', lineEnds: eol === 'crlf' ? 'crlf' : 'asis', id: id ?? '', prefixLength }
}

function notARecord(): AppError {
  return new AppError('corrupt', 'A message is not where the journal says, or its own header is damaged.')
}
