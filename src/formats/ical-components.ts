/** What must be known of a calendar component to put it among others (RFC 5545 sections 3.6 and 3.8). */
import { type ContentLine, decodeOctets, parseContentLine, unfold } from './content-lines.ts'
import { isSoundValue } from './ical-values.ts'

export interface ComponentFacts {
  /** '' where it has none. */
  readonly uid: string
  /** Of a VTIMEZONE; '' where it has none. */
  readonly tzid: string
  /** By TZID in the order of its first use: the earliest local time used with it, in milliseconds as if it were UTC. */
  readonly zones: ReadonlyMap<string, number>
  /** Whether readers can read it: they refuse a whole file for one line or date that they do not understand. */
  readonly isSound: boolean
}

/** @param bytes one component with its BEGIN and END */
export function componentFacts(bytes: Buffer): ComponentFacts {
  const text = bytes.toString('latin1')
  const zones = new Map<string, number>()
  const ids: Record<'UID' | 'TZID', string[]> = { UID: [], TZID: [] }
  let depth = 0
  let marks = 0
  let isSound = true
  for (const line of unfold(text)) {
    const content = parseContentLine(line)
    if (content === null) {
      isSound = false
      continue
    }
    if (content.name === 'BEGIN' || content.name === 'END') {
      depth += content.name === 'BEGIN' ? 1 : -1
      marks++
    }
    if ((content.name === 'UID' || content.name === 'TZID') && depth === 1) ids[content.name].push(decodeOctets(content.value))
    noteZones(zones, content)
    isSound &&= isSoundLine(content)
  }
  isSound &&= ids.UID.length <= 1 && ids.TZID.length <= 1 && marks === (text.match(plainMark)?.length ?? 0)
  return { uid: ids.UID[0] ?? '', tzid: ids.TZID[0] ?? '', zones, isSound }
}

/** Whether the lines between BEGIN:VCALENDAR and the first component say nothing that others in the file would suffer from. */
export function isSoundHeader(text: string): boolean {
  const lines = unfold(text).map(parseContentLine)
  if (text.startsWith(' ') || text.startsWith('\t')) return false
  return lines.every(
    (line) => line !== null && line.name !== 'BEGIN' && line.name !== 'END' && isSoundLine(line) && isJoinable(line),
  )
}

/** Other versions and scales mean other things by the same words; a METHOD may cancel or answer. */
function isJoinable({ name, value }: ContentLine): boolean {
  if (name === 'VERSION') return value === '2.0'
  if (name === 'CALSCALE') return /^gregorian$/i.test(value)
  return name !== 'METHOD' || /^(?:publish|request)$/i.test(value)
}

/** BEGIN and END in capitals and not folded: every reader sees these. */
const plainMark = /^(?:BEGIN|END):[A-Z0-9-]+\r?\n(?![ \t])/gm

function noteZones(zones: Map<string, number>, { params, value }: ContentLine): void {
  for (const [name, text] of params) {
    if (name !== 'TZID') continue
    const tzid = decodeOctets(text)
    let earliest = zones.get(tzid) ?? Number.POSITIVE_INFINITY
    for (const [, year, month, day] of value.matchAll(/(\d{4})(\d\d)(\d\d)T\d{6}/g)) {
      earliest = Math.min(earliest, Date.UTC(Number(year), Number(month) - 1, Number(day)))
    }
    zones.set(tzid, earliest)
  }
}

function isSoundLine(line: ContentLine): boolean {
  if (line.params.some(([name, value]) => name === '' || /^quoted-printable$/i.test(value))) return false
  if (line.name === 'BEGIN' || line.name === 'END') return line.group === '' && line.params.length === 0
  return line.name !== 'PROFILE' && isSoundValue(line)
}
