/** Writes a vCard 4.0 (RFC 6350) property by property. What has no property of its own gets one with a label beside it. */
import { contentLine, type Params, textValue } from './line-writer.ts'

const isEmpty = (value: string): boolean => /^[;,]*$/.test(value)

export class CardWriter {
  #lines = ''
  #groups = 0

  /** Nothing where the value is empty or a structure of nothing. */
  add(name: string, params: Params, value: string): void {
    if (!isEmpty(value)) this.#lines += contentLine(name, params, value)
  }

  /** As `add`, with what a person calls it (Apple's X-ABLabel). */
  labelled(name: string, label: string, params: Params, value: string): void {
    if (isEmpty(value)) return
    const group = `item${++this.#groups}`
    this.#lines += contentLine(`${group}.${name}`, params, value)
    this.#lines += contentLine(`${group}.X-ABLABEL`, {}, textValue(label))
  }

  /** Properties that belong together. */
  together(lines: readonly (readonly [string, Params, string])[]): void {
    const wanted = lines.filter(([, , value]) => !isEmpty(value))
    if (wanted.length === 0) return
    const group = wanted.length === 1 ? '' : `item${++this.#groups}.`
    for (const [name, params, value] of wanted) this.#lines += contentLine(`${group}${name}`, params, value)
  }

  end(uid: string): Buffer {
    return Buffer.from(`BEGIN:VCARD\r\nVERSION:4.0\r\n${contentLine('UID', {}, textValue(uid))}${this.#lines}END:VCARD\r\n`)
  }
}

/** RFC 6350 section 4.3.1: parts that are not known are left out. */
export function dateValue(date: {
  readonly year?: number | null
  readonly month?: number | null
  readonly day?: number | null
}): string {
  const two = (part: number) => String(part).padStart(2, '0')
  const { year, month, day } = date
  if (year && month && day) return `${String(year).padStart(4, '0')}${two(month)}${two(day)}`
  if (year && month) return `${String(year).padStart(4, '0')}-${two(month)}`
  if (year) return String(year).padStart(4, '0')
  if (month && day) return `--${two(month)}${two(day)}`
  return month ? `--${two(month)}` : ''
}
