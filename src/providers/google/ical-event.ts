/** An iCalendar object as events of the Calendar API: a series with its exceptions, or a single event. */

import type { ContentLine } from '../../formats/content-lines.ts'
import { type EventZone, eventZone, utc } from '../../formats/event-zones.ts'
import { type CalendarComponent, calendarTree, lineOf, textOf } from '../../formats/ical-tree.ts'
import type { Event } from './event-ical.ts'

type EventTime = NonNullable<Event['start']>

export interface IcalEvents {
  readonly uid: string
  /** Null where only exceptions are there. */
  readonly master: Event | null
  /** With `originalStartTime`. */
  readonly exceptions: readonly Event[]
  readonly losses: readonly string[]
}

interface Reading {
  readonly texts: ReadonlyMap<string, string>
  readonly losses: Set<string>
}

/** Null where it holds no event. */
export function icalEvents(bytes: Uint8Array): IcalEvents | null {
  const parts = calendarTree(bytes).flatMap((calendar) => calendar.parts)
  const events = parts.filter(({ name }) => name === 'VEVENT')
  const [first] = events
  if (first === undefined) return null
  const zones = parts.filter(({ name }) => name === 'VTIMEZONE').map((zone) => [value(zone, 'TZID'), zone.text] as const)
  const reading: Reading = { texts: new Map(zones), losses: new Set() }
  const isException = (event: CalendarComponent) => lineOf(event, 'RECURRENCE-ID') !== undefined
  const master = events.find((event) => !isException(event))
  return {
    uid: value(first, 'UID'),
    master: master === undefined ? null : eventOf(master, reading),
    exceptions: events.filter(isException).map((event) => eventOf(event, reading)),
    losses: [...reading.losses],
  }
}

function value(component: CalendarComponent, name: string): string {
  return lineOf(component, name)?.value.trim() ?? ''
}

function param(line: ContentLine | undefined, name: string): string {
  return line?.params.find(([given]) => given === name)?.[1] ?? ''
}

function eventOf(component: CalendarComponent, reading: Reading): Event {
  const start = timeOf(lineOf(component, 'DTSTART'), reading)
  const original = lineOf(component, 'RECURRENCE-ID')
  const text = (name: string) => textOf(lineOf(component, name))
  const sequence = Number(value(component, 'SEQUENCE') || Number.NaN)
  for (const name of notTaken) if (lineOf(component, name) !== undefined) reading.losses.add(`Google has no field for ${name}.`)
  return {
    ...{ iCalUID: value(component, 'UID') },
    ...(start === null ? {} : { start, end: endOf(component, start, reading) }),
    ...(original === undefined ? recurrenceOf(component, reading) : { originalStartTime: timeOf(original, reading) ?? {} }),
    ...given('summary', text('SUMMARY')),
    ...given('description', text('DESCRIPTION')),
    ...given('location', text('LOCATION')),
    ...given('status', statuses[value(component, 'STATUS').toUpperCase()] ?? ''),
    ...given('transparency', value(component, 'TRANSP').toUpperCase() === 'TRANSPARENT' ? 'transparent' : ''),
    ...given('visibility', classes[value(component, 'CLASS').toUpperCase()] ?? ''),
    ...(Number.isSafeInteger(sequence) && sequence > 0 ? { sequence } : {}),
    ...given('colorId', text('X-GOOGLE-COLOR-ID')),
    ...peopleOf(component),
    ...linksOf(component),
    ...remindersOf(component, reading),
  }
}

const notTaken = ['CATEGORIES', 'GEO', 'PRIORITY', 'RESOURCES', 'CONTACT', 'COMMENT', 'CONFERENCE', 'EXRULE'] as const
const statuses: Readonly<Record<string, string>> = { TENTATIVE: 'tentative', CANCELLED: 'cancelled' }
const classes: Readonly<Record<string, string>> = { PUBLIC: 'public', PRIVATE: 'private', CONFIDENTIAL: 'confidential' }

function given<Name extends string>(name: Name, text: string): { readonly [name in Name]?: string } {
  return text === '' ? {} : ({ [name]: text } as { readonly [name in Name]: string })
}

/** Null where it is no time. */
function timeOf(line: ContentLine | undefined, reading: Reading): EventTime | null {
  const [, year, month, day, , hours, minutes, seconds, isUtc] =
    /^(\d{4})(\d\d)(\d\d)(T(\d\d)(\d\d)(\d\d)(Z?))?$/.exec(line?.value.trim() ?? '') ?? []
  if (line === undefined || year === undefined) return null
  if (hours === undefined) return { date: `${year}-${month}-${day}` }
  const wall = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
  if (Number.isNaN(wall)) return null
  const zone = isUtc === 'Z' ? utc : zoneOf(param(line, 'TZID'), reading)
  // A time of no zone is as on the clock of who looks: Google wants one, and takes the calendar's.
  const local = new Date(wall).toISOString().slice(0, 19)
  if (zone === null) return { dateTime: local }
  const dateTime = `${local}${offsetText(zone.offsetAt(wall / 1000))}`
  return isIana(zone.name) ? { dateTime, timeZone: zone.name } : { dateTime: new Date(dateTime).toISOString(), timeZone: 'UTC' }
}

function zoneOf(tzid: string, { texts, losses }: Reading): EventZone | null {
  const zone = tzid === '' ? null : eventZone(tzid, texts)
  if (zone !== null && !isIana(zone.name)) losses.add(`Google does not know the time zone “${tzid}”.`)
  return zone
}

