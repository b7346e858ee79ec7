/**
 * Calendar object resources (RFC 4791 section 4.1: one VCALENDAR with the components of one UID and the VTIMEZONEs they
 * need) and the file that holds those of a whole calendar: one VCALENDAR, each VTIMEZONE once, all components verbatim.
 */
import {
  asBuffer,
  decodeOctets,
  displayLine,
  fromStoredLines,
  type LineForm,
  parseContentLine,
  toStoredLines,
  unfold,
} from './content-lines.ts'
import { componentFacts, isSoundHeader } from './ical-components.ts'
import { type CalendarPart, CalendarScanner } from './ical-scanner.ts'
import { agreeFrom, hasSimpleRules, type ZoneOffsets, zoneOffsets } from './timezones.ts'

/** A VTIMEZONE. */
export interface Zone {
  readonly tzid: string
  /** Verbatim. */
  readonly text: Buffer
}

/** A resource that can stand among others in one file. Its line ends are CRLF. */
export interface JoinableResource {
  readonly uid: string
  /** All but the VTIMEZONEs, verbatim: what goes into the file. */
  readonly components: Buffer
  /** Between BEGIN:VCALENDAR and the first component. */
  readonly header: string
  readonly zones: readonly Zone[]
  /** Whether the VTIMEZONEs stand behind the other components. */
  readonly zonesLast: boolean
  readonly form: LineForm
  /** By TZID, the earliest local time used with it, in milliseconds as if it were UTC. */
  readonly earliest: ReadonlyMap<string, number>
}

/** What a calendar's file ends with. */
export const calendarTail: Buffer = Buffer.from('END:VCALENDAR\r\n')

/**
 * Reads a resource that can be put among others without loss for itself or harm for them: one VCALENDAR whose components
 * have one UID, with nothing that a reader of the whole file could stumble over.
 * @returns null for every other: it needs a file of its own
 */
export function readResource(bytes: Uint8Array): JoinableResource | null {
  const stored = toStoredLines(bytes)
  if (stored?.text.indexOf('BEGIN:VCALENDAR\r\n') !== 0) return null
  const scanner = new CalendarScanner(Number.POSITIVE_INFINITY)
  const parts = [...scanner.push(stored.text), ...scanner.finish()]
  const begin = parts.shift()
  const end = parts.pop()
  if (begin?.kind !== 'begin' || end?.kind !== 'end' || !end.complete || !endsWith(stored.text, calendarTail)) return null
  const properties = parts[0]?.kind === 'properties' ? parts.shift() : undefined
  const header = properties?.kind === 'properties' ? properties.bytes.toString() : ''
  const read = isSoundHeader(header) ? readComponents(parts) : null
  return read === null ? null : { ...read, header, form: stored.form }
}

function readComponents(parts: readonly CalendarPart[]): Omit<JoinableResource, 'header' | 'form'> | null {
  const zones: Zone[] = []
  const components: Buffer[] = []
  const uids = new Set<string>()
  const earliest = new Map<string, number>()
  for (const part of parts) {
    const facts = part.kind === 'component' ? componentFacts(part.bytes) : null
    if (part.kind !== 'component' || facts?.isSound !== true) return null
    if (part.name === 'VTIMEZONE') {
      zones.push({ tzid: facts.tzid, text: part.bytes })
    } else {
      uids.add(facts.uid)
      components.push(part.bytes)
      for (const [tzid, at] of facts.zones) earliest.set(tzid, Math.min(at, earliest.get(tzid) ?? at))
    }
  }
  const [uid = ''] = uids
  const order = parts.map((part) => (part.kind === 'component' && part.name === 'VTIMEZONE' ? 'z' : 'c')).join('')
  if (uid === '' || uids.size > 1 || !/^(?:z*c+|c+z+)$/.test(order) || !areSound(zones)) return null
  return { uid, components: Buffer.concat(components), zones, zonesLast: order.endsWith('z'), earliest }
}

function endsWith(bytes: Buffer, end: Buffer): boolean {
  return bytes.subarray(-end.length).equals(end)
}

