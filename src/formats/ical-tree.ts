/** A calendar as a tree of components, for looking at. Never throws: what is no content line is left out. */
import { type ContentLine, decodeOctets, parseContentLine, unfold } from './content-lines.ts'

export interface CalendarComponent {
  /** Upper case. */
  readonly name: string
  /** Values as they stand, decoded from their octets. */
  readonly lines: readonly ContentLine[]
  readonly parts: readonly CalendarComponent[]
  /** As it stands, unfolded, CRLF. */
  readonly text: string
}

/** Deeper ones are flattened. */
const deepest = 8

/** The components at the top, as a rule one VCALENDAR. What is not closed is taken as it is. */
export function calendarTree(bytes: Uint8Array): CalendarComponent[] {
  const root = open('')
  const path = [root]
  for (const text of unfold(
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      .toString('latin1')
      .replace(/^\u00ef\u00bb\u00bf/, ''),
  )) {
    const line = parseContentLine(decodeOctets(text))
    const top = path.at(-1) ?? root
    const name = line?.value.trim().toUpperCase() ?? ''
    if (line?.name === 'BEGIN' && path.length <= deepest) {
      const part = open(name)
      top.parts.push(part)
      path.push(part)
    } else if (line?.name === 'END' && path.some((one) => one.name === name)) {
      while (path.length > 1 && path.pop()?.name !== name);
    } else if (line !== null && line.name !== 'BEGIN' && line.name !== 'END') {
      top.lines.push(line)
      top.texts.push(text)
    }
  }
  return root.parts.map(close)
}

interface Open {
  readonly name: string
  readonly lines: ContentLine[]
  readonly texts: string[]
  readonly parts: Open[]
}

function open(name: string): Open {
  return { name, lines: [], texts: [], parts: [] }
}

function close({ name, lines, texts, parts }: Open): CalendarComponent {
  const closed = parts.map(close)
  const text = [`BEGIN:${name}`, ...texts, ...closed.map((part) => part.text), `END:${name}`].join('\r\n')
  return { name, lines, parts: closed, text }
}

/** The first line of the name. */
export function lineOf({ lines }: CalendarComponent, name: string): ContentLine | undefined {
  return lines.find((line) => line.name === name)
}

/** TEXT of RFC 5545 section 3.3.11 for a person. */
export function textOf(line: ContentLine | undefined): string {
  return (line?.value ?? '').replace(/\\([nN,;:\\"])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped))
}
