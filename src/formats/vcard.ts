/** vCards (RFC 6350, RFC 2426, vCard 2.1) in files that hold many of them. */
import {
  asBuffer,
  type ContentLine,
  decodeOctets,
  displayLine,
  fromStoredLines,
  type LineForm,
  LineWindow,
  parseContentLine,
  toStoredLines,
  unfold,
} from './content-lines.ts'

export interface JoinableCard {
  /** What goes into the file: the card with CRLF as its line ends, the final one included. */
  readonly text: Buffer
  /** What `originalCard` needs besides. */
  readonly form: LineForm
  /**
   * Whether a reader of vCard 3.0 and 4.0 can read it. What only vCard 2.1 knows (parameters without a name,
   * encodings such as quoted-printable) makes such readers refuse the whole file in which the card stands.
   */
  readonly strict: boolean
}

/**
 * A card that can stand among others in one file: exactly one `BEGIN:VCARD` and `END:VCARD`, in capitals, unfolded, first and
 * last, and nothing between that any reader could take for another beginning or end, or could not take for a line at all.
 * @returns null for every other card: it needs a file of its own
 */
export function joinableCard(bytes: Uint8Array): JoinableCard | null {
  const stored = toStoredLines(bytes)
  if (stored === null) return null
  const lines = stored.text.toString('latin1').slice(0, -2).split('\r\n')
  if (lines[0] !== 'BEGIN:VCARD' || lines.length < 3 || lines.at(-1) !== 'END:VCARD') return null
  const strict = readBody(lines.slice(1, -1))
  return strict === null ? null : { ...stored, strict }
}

/** The octets that `joinableCard` was given. */
export function originalCard(text: Uint8Array, form: LineForm): Buffer {
  return fromStoredLines(text, form)
}

/** Whether the lines are those of one card without what only vCard 2.1 knows; null where they are no card's. */
function readBody(physical: readonly string[]): boolean | null {
  let strict = true
  let softBreak = false
  for (const { line, lastPart, folded } of logicalLines(physical)) {
    if (line === '' && !folded) {
      softBreak = false
      continue
    }
    const content = parseContentLine(line)
    if (beginsOrEnds.test(line) || (!softBreak && (content === null || hasBrokenBase64(content)))) return null
    // Readers of vCard 2.1 look for the word anywhere in the line.
    const quotedPrintable: boolean = softBreak || /quoted-printable/i.test(line)
    if (quotedPrintable || content?.params.some(isOldParam)) strict = false
    softBreak = quotedPrintable && /=[ \t]*$/.test(lastPart)
  }
  return softBreak ? null : strict
}

/** PROFILE as well: it once began a card without BEGIN (RFC 2425 section 5.3). */
const beginsOrEnds = /^\s*(?:[\w-]+\.)?(?:BEGIN|END|PROFILE)\s*(?:[:;]|$)/i

/** vCard 3.0 has no other encoding than base64 (RFC 2426 section 2.4.1), 4.0 has none. */
function isOldParam([name, value]: ContentLine['params'][number]): boolean {
  return name === '' || (name === 'ENCODING' && !isBase64.test(value))
}

const isBase64 = /^(?:b|base64)$/i

/** Some readers refuse the whole file for it. */
function hasBrokenBase64({ params, value }: ContentLine): boolean {
  if (!params.some(([name, text]) => (name === 'ENCODING' && /^(?:b|base64)$/i.test(text)) || /^base64$/i.test(text)))
    return false
  const digits = value.replace(/[ \t]+/g, '')
  const padding = digits.endsWith('==') ? 2 : digits.endsWith('=') ? 1 : 0
  // Node leaves out what is none, and takes the two digits of base64url for others: a photo is seen through faster so than by a pattern.
  const decoded = Buffer.from(digits, 'base64').length
  return digits.length % 4 !== 0 || /[-_]/.test(digits) || decoded !== (digits.length / 4) * 3 - padding
}

interface LogicalLine {
  readonly line: string
  readonly lastPart: string
  readonly folded: boolean
}