function areSound(zones: readonly Zone[]): boolean {
  const ids = new Set(zones.map(({ tzid }) => tzid))
  return ids.size === zones.length && !ids.has('') && zones.every(({ text }) => hasSimpleRules(text.toString('latin1')))
}

/** What the file does not hold of a resource: JSON. */
export interface ItemFrame extends LineForm {
  /** Between BEGIN:VCALENDAR and the first component, with CRLF as line ends. */
  readonly header: string
  /** In their order: the TZID of a VTIMEZONE of the file, or the text of one that differs from the file's but means the same. */
  readonly zones: readonly (string | { readonly text: string })[]
  /** Where the VTIMEZONEs stand behind the other components. */
  readonly zonesLast?: true
}

/** Computing what a VTIMEZONE means takes time, and different ones are few in an honest calendar. */
const mostDefinitions = 500

/** The VTIMEZONEs of one file: for each TZID the definition that came first. */
export class CalendarZones {
  readonly #zones = new Map<string, Zone>()
  readonly #offsets = new Map<string, ZoneOffsets | null>()

  /** @param zones those the file has already and its items refer to */
  constructor(zones: Iterable<Zone> = []) {
    for (const zone of zones) this.#zones.set(zone.tzid, zone)
  }

  /** In the order in which they came. */
  all(): Zone[] {
    return [...this.#zones.values()]
  }

  /**
   * Takes in the VTIMEZONEs of a resource that are new.
   * @returns null, and nothing is taken in, where a definition gives other times than the file's to what the resource holds
   */
  fit({ header, zones, zonesLast, form, earliest }: JoinableResource): ItemFrame | null {
    const fitting: (string | { text: string })[] = []
    for (const zone of zones) {
      const known = this.#zones.get(zone.tzid)
      if (known === undefined || known.text.equals(zone.text)) fitting.push(zone.tzid)
      else if (this.#meanTheSame(known, zone, earliest.get(zone.tzid))) fitting.push({ text: zone.text.toString() })
      else return null
    }
    for (const zone of zones) if (!this.#zones.has(zone.tzid)) this.#zones.set(zone.tzid, zone)
    return { ...form, header, zones: fitting, ...(zonesLast ? { zonesLast } : {}) }
  }

  #meanTheSame(one: Zone, other: Zone, earliest = Number.POSITIVE_INFINITY): boolean {
    if (earliest === Number.POSITIVE_INFINITY) return true
    const oneOffsets = this.#offsetsOf(one)
    const otherOffsets = this.#offsetsOf(other)
    if (oneOffsets === null || otherOffsets === null) return false
    const from = agreeFrom(oneOffsets, otherOffsets)
    return from !== null && from + largestOffset <= earliest
  }

  #offsetsOf({ text }: Zone): ZoneOffsets | null {
    const key = text.toString()
    const known = this.#offsets.get(key)
    if (known !== undefined || this.#offsets.size >= mostDefinitions) return known ?? null
    const offsets = zoneOffsets(key)
    this.#offsets.set(key, offsets)
    return offsets
  }
}

/** Milliseconds between a local time and the same in UTC at most. */
const largestOffset = 24 * 60 * 60 * 1000

/**
 * The octets that `readResource` was given.
 * @param zones the VTIMEZONEs of the file by TZID
 * @returns null where the file lacks one
 */
export function restoreResource(components: Buffer, frame: ItemFrame, zones: ReadonlyMap<string, Buffer>): Buffer | null {
  const definitions: Buffer[] = []
  for (const zone of frame.zones) {
    const text = typeof zone === 'string' ? zones.get(zone) : Buffer.from(zone.text)
    if (text === undefined) return null
    definitions.push(text)
  }
  const body = frame.zonesLast === true ? [components, ...definitions] : [...definitions, components]
  const text = Buffer.concat([Buffer.from(`BEGIN:VCALENDAR\r\n${frame.header}`), ...body, calendarTail])
  return fromStoredLines(text, frame)
}

/** The VTIMEZONEs in what `calendarHead` gave. */
export function zonesOfHead(head: Buffer): Zone[] {
  const scanner = new CalendarScanner(Number.POSITIVE_INFINITY)
  const parts = [...scanner.push(Buffer.concat([head, calendarTail])), ...scanner.finish()]
  return parts.flatMap((part) =>
    part.kind === 'component' && part.name === 'VTIMEZONE' ? [{ tzid: componentFacts(part.bytes).tzid, text: part.bytes }] : [],
  )
}

/** What other programs show of a calendar. */
export interface CalendarProperties {
  readonly name: string
  readonly description?: string
  /** `#RRGGBB` or `#RRGGBBAA` */
  readonly color?: string
}

/** What a calendar's file begins with; the components of its items follow, then `calendarTail`. */
export function calendarHead({ name, description, color }: CalendarProperties, zones: readonly Zone[]): Buffer {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Lifeboat//Lifeboat//EN', 'CALSCALE:GREGORIAN']
  lines.push(`X-WR-CALNAME:${escapeText(name)}`)
  if (description !== undefined) lines.push(`X-WR-CALDESC:${escapeText(description)}`)
  if (color !== undefined && /^#[0-9a-f]{6,8}$/i.test(color)) lines.push(`X-APPLE-CALENDAR-COLOR:${color}`)
  const text = lines.map((line) => `${fold(line)}\r\n`).join('')
  return Buffer.concat([Buffer.from(text), ...zones.map((zone) => zone.text)])
}

function escapeText(text: string): string {
  const escaped = text.replace(/[\\;,]/g, (character) => `\\${character}`).replace(/\r\n|\r|\n/g, '\\n')
  return escaped.replace(/\p{Cc}+/gu, ' ').toWellFormed()
}

/** At most 75 octets a line (RFC 5545 section 3.1), no character cut in two. */
function fold(line: string): string {
  let folded = ''
  let octets = 0
  for (const character of line) {
    const length = Buffer.byteLength(character)
    if (octets + length > 75) {
      folded += '\r\n '
      octets = 1
    }
    folded += character
    octets += length
  }
  return folded
}

/** What a list shows of a resource; '' where it does not say. */
export interface ResourceDescription {
  readonly uid: string
  readonly summary: string
  /** DTSTART, else DUE: `2026-03-29`, `2026-03-29T09:30:00` (local to the event's time zone) or `2026-03-29T09:30:00Z`. */
  readonly start: string
}

/** Of any octets; never throws. The main component counts, not one of its overrides. */
export function describeResource(bytes: Uint8Array): ResourceDescription {
  const path: string[] = []
  let found = new Map<string, string>()
  let best: ReadonlyMap<string, string> = new Map()
  for (const line of unfold(asBuffer(bytes).toString('latin1'))) {
    const { name = '', value = '' } = parseContentLine(line) ?? {}
    if (name === 'BEGIN') {
      if (path.push(value.toUpperCase()) === 2) found = new Map()
    } else if (name === 'END') {
      const better = best.size === 0 || (best.has('RECURRENCE-ID') && !found.has('RECURRENCE-ID'))
      if (path.length === 2 && path[1] !== 'VTIMEZONE' && found.size > 0 && better) best = found
      path.pop()
    } else if (path.length === 2 && described.has(name) && !found.has(name)) {
      found.set(name, displayLine(decodeOctets(value)))
    }
  }
  const shown = (name: string) => best.get(name) ?? ''
  return { uid: shown('UID'), summary: shown('SUMMARY'), start: isoTime(shown('DTSTART')) || isoTime(shown('DUE')) }
}

const described: ReadonlySet<string> = new Set(['UID', 'SUMMARY', 'DTSTART', 'DUE', 'RECURRENCE-ID'])

function isoTime(value: string): string {
  const [, year, month, day, , hour = '', minute, second, utc = ''] =
    /^(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(value) ?? []
  if (year === undefined) return ''
  return `${year}-${month}-${day}${hour === '' ? '' : `T${hour}:${minute}:${second}${utc}`}`
}
