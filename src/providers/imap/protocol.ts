/** What imapflow's parser makes of the server's answers, read with distrust: everything here comes from outside. */

interface Token {
  readonly type: string
  readonly value?: string | Buffer
  /** What stands in brackets after `BODY` or after `OK`, `NO`, `BAD`. */
  readonly section?: readonly Attribute[]
  readonly partial?: readonly number[]
}
/** `null` is NIL, an array is a parenthesised list. */
export type Attribute = null | Token | readonly Attribute[]

/** An untagged or tagged answer. For `* 12 FETCH (…)`, `command` is `12` and the first attribute is the atom FETCH. */
export interface Answer {
  readonly command: string
  readonly attributes?: readonly Attribute[]
}

export const atom = (value: string): Token => ({ type: 'ATOM', value })

/** `BODY.PEEK[section]<partial>`; an empty section is the whole message. */
export function bodyPeek(section: readonly Attribute[] = [], partial?: readonly [offset: number, length: number]): Token {
  const token = { type: 'ATOM', value: 'BODY.PEEK', section }
  return partial ? { ...token, partial } : token
}

function isList(attribute: Attribute | undefined): attribute is readonly Attribute[] {
  return Array.isArray(attribute)
}

function isToken(attribute: Attribute | undefined): attribute is Token {
  return attribute !== null && attribute !== undefined && !isList(attribute)
}

/** The text of an atom, string or literal; null for NIL, lists and what is missing. */
export function text(attribute: Attribute | undefined): string | null {
  if (!isToken(attribute) || attribute.value === undefined) return null
  return typeof attribute.value === 'string' ? attribute.value : attribute.value.toString('utf8')
}

/** The octets of a string or literal; null for NIL. Quoted strings have been decoded as UTF-8 by the parser. */
export function octets(attribute: Attribute | undefined): Buffer | null {
  if (!isToken(attribute) || attribute.value === undefined) return null
  return typeof attribute.value === 'string' ? Buffer.from(attribute.value) : attribute.value
}

/** A number of RFC 9051's grammar; null for anything else. Numbers beyond 2^53 count as anything else. */
export function number(attribute: Attribute | undefined): number | null {
  const digits = text(attribute)
  if (digits === null || !/^\d{1,16}$/.test(digits)) return null
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : null
}

/** A 63-bit number (MODSEQ) or UIDVALIDITY in its shortest decimal form; null for anything else. */
export function bigNumber(attribute: Attribute | undefined): string | null {
  const digits = text(attribute)
  return digits !== null && /^\d{1,20}$/.test(digits) ? BigInt(digits).toString() : null
}

/** The texts of a list, without what is no text. */
export function texts(attribute: Attribute | undefined): string[] {
  if (!isList(attribute)) return []
  return attribute.map(text).filter((one) => one !== null)
}

/** The text of `(value)` or of `value`: servers differ. */
export function textInList(attribute: Attribute | undefined): string | null {
  return isList(attribute) ? (texts(attribute)[0] ?? null) : text(attribute)
}

/** The pairs of `(name value name value …)`, as in STATUS and FETCH; names in upper case. */
export function pairs(attribute: Attribute | undefined): { name: Token; value: Attribute }[] {
  if (!isList(attribute)) return []
  const result: { name: Token; value: Attribute }[] = []
  for (let i = 0; i + 1 < attribute.length; i += 2) {
    const name = attribute[i]
    if (isToken(name)) result.push({ name: { ...name, value: text(name)?.toUpperCase() ?? '' }, value: attribute[i + 1] ?? null })
  }
  return result
}

/** The response code of a status answer (RFC 9051 section 7.1): `[NAME argument …]`. */
export function responseCode(answer: Answer): { readonly name: string; readonly argument: Attribute | undefined } | null {
  const first = answer.attributes?.[0]
  if (!isToken(first) || first.value || !first.section) return null
  const name = text(first.section[0])
  return name === null ? null : { name: name.toUpperCase(), argument: first.section[1] }
}

/** One `* n FETCH (…)`. */
export interface FetchAnswer {
  readonly uid: number | null
  /** Data items without a section, by their name in upper case. */
  readonly data: ReadonlyMap<string, Attribute>
  /** The value of `BODY[…]`, if there is one; `offset` is set for a partial. */
  readonly body: { readonly value: Attribute; readonly offset: number | null } | null
}

const noData: ReadonlyMap<string, Attribute> = new Map()

/** What `readFetch` makes of an answer with a UID and the whole message. */
export function bodyAnswer(uid: number, body: Buffer): FetchAnswer {
  return { uid, data: noData, body: { value: { type: 'LITERAL', value: body }, offset: null } }
}

export function readFetch(answer: Answer): FetchAnswer {
  const data = new Map<string, Attribute>()
  let body: FetchAnswer['body'] = null
  for (const { name, value } of pairs(answer.attributes?.[1])) {
    if (name.section) body ??= { value, offset: name.partial?.[0] ?? null }
    else data.set(text(name) ?? '', value)
  }
  return { uid: number(data.get('UID')), data, body }
}

/** RFC 3339 in UTC of an INTERNALDATE such as `17-Jul-1996 02:44:25 -0700`; null where it means nothing. */
export function readDate(attribute: Attribute | undefined): string | null {
  const value = text(attribute)
  // A year below 100 is no year of mail, and `Date` would take it for one of our time.
  if (value === null || !/^[ \d]\d-[A-Za-z]{3}-(?!00)\d{4} \d\d:\d\d:\d\d [+-]\d{4}$/.test(value)) return null
  const date = new Date(value.trim())
  const year = date.getUTCFullYear()
  return Number.isNaN(year) || year < 0 || year > 9999 ? null : date.toISOString()
}

/** Decodes modified UTF-7 (RFC 3501 section 5.1.3). What is not well-formed stays as it is. */
export function decodeModifiedUtf7(value: string): string {
  return value.replace(/&([A-Za-z0-9+,]*)-/g, (whole, encoded: string) => {
    if (encoded === '') return '&'
    const bytes = Buffer.from(encoded.replaceAll(',', '/'), 'base64')
    if (bytes.length === 0 || bytes.length % 2 !== 0) return whole
    const decoded = bytes.swap16().toString('utf16le')
    return decoded.isWellFormed() ? decoded : whole
  })
}

/** Modified UTF-7 (RFC 3501 section 5.1.3). */
export function encodeModifiedUtf7(value: string): string {
  return value.replace(/&|[^\x20-\x7e]+/g, (part) => {
    if (part === '&') return '&-'
    const utf16 = Buffer.from(part, 'utf16le').swap16()
    return `&${utf16.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`
  })
}