function* logicalLines(physical: readonly string[]): Generator<LogicalLine> {
  for (let i = 0; i < physical.length; ) {
    const parts = [physical[i++] ?? '']
    while (/^[ \t]/.test(physical[i] ?? '')) parts.push(physical[i++] ?? '')
    const line = parts.map((part, at) => (at === 0 ? part : part.slice(1))).join('')
    yield { line, lastPart: parts.at(-1) ?? '', folded: parts.length > 1 }
  }
}

export interface CardPiece {
  readonly bytes: Buffer
  /** False for what stands outside of any card or is none as a whole. */
  readonly isCard: boolean
}

/** Most octets of one piece: a longer card comes in pieces that are no cards. */
const pieceLimit = 64 * 1024 * 1024

const cardBegin = /^BEGIN[ \t]*:[ \t]*VCARD[ \t]*$/i
const cardEnd = /^END[ \t]*:[ \t]*VCARD[ \t]*$/i
/** vCard 2.1: the only property whose value is a card of its own. */
const agent = /^AGENT(?:;[^:]*)?:[ \t]*$/i

/**
 * The cards of a file, anyone's, verbatim and in their order. Nothing is left out but a byte order mark and the empty lines
 * between the pieces. A card whose end is missing ends, as no card, where the next one begins.
 */
export async function* splitCards(chunks: AsyncIterable<Uint8Array>, limit = pieceLimit): AsyncGenerator<CardPiece> {
  const splitter = new CardSplitter(limit)
  for await (const chunk of chunks) yield* splitter.push(chunk)
  yield* splitter.finish()
}

class CardSplitter {
  readonly #window = new LineWindow()
  readonly #limit: number
  #depth = 0
  #afterAgent = false

  constructor(limit: number) {
    this.#limit = limit
  }

