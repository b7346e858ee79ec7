/** iCalendar streams (RFC 5545 section 3.4) cut into their components, verbatim, whatever they hold. */
import { LineWindow } from './content-lines.ts'

export type CalendarPart =
  | { readonly kind: 'begin'; readonly line: Buffer }
  /** Lines between BEGIN:VCALENDAR and END:VCALENDAR that are in no component. */
  | { readonly kind: 'properties'; readonly bytes: Buffer }
  | { readonly kind: 'component'; readonly name: string; readonly bytes: Buffer }
  /** An empty line outside of the components. */
  | { readonly kind: 'gap' }
  /** `complete` is false where END:VCALENDAR is missing. */
  | { readonly kind: 'end'; readonly complete: boolean }
  /** What stands outside of a calendar, and components that are not closed as they should be or are too long. */
  | { readonly kind: 'rest'; readonly bytes: Buffer }

const structure = /^(BEGIN|END)[ \t]*:[ \t]*([\w-]+)[ \t]*$/i

/** These are never inside of another component: the one that is open has lost its end. */
const outermost: ReadonlySet<string> = new Set(['VCALENDAR', 'VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VTIMEZONE'])

/** Deeper nesting is none that anyone writes. */
const deepest = 100

/** Given a stream in chunks of any size, answers its parts in their order. */
export class CalendarScanner {
  readonly #window = new LineWindow()
  readonly #limit: number
  #inCalendar = false
  /** Names of the open components, the outermost first. */
  #open: string[] = []
  #broken = false

  /** @param limit most octets of one component */
  constructor(limit: number) {
    this.#limit = limit
  }

  *push(chunk: Uint8Array): Generator<CalendarPart> {
    this.#window.append(chunk)
    while (this.#window.advance()) yield* this.#line(this.#window)
    if (this.#window.held > this.#limit) {
      this.#broken = true
      yield { kind: 'rest', bytes: this.#window.takeAll() }
    }
  }

  *finish(): Generator<CalendarPart> {
    this.#window.finish()
    while (this.#window.advance()) yield* this.#line(this.#window)
    if (this.#open.length > 0 || !this.#inCalendar) yield* this.#rest(this.#window.takeAll())
    else yield* this.#properties(this.#window.takeAll())
    if (this.#inCalendar) yield { kind: 'end', complete: false }
  }

  *#line(window: LineWindow): Generator<CalendarPart> {
    const letter = window.firstOctet() | 0x20
    const mark = letter === 0x62 || letter === 0x65 ? structure.exec(window.line()) : null
    const name = mark?.[2]?.toUpperCase() ?? ''
    const isBegin = mark?.[1]?.toUpperCase() === 'BEGIN'
    if (this.#open.length > 0) {
      if (mark !== null) yield* this.#inComponent(window, isBegin, name)
    } else if (!this.#inCalendar) {
      yield* this.#outside(window, isBegin && name === 'VCALENDAR')
    } else if (mark === null) {
      if (!window.isEmptyLine() || window.hasBefore()) return
      window.takeLines()
      yield { kind: 'gap' }
    } else {
      yield* this.#properties(window.takeBefore())
      yield* this.#atCalendarLevel(window, isBegin, name)
    }
  }

  *#outside(window: LineWindow, begins: boolean): Generator<CalendarPart> {
    if (begins) {
      yield* this.#rest(window.takeBefore())
      this.#inCalendar = true
      yield { kind: 'begin', line: window.takeLines() }
    } else if (window.isEmptyLine() && !window.hasBefore()) {
      window.takeLines()
      yield { kind: 'gap' }
    }
  }

  *#atCalendarLevel(window: LineWindow, isBegin: boolean, name: string): Generator<CalendarPart> {
    if (name === 'VCALENDAR') {
      yield { kind: 'end', complete: !isBegin }
      const line = window.takeLines()
      this.#inCalendar = isBegin
      if (isBegin) yield { kind: 'begin', line }
    } else if (isBegin) {
      this.#open = [name]
      this.#broken = false
    } else {
      yield { kind: 'rest', bytes: window.takeLines() }
    }
  }

  *#inComponent(window: LineWindow, isBegin: boolean, name: string): Generator<CalendarPart> {
    if (outermost.has(name) && (isBegin || name === 'VCALENDAR')) {
      yield* this.#rest(window.takeBefore())
      this.#open = []
      yield* this.#atCalendarLevel(window, isBegin, name)
    } else if (isBegin) {
      if (this.#open.length < deepest) this.#open.push(name)
      else this.#broken = true
    } else {
      if (name !== this.#open.at(-1)) this.#broken = true
      if (name === this.#open.at(-1)) this.#open.pop()
      else if (name === this.#open[0]) this.#open = []
      if (this.#open.length > 0) return
      const bytes = window.takeLines()
      if (this.#broken) yield* this.#rest(bytes)
      else yield { kind: 'component', name, bytes }
    }
  }

  *#properties(bytes: Buffer): Generator<CalendarPart> {
    if (bytes.length > 0) yield { kind: 'properties', bytes }
  }

  *#rest(bytes: Buffer): Generator<CalendarPart> {
    if (bytes.length > 0) yield { kind: 'rest', bytes }
  }
}