function isIana(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

function offsetText(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60)
  const two = (part: number) => String(part).padStart(2, '0')
  return seconds === 0 ? 'Z' : `${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** RFC 5545 section 3.6.1: without an end a day lasts a day, and a time no time. */
function endOf(component: CalendarComponent, start: EventTime, reading: Reading): EventTime {
  const end = timeOf(lineOf(component, 'DTEND'), reading)
  if (end !== null && Boolean(end.date) === Boolean(start.date)) return end
  const seconds = durationOf(value(component, 'DURATION'))
  if (start.date) {
    const days = Math.max(1, Math.round((seconds ?? 86_400) / 86_400))
    return { date: new Date(Date.parse(start.date) + days * 86_400_000).toISOString().slice(0, 10) }
  }
  if (seconds === null || !start.dateTime || !/(?:Z|[+-]\d\d:\d\d)$/.test(start.dateTime)) return start
  return { ...start, dateTime: new Date(Date.parse(start.dateTime) + seconds * 1_000).toISOString().replace('.000', '') }
}

/** RFC 5545 section 3.3.6, in seconds; null for none. */
function durationOf(text: string): number | null {
  const [, sign, weeks, days, hours, minutes, seconds] =
    /^([+-]?)P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text) ?? [null]
  if (sign === undefined || sign === null) return null
  const [w, d, h, m, s] = [weeks, days, hours, minutes, seconds].map((part) => Number(part ?? 0))
  const size = (((w ?? 0) * 7 + (d ?? 0)) * 24 + (h ?? 0)) * 3_600 + (m ?? 0) * 60 + (s ?? 0)
  return sign === '-' ? -size : size
}

/** Lines as Google wants them: with a zone that it knows. */
function recurrenceOf(component: CalendarComponent, reading: Reading): Pick<Event, 'recurrence'> {
  const lines = component.lines.filter(({ name }) => /^(?:RRULE|RDATE|EXDATE)$/.test(name))
  const recurrence = lines.map((line) => {
    if (line.name === 'RRULE') return `RRULE:${line.value.trim()}`
    const tzid = param(line, 'TZID')
    const zone = tzid === '' ? null : zoneOf(tzid, reading)
    const kind = param(line, 'VALUE') === '' ? '' : `;VALUE=${param(line, 'VALUE')}`
    return `${line.name}${kind}${zone === null ? '' : `;TZID=${zone.name}`}:${line.value.trim()}`
  })
  return recurrence.length === 0 ? {} : { recurrence }
}

const answers: Readonly<Record<string, string>> = {
  ...{ 'NEEDS-ACTION': 'needsAction', DECLINED: 'declined', TENTATIVE: 'tentative', ACCEPTED: 'accepted' },
}

function peopleOf({ lines }: CalendarComponent): Pick<Event, 'attendees' | 'organizer'> {
  const email = ({ value }: ContentLine) => /^mailto:(\S+@\S+)$/i.exec(value.trim())?.[1]
  const attendees = lines
    .filter(({ name }) => name === 'ATTENDEE')
    .flatMap((line) => {
      const address = email(line)
      if (address === undefined) return []
      const guests = Number(param(line, 'X-NUM-GUESTS'))
      return [
        {
          ...{ email: address, responseStatus: answers[param(line, 'PARTSTAT').toUpperCase()] ?? 'needsAction' },
          ...given('displayName', param(line, 'CN')),
          ...given('comment', param(line, 'X-RESPONSE-COMMENT')),
          ...(param(line, 'ROLE').toUpperCase() === 'OPT-PARTICIPANT' ? { optional: true } : {}),
          ...(param(line, 'CUTYPE').toUpperCase() === 'RESOURCE' ? { resource: true } : {}),
          ...(guests > 0 ? { additionalGuests: guests } : {}),
        },
      ]
    })
  const organizer = lines.find(({ name }) => name === 'ORGANIZER')
  const by = organizer === undefined ? undefined : email(organizer)
  return {
    ...(attendees.length === 0 ? {} : { attendees }),
    ...(by === undefined ? {} : { organizer: { email: by, ...given('displayName', param(organizer, 'CN')) } }),
  }
}

function linksOf({ lines }: CalendarComponent): Pick<Event, 'attachments' | 'source'> {
  const attachments = lines
    .filter(({ name, value }) => name === 'ATTACH' && /^https:\/\//i.test(value))
    .map((line) => ({
      fileUrl: line.value.trim(),
      ...given('mimeType', param(line, 'FMTTYPE')),
      ...given('title', param(line, 'FILENAME')),
    }))
  const url = lines.find(({ name, value }) => name === 'URL' && /^https?:\/\//i.test(value))?.value.trim()
  return {
    ...(attachments.length === 0 ? {} : { attachments }),
    ...(url === undefined ? {} : { source: { url, title: url } }),
  }
}

/** "The maximum number of override reminders is 5", at most four weeks before. */
const mostReminders = 5
const longestBefore = 40_320

function remindersOf({ parts }: CalendarComponent, { losses }: Reading): Pick<Event, 'reminders'> {
  const overrides = parts
    .filter(({ name }) => name === 'VALARM')
    .flatMap((alarm) => {
      const trigger = lineOf(alarm, 'TRIGGER')
      const seconds = durationOf(trigger?.value.trim() ?? '')
      const minutes = seconds === null ? Number.NaN : Math.round(-seconds / 60)
      const isBefore = param(trigger, 'RELATED').toUpperCase() !== 'END' && minutes >= 0 && minutes <= longestBefore
      if (!isBefore) losses.add('Google keeps only reminders that come before the event.')
      return isBefore ? [{ method: value(alarm, 'ACTION').toUpperCase() === 'EMAIL' ? 'email' : 'popup', minutes }] : []
    })
  if (overrides.length > mostReminders) losses.add(`Google keeps ${mostReminders} reminders.`)
  return { reminders: { useDefault: false, ...(overrides.length === 0 ? {} : { overrides: overrides.slice(0, mostReminders) }) } }
}
