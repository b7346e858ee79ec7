/** XML as DAV uses it: a stream of elements below the root, each small enough to hold. */
import sax from 'sax'
import { brokenAnswer, tooLarge } from './errors.ts'

export const ns = {
  dav: 'DAV:',
  caldav: 'urn:ietf:params:xml:ns:caldav',
  carddav: 'urn:ietf:params:xml:ns:carddav',
  calendarServer: 'http://calendarserver.org/ns/',
  apple: 'http://apple.com/ns/ical/',
  infIt: 'http://inf-it.com/ns/ab/',
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

interface OpenElement {
  readonly name: Name
  readonly attributes: Record<string, string>
  readonly children: XmlElement[]
  readonly texts: string[]
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
  const decoder = new TextDecoder('utf-8')
  for await (const octets of body) {
    builder.write(decoder.decode(octets, { stream: true }))
    yield* builder.take()
  }
  builder.write(decoder.decode())
  builder.end()
  yield* builder.take()
}

class Builder {
  readonly #root: Name
  readonly #host: string
  readonly #parser = sax.parser(true, { xmlns: true, position: false, strictEntities: true })
  readonly #open: OpenElement[] = []
  #done: XmlElement[] = []
  #size = 0
  #elements = 0
  #failure: Error | null = null
  #hasRoot = false

  constructor(root: Name, host: string) {
    this.#root = root
    this.#host = host
    this.#parser.onopentag = ({ uri, local, attributes }) => {
      const plain = Object.values(attributes).filter((attribute) => attribute.uri === '')
      const values = Object.fromEntries(plain.map((attribute) => [attribute.local, attribute.value]))
      this.#start({ name: `{${uri}}${local}`, attributes: values, children: [], texts: [] })
    }
    this.#parser.onclosetag = () => this.#finish()
    this.#parser.ontext = (text) => this.#text(text)
    this.#parser.oncdata = (text) => this.#text(text)
    this.#parser.ondoctype = () => this.#fail(new Error('A document type is not accepted'))
    this.#parser.onerror = (error) => this.#fail(error)
  }

  write(text: string): void {
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

  #start(element: OpenElement): void {
    if (this.#open.length === 0 && element.name !== this.#root) this.#fail(new Error(`The root is ${element.name}`))
    this.#hasRoot = true
    if (this.#open.length >= depthLimit) this.#fail(new Error('Too many levels'))
    this.#elements++
    this.#open.push(element)
  }

  #text(text: string): void {
    if (this.#open.length < 2 || this.#failure !== null) return
    this.#size += text.length
    if (this.#size <= textLimit) this.#open.at(-1)?.texts.push(text)
  }

  #finish(): void {
    const element = this.#open.pop()
    if (element === undefined || this.#open.length === 0) return
    const { name, attributes, children, texts } = element
    const done = { name, attributes, children, text: texts.join('') }
    if (this.#open.length === 1) {
      this.#done.push(done)
      this.#size = 0
      this.#elements = 0
    } else if (this.#elements <= elementLimit) this.#open.at(-1)?.children.push(done)
  }
}

/** Text in XML. What XML cannot hold at all is left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replace(/[&<>"\r]/g, (character) => `&#${character.charCodeAt(0)};`)
}
