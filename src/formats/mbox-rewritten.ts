/**
 * Gets a message back from a record that a mail program has written anew: mutt, Dovecot, Thunderbird and others take header lines out
 * of our block and add their own, between ours or among those of the message. The checksum that the record has says which of them
 * the message itself had.
 */
import { hash } from 'node:crypto'
import { decodeRecord } from './mbox.ts'
import { claimPattern, type RecordClaim } from './mbox-prefix.ts'

const mark = /^(?:x-lifeboat|x-lifeboat-message):/i
const ours = /^(?:x-lifeboat|x-lifeboat-message|x-gm-thrid|x-gmail-labels|status|x-status|x-keywords):/i
/** What mail programs keep in an mbox, by program: each may have been a line of the message before. */
const theirs: readonly RegExp[] = [
  /^(?:status|x-status):/i,
  /^(?:content-length|lines):/i,
  /^x-keywords:/i,
  /^(?:x-mozilla-status2?|x-mozilla-keys|x-account-key|x-uidl):/i,
  /^x-uid:/i,
  /^x-imap(?:base)?:/i,
]

/** Header fields with their continuations, line ends included, and where the empty line after them begins. */
function fieldsOf(text: string): { readonly fields: readonly string[]; readonly end: number } {
  const fields: string[] = []
  let at = 0
  while (at < text.length && !/^\r?\n/.test(text.slice(at, at + 2))) {
    const lineEnd = text.indexOf('\n', at)
    const end = lineEnd < 0 ? text.length : lineEnd + 1
    const line = text.slice(at, end)
    // The message itself begins with a space after this line of ours.
    const isContinued = /^[ \t]/.test(line) && fields.length > 0 && !/^x-lifeboat-message:/i.test(fields.at(-1) ?? '')
    if (isContinued) fields.push((fields.pop() ?? '') + line)
    else fields.push(line)
    at = end
  }
  return { fields, end: at }
}

/** The SHA-256 that our line in a record's header says the message has; null where there is none. `beginning`: of the record. */
export function claimedSum(beginning: Buffer): string | null {
  const text = beginning.toString('latin1')
  const header = /\r?\n\r?\n/.exec(text)
  return (
    /^X-Lifeboat: v=1; [^\r\n]{0,100}sha256=([0-9a-f]{64});/m.exec(header === null ? text : text.slice(0, header.index))?.[1] ??
    null
  )
}

/**
 * The original octets of the message with this checksum, which they have been compared with; null where they cannot be had.
 * @param record from its `From ` line up to the next one
 */
export function messageOfRewritten(record: Buffer, sha256: string): Buffer | null {
  const texts = [record.toString('latin1')]
  // Programs of Windows may end all lines in their way.
  if (texts[0]?.includes('\r\n')) texts.push(texts[0].replaceAll('\r\n', '\n'))
  for (const text of texts) {
    const message = fromText(text, sha256)
    if (message !== null) return message
  }
  return null
}

function fromText(text: string, sha256: string): Buffer | null {
  const start = text.indexOf('\n') + 1
  const { fields, end } = fieldsOf(text.slice(start))
  const own = fields.findIndex((field) => /^x-lifeboat:/i.test(field))
  const claim = claimPattern.exec((fields[own] ?? '').trimEnd())
  if (claim === null || claim[3] !== sha256) return null
  const rest = text.slice(start + end)
  const size = Number(claim[2])
  const known: Omit<RecordClaim, 'prefixLength'> = {
    size,
    sha256,
    lineEnds: claim[4] === 'crlf' ? 'crlf' : 'asis',
    id: claim[5] ?? '',
  }
  // The line between header and text is written anew as well.
  const rests = known.lineEnds === 'asis' && rest.startsWith('\n') ? [rest, `\r${rest}`] : [rest]
  for (const header of headersOf(fields, own, Number(claim[1])))
    for (const after of rests) {
      const candidate = Buffer.from(`From -\n${header.join('')}${after}`, 'latin1')
      const message = decodeRecord(candidate, { ...known, prefixLength: 'From -\n'.length })
      if (message.length === size && hash('sha256', message, 'hex') === sha256) return message
    }
  return null
}

/** What the header may have been, the likeliest first. `own`: where our block of so many `lines` begins. */
function* headersOf(fields: readonly string[], own: number, lines: number): Generator<readonly string[]> {
  // As it was written, with what was put before it.
  yield fields.slice(own + lines)
  // Each of ours stands once, before any line of that name that the message has.
  const first = new Set([...Map.groupBy(fields.slice(own), nameOf).values()].map(([field]) => field))
  const withoutOurs = fields.filter((field) => !(ours.test(field) && first.delete(field)))
  const without = fields.filter((field) => !ours.test(field))
  // All others of ours may have been taken out.
  const withoutMark = fields.filter((field) => !mark.test(field))
  for (const header of [withoutOurs, without, withoutMark]) {
    const present = theirs.filter((pattern) => header.some((field) => pattern.test(field)))
    // All of theirs are taken out first, then all but some of them.
    for (let kept = 0; kept < 2 ** present.length; kept++) {
      const out = present.filter((_, n) => (kept & (1 << n)) === 0)
      yield header.filter((field) => !out.some((pattern) => pattern.test(field)))
    }
  }
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':') + 1).toLowerCase()
}
