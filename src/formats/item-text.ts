/** Contacts and events as sets of content lines: servers write them anew in another order, folding and case. */
import { decodeOctets, unfold } from './content-lines.ts'

/** What a server may add or set anew without changing what an item says. */
const bookkeeping = /^(?:PRODID|VERSION|REV|DTSTAMP|LAST-MODIFIED|CREATED|CALSCALE|X-RADICALE-NAME)$/

/** Content lines as an unordered list, each after the components it stands in; names and parameter names in upper case. */
function contentLines(bytes: Uint8Array): string[] {
  const open: string[] = []
  const lines: string[] = []
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  for (const line of unfold(text)) {
    const [, name = '', rest = ''] = /^((?:[A-Za-z0-9-]+\.)?[A-Za-z0-9-]+)([\s\S]*)$/.exec(line) ?? []
    const property = name.toUpperCase()
    if (property === 'BEGIN') open.push(rest.slice(1).trim().toUpperCase())
    else if (property === 'END') open.pop()
    else if (property !== '' && !bookkeeping.test(property))
      lines.push(`${open.join('/')} ${property}${normalRest(isRule.test(property) ? sortedRule(rest) : rest)}`)
  }
  return lines.sort()
}

const isRule = /^(?:RRULE|EXRULE)$/

/** The parts of a recurrence rule have no order (RFC 5545 section 3.3.10). */
function sortedRule(rest: string): string {
  const at = valueStart(rest) + 1
  return rest.slice(0, at) + rest.slice(at).toUpperCase().trim().split(';').sort().join(';')
}

/** Parameters in order; quotes that are not needed are left out. */
function normalRest(rest: string): string {
  const at = valueStart(rest)
  const parameters = rest
    .slice(0, at)
    .split(';')
    .filter((parameter) => parameter !== '')
    .map((parameter) =>
      parameter
        .replace(/^[^=]*/, (name) => name.toUpperCase())
        .replace(/="([^",;:]*)"$/, '=$1')
        .toUpperCase(),
    )
    .sort()
  return `${parameters.map((parameter) => `;${parameter}`).join('')}${rest.slice(at).replaceAll('\\N', '\\n').trimEnd()}`
}

/** Where the colon before the value stands, outside of quotes. */
function valueStart(rest: string): number {
  let quoted = false
  for (let i = 0; i < rest.length; i++) {
    if (rest[i] === '"') quoted = !quoted
    else if (rest[i] === ':' && !quoted) return i
  }
  return rest.length
}

/** True when both say the same. */
export function saySame(a: Uint8Array, b: Uint8Array): boolean {
  return contentLines(a).join('\n') === contentLines(b).join('\n')
}

/** Names of properties of `original` that `copy` lacks or has with another value, each once. */
export function lostProperties(original: Uint8Array, copy: Uint8Array): string[] {
  return [...new Set(missingLines(contentLines(original), contentLines(copy)).map(nameIn))].sort()
}

/** Names of properties that only `copy` has, each once; of a whole component that only it has, the component's. */
export function addedProperties(original: Uint8Array, copy: Uint8Array): string[] {
  const lines = contentLines(original)
  const componentsOf = (line: string) => (line.split(' ')[0] ?? '').split('/')
  const known = new Set(lines.flatMap(componentsOf))
  const added = missingLines(contentLines(copy), lines)
  return [...new Set(added.map((line) => componentsOf(line).find((one) => !known.has(one)) ?? nameIn(line)))].sort()
}

/** Of as many equal lines as `others` has, none is missing. */
function missingLines(lines: readonly string[], others: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const line of others) left.set(line, (left.get(line) ?? 0) + 1)
  return lines.filter((line) => {
    const n = left.get(line) ?? 0
    left.set(line, n - 1)
    return n <= 0
  })
}

function nameIn(line: string): string {
  return / ((?:[A-Z0-9-]+\.)?[A-Z0-9-]+)/.exec(line)?.[1] ?? line
}

/** The item with another UID in all its components. */
export function withUid(bytes: Uint8Array, uid: string): Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  return Buffer.from(
    text.replace(/^UID([;:])[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gim, () => `UID:${uid}`),
    'latin1',
  )
}

/** The first UID; null where the item has none. */
export function uidOf(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  for (const line of unfold(text)) {
    const [, value] = /^(?:[A-Za-z0-9-]+\.)?UID(?:;[^:]*)?:(.*)$/i.exec(line) ?? []
    if (value !== undefined) return decodeOctets(value.trim())
  }
  return null
}
