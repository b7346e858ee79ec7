/** XML as DAV uses it: a stream of elements below the root, each small enough to hold. */
import { TextDecoder } from 'node:util'
import { brokenAnswer, tooLarge } from './errors.ts'
import { verbatimParser } from './verbatim-parser.ts'

export const ns = {
  dav: 'DAV:',
  caldav: 'urn:ietf:params:xml:ns:caldav',
  carddav: 'urn:ietf:params:xml:ns:carddav',
  calendarServer: 'http://calendarserver.org/ns/',
  apple: 'http://apple.com/ns/ical/',
  infIt: 'http://inf-it.com/ns/ab/',
  sabre: 'http://sabredav.org/ns',
} as const

/** A namespace and a name in Clark's form: `{DAV:}href`. */
export type Name = `{${string}}${string}`

export function name(namespace: keyof typeof ns, local: string): Name {
  return `{${ns[namespace]}}${local}`
}

export interface XmlElement {
  readonly name: Name
  /** By local name; those without a namespace only. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text with references resolved and nothing else changed: line ends stay as they came. */
  readonly text: string
}

export function childOf(element: XmlElement | undefined, wanted: Name): XmlElement | undefined {
  return element?.children.find((child) => child.name === wanted)
}

/** Far above what an honest answer holds in one element below the root. */
const textLimit = 128 * 1024 * 1024
const elementLimit = 10_000
const depthLimit = 64
const namesKept = 500

interface OpenElement {
  readonly name: Name
  attributes: Record<string, string>
  children: XmlElement[]
  text: string
}

/**
 * The elements directly below the root, each as soon as it is complete. The root must be `root`. No document type is
 * accepted, so nothing can be expanded to more than what was sent.
 * @throws AppError `network` for what is no well-formed XML or ends too early, `suspicious` for what is too large
 */
export async function* readElements(
  body: AsyncIterable<Uint8Array>,
  root: Name,
  host: string,
): AsyncGenerator<XmlElement, void, undefined> {
  const builder = new Builder(root, host)
  for await (const text of decoded(body)) {
    builder.write(text)
    yield* builder.take()
  }
  builder.end()
  yield* builder.take()
}

/** Octets by which an encoding is known: room for the declaration. */
const declarationRoom = 256
const endOfTag = '>'.charCodeAt(0)

async function* decoded(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | null = null
  let start: Uint8Array = new Uint8Array()
  for await (const octets of body) {
    if (decoder !== null) yield decoder.decode(octets, { stream: true })
    else {
      start = Buffer.concat([start, octets])
      if (start.length < declarationRoom && !start.includes(endOfTag)) continue
      decoder = decoderFor(start)
      yield decoder.decode(start, { stream: true })
    }
  }
  yield decoder === null ? decoderFor(start).decode(start) : decoder.decode()
}

/** By byte order mark or declaration (XML 1.0, appendix F); UTF-8 where neither says anything that is known. */
function decoderFor(start: Uint8Array): TextDecoder {
  if (start[0] === 0xfe && start[1] === 0xff) return new TextDecoder('utf-16be')
  if (start[0] === 0xff && start[1] === 0xfe) return new TextDecoder('utf-16le')
  const declared =
    /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/.exec(Buffer.from(start).toString('latin1'))?.[1] ?? 'utf-8'
  try {
    // What reads as ASCII is no UTF-16.
    return new TextDecoder(/^utf-?16/i.test(declared) ? 'utf-8' : declared)
  } catch {
    return new TextDecoder('utf-8')
  }
}

/** Shared by all elements that have none: most have neither. */
const noAttributes: Record<string, string> = Object.freeze({})
const noChildren: XmlElement[] = []

/** What does no harm, and servers send: empty lines of a badly kept PHP before the declaration or behind the root. */
const harmless = /XML declaration must be at the start|text data outside of root node/
/** A reference to such a character stays as it was written: in a name that does no harm, in the text of an item it would. */
const reference = /malformed character entity/
const itemTexts: ReadonlySet<Name | undefined> = new Set([name('carddav', 'address-data'), name('caldav', 'calendar-data')])

class Builder {
  readonly #root: Name
  readonly #host: string
  readonly #parser = verbatimParser()
  readonly #open: OpenElement[] = []
  /** One string for each name, by namespace: what many elements are called is kept once. */
  readonly #names = new Map<string, Map<string, Name>>()
  #done: XmlElement[] = []
  /** Characters since the last element below the root was complete. */
  #size = 0
  #elements = 0
  #failure: Error | null = null
  #hasRoot = false

  constructor(root: Name, host: string) {
    this.#root = root
    this.#host = host
    this.#parser.on('opentag', ({ uri, local, attributes }) => this.#start(this.#name(uri, local), attributes))
    this.#parser.on('closetag', () => this.#finish())
    this.#parser.on('text', (text) => this.#text(text))
    this.#parser.on('cdata', (text) => this.#text(text))
    this.#parser.on('doctype', () => this.#fail(new Error('A document type is not accepted')))
    this.#parser.on('error', (error) => {
      const isHarmless =
        harmless.test(error.message) || (reference.test(error.message) && !itemTexts.has(this.#open.at(-1)?.name))
      if (!isHarmless) this.#fail(error)
    })
  }

  write(text: string): void {
    this.#size += text.length
    this.#guarded(() => this.#parser.write(text))
  }

  end(): void {
    this.#guarded(() => this.#parser.close())
    if (!this.#hasRoot) throw brokenAnswer(this.#host, new Error('There is no root'))
  }

  take(): readonly XmlElement[] {
    const done = this.#done
    this.#done = []
    return done
  }

  #guarded(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
    if (this.#failure !== null) throw brokenAnswer(this.#host, this.#failure)
    if (this.#size > textLimit || this.#elements > elementLimit) throw tooLarge(this.#host)
  }

  #fail(error: Error): void {
    this.#failure ??= error
  }

  #name(uri: string, local: string): Name {
    const names = this.#names.get(uri) ?? new Map<string, Name>()
    const known = names.get(local)
    if (known !== undefined) return known
    const name: Name = `{${uri}}${local}`
    // A server that makes names up fills nothing.
    if (names.size < namesKept && this.#names.size < namesKept) this.#names.set(uri, names.set(local, name))
    return name
  }

  #start(name: Name, attributes: Readonly<Record<string, { uri: string; local: string; value: string }>>): void {
    if (this.#open.length === 0 && name !== this.#root) this.#fail(new Error(`The root is ${name}`))
    this.#hasRoot = true
    if (this.#open.length >= depthLimit) this.#fail(new Error('Too many levels'))
    this.#elements++
    const element: OpenElement = { name, attributes: noAttributes, children: noChildren, text: '' }
    for (const key in attributes) {
      const attribute = attributes[key]
      if (attribute === undefined || attribute.uri !== '') continue
      if (element.attributes === noAttributes) element.attributes = {}
      element.attributes[attribute.local] = attribute.value
    }
    this.#open.push(element)
  }

  #text(text: string): void {
    const element = this.#open.length < 2 ? undefined : this.#open.at(-1)
    if (element !== undefined) element.text += text
  }

  #finish(): void {
    const element = this.#open.pop()
    if (element === undefined || this.#open.length === 0) return
    if (this.#open.length === 1) {
      this.#done.push(element)
      this.#size = 0
      this.#elements = 0
      return
    }
    const parent = this.#open.at(-1)
    if (parent === undefined || this.#elements > elementLimit) return
    if (parent.children === noChildren) parent.children = []
    parent.children.push(element)
  }
}

/** Text in XML. What XML cannot hold at all is left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