  *push(chunk: Uint8Array): Generator<CardPiece> {
    this.#window.append(chunk)
    while (this.#window.advance()) yield* this.#line(this.#window)
    if (this.#window.held > this.#limit) {
      this.#depth = 0
      yield { bytes: this.#window.takeAll(), isCard: false }
    }
  }

  *finish(): Generator<CardPiece> {
    this.#window.finish()
    while (this.#window.advance()) yield* this.#line(this.#window)
    if (this.#window.held > 0) yield { bytes: this.#window.takeAll(), isCard: false }
  }

  *#line(window: LineWindow): Generator<CardPiece> {
    if (window.isEmptyLine()) {
      if (this.#depth === 0 && !window.hasBefore()) window.takeLines()
      return
    }
    const line = mayMatter(window.firstOctet()) ? window.line() : ''
    const afterAgent = this.#afterAgent
    this.#afterAgent = this.#depth > 0 && agent.test(line)
    if (cardBegin.test(line)) {
      if (this.#depth > 0 && afterAgent) {
        this.#depth++
      } else {
        if (window.hasBefore()) yield { bytes: window.takeBefore(), isCard: false }
        this.#depth = 1
      }
    } else if (this.#depth > 0 && cardEnd.test(line)) {
      this.#depth--
      if (this.#depth === 0) yield { bytes: window.takeLines(), isCard: true }
    }
  }
}

/** Whether a line with this first octet may be `BEGIN`, `END` or `AGENT`. */
function mayMatter(first: number): boolean {
  const letter = first | 0x20
  return letter === 0x61 || letter === 0x62 || letter === 0x65
}

/** What a list shows of a card; '' where the card does not say. */
export interface CardDescription {
  readonly uid: string
  /** FN, else N, NICKNAME, ORG, EMAIL or TEL, whichever comes first in this order. */
  readonly name: string
}

const wanted: ReadonlySet<string> = new Set(['UID', 'FN', 'N', 'NICKNAME', 'ORG', 'EMAIL', 'TEL'])

/** Of any octets; never throws. Of repeated properties the first that says something counts. */
export function describeCard(bytes: Uint8Array): CardDescription {
  const values = new Map<string, string>()
  for (const { name, params, value } of cardLines(bytes)) {
    if (!wanted.has(name) || values.has(name)) continue
    const text = decodeValue(params, value)
    const shown = name === 'N' ? fullName(text) : displayLine(name === 'ORG' ? text.replaceAll(/(?<!\\);/g, ' ') : text)
    if (shown !== '') values.set(name, shown)
  }
  const shown = (name: string) => values.get(name) ?? ''
  return {
    uid: shown('UID'),
    name: shown('FN') || shown('N') || shown('NICKNAME') || shown('ORG') || shown('EMAIL') || shown('TEL'),
  }
}

/** A property of vCard 2.1 with soft line breaks: what follows one is no folded line, also where it begins with a blank. */
const softlyBroken = /^[^\r\n:]*quoted-printable[^\r\n:]*:(?:[^\r\n]*=[ \t]*\r?\n)+/gim

/** Lines of vCard 2.1 with soft line breaks are put together. */
function cardLines(bytes: Uint8Array): ContentLine[] {
  const text = asBuffer(bytes).toString('latin1')
  const joined = text.replace(softlyBroken, (lines) => lines.replace(/=[ \t]*\r?\n/g, ''))
  return unfold(joined).flatMap((line) => parseContentLine(line) ?? [])
}

function isQuotedPrintable(params: ContentLine['params']): boolean {
  return params.some(([name, value]) => (name === '' || name === 'ENCODING') && /^quoted-printable$/i.test(value))
}

function decodeValue(params: ContentLine['params'], value: string): string {
  const octets = isQuotedPrintable(params)
    ? value.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : value
  const charset = params.find(([name]) => name === 'CHARSET')?.[1] ?? 'utf-8'
  if (/^utf-?8$/i.test(charset)) return decodeOctets(octets)
  try {
    return new TextDecoder(charset).decode(Buffer.from(octets, 'latin1'))
  } catch {
    return decodeOctets(octets)
  }
}

/** `family;given;additional;prefixes;suffixes` in the order in which they are spoken. */
function fullName(value: string): string {
  const [family = '', given = '', additional = '', prefixes = '', suffixes = ''] = value.split(/(?<!\\);/)
  return displayLine([prefixes, given, additional, family, suffixes].filter((part) => part.trim() !== '').join(' '))
}

/** A property of a card as a person may see it. */
export interface CardField {
  /** Upper case. */
  readonly name: string
  /** Lower case, each once. */
  readonly types: readonly string[]
  /** What the person called it (Apple's X-ABLabel); '' without. */
  readonly label: string
  readonly params: ContentLine['params']
  readonly value: string
  /** Parts of a structured value in their order, decoded; else the one value. */
  readonly components: readonly string[]
}

const structured: ReadonlySet<string> = new Set(['N', 'ADR', 'ORG', 'GENDER', 'CLIENTPIDMAP'])

/** Of any octets; never throws. Without BEGIN, END and labels, which stand with what they name. */
export function cardFields(bytes: Uint8Array): CardField[] {
  const lines = cardLines(bytes).filter(({ name }) => name !== 'BEGIN' && name !== 'END')
  const labels = new Map(
    lines.filter(({ name, group }) => name === 'X-ABLABEL' && group !== '').map((line) => [line.group, line]),
  )
  return lines
    .filter(({ name }) => name !== 'X-ABLABEL')
    .map(({ group, name, params: octets, value }) => {
      const text = decodeValue(octets, value)
      const params = octets.map(([param, given]) => [param, decodeOctets(given)] as const)
      const label = labels.get(group)
      const types = params
        .filter(([param]) => param === 'TYPE' || param === '')
        .flatMap(([, type]) => type.toLowerCase().split(','))
      return {
        ...{
          name,
          params,
          value: text,
          types: [...new Set(types)].filter((type) => !/^(quoted-printable|base64|internet)$/.test(type)),
        },
        label: label === undefined ? '' : unescaped(decodeValue(label.params, label.value)).replace(/^_\$!<(.*)>!\$_$/, '$1'),
        components: structured.has(name) ? text.split(/(?<!\\);/).map(unescaped) : [unescaped(text)],
      }
    })
}

function unescaped(value: string): string {
  return value.replace(/\\([nN,;:\\"])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped)).trim()
}
