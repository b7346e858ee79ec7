/** An iCalendar object as events of the Calendar API: a series with its exceptions, or a single event. */

import type { ContentLine } from '../../formats/content-lines.ts'
import {
  type EventParts,
  endOf,
  eventParts,
  given,
  type Moment,
  mailOf,
  minutesBefore,
  momentOf,
  paramOf,
  textIn,
} from '../../formats/event-reader.ts'
import { type EventZone, eventZone } from '../../formats/event-zones.ts'
import { type CalendarComponent, lineOf, textOf } from '../../formats/ical-tree.ts'
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
  readonly zones: EventParts['zones']
  /** Of the calendar; null where it is not known. */
  readonly own: EventZone | null
  readonly losses: Set<string>
}

/**
 * Null where it holds no event.
 * @param zone of the calendar that it goes to
 */
export function icalEvents(bytes: Uint8Array, zone: string | null = null): IcalEvents | null {
  const parts = eventParts(bytes)
  if (parts === null) return null
  const { uid, master, exceptions, zones } = parts
  const own = zone === null ? null : eventZone(zone, new Map())
  const reading: Reading = { zones, own, losses: new Set() }
  return {
    uid,
    master: master === undefined ? null : eventOf(master, reading),
    exceptions: exceptions.map((event) => eventOf(event, reading)),
    losses: [...reading.losses],
  }
}

function eventOf(component: CalendarComponent, reading: Reading): Event {
  const start = momentOf(lineOf(component, 'DTSTART'), reading.zones)
  const original = lineOf(component, 'RECURRENCE-ID')
  const text = (name: string) => textOf(lineOf(component, name))
  const sequence = Number(textIn(component, 'SEQUENCE') || Number.NaN)
  for (const name of notTaken) if (lineOf(component, name) !== undefined) reading.losses.add(`Google has no field for ${name}.`)
  return {
    ...{ iCalUID: textIn(component, 'UID') },
    ...(start === null ? {} : { start: timeOf(start, reading), end: timeOf(endOf(component, start, reading.zones), reading) }),
    ...(original === undefined ? recurrenceOf(component, start, reading) : { originalStartTime: originalOf(original, reading) }),
    ...given('summary', text('SUMMARY')),
    ...given('description', text('DESCRIPTION')),
    ...given('location', text('LOCATION')),
    ...given('status', statuses[textIn(component, 'STATUS').toUpperCase()] ?? ''),
    ...given('transparency', textIn(component, 'TRANSP').toUpperCase() === 'TRANSPARENT' ? 'transparent' : ''),
    ...given('visibility', classes[textIn(component, 'CLASS').toUpperCase()] ?? ''),
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

function originalOf(line: ContentLine, reading: Reading): EventTime {
  const moment = momentOf(line, reading.zones)
  return moment === null ? {} : timeOf(moment, reading)
}

function timeOf(moment: Moment, { own, losses }: Reading): EventTime {
  if (moment.kind === 'day') return { date: moment.date }
  const { wall, tzid } = moment
  const zone = moment.zone ?? own
  const local = new Date(wall * 1000).toISOString().slice(0, 19)
  if (zone === null) return { dateTime: local }
  if (moment.zone === null) losses.add(floating)
  const dateTime = `${local}${offsetText(zone.offsetAt(wall))}`
  if (isIana(zone.name)) return { dateTime, timeZone: zone.name }
  losses.add(unknownZone(tzid))
  return { dateTime: new Date(dateTime).toISOString(), timeZone: 'UTC' }
}

/** It is as on the clock of who looks, wherever that is. */
const floating = 'Google wants a time zone for every event: where there was none, it is that of the calendar now.'
const unknownZone = (tzid: string): string => `Google does not know the time zone “${tzid}”.`

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

/** Lines as Google wants them: with a zone that it knows. */
function recurrenceOf(component: CalendarComponent, start: Moment | null, reading: Reading): Pick<Event, 'recurrence'> {
  const own = start?.kind === 'time' && start.zone === null ? reading.own : null
  const lines = component.lines.filter(({ name }) => /^(?:RRULE|RDATE|EXDATE)$/.test(name))
  const recurrence = lines.map((line) => {
    if (line.name === 'RRULE') return `RRULE:${own === null ? line.value.trim() : untilInUtc(line.value.trim(), own)}`
    const tzid = paramOf(line, 'TZID')
    const zone = tzid !== '' ? eventZone(tzid, reading.zones) : /T\d{6}$/.test(line.value.trim()) ? own : null
    if (zone !== null && !isIana(zone.name)) reading.losses.add(unknownZone(tzid))
    const kind = paramOf(line, 'VALUE') === '' ? '' : `;VALUE=${paramOf(line, 'VALUE')}`
    return `${line.name}${kind}${zone === null ? '' : `;TZID=${zone.name}`}:${line.value.trim()}`
  })
  return recurrence.length === 0 ? {} : { recurrence }
}

/** Where the start has a zone, the end of a rule is in UTC (RFC 5545 section 3.3.10). */
function untilInUtc(rule: string, zone: EventZone): string {
  return rule.replace(/\bUNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?=;|$)/i, (all, year, month, day, hour, minute, second) => {
    const wall = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000
    if (Number.isNaN(wall)) return all
    const utc = new Date((wall - zone.offsetAt(wall)) * 1000).toISOString()
    return `UNTIL=${utc.slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  })
}

const answers: Readonly<Record<string, string>> = {
  ...{ 'NEEDS-ACTION': 'needsAction', DECLINED: 'declined', TENTATIVE: 'tentative', ACCEPTED: 'accepted' },
}

function peopleOf({ lines }: CalendarComponent): Pick<Event, 'attendees' | 'organizer'> {
  const attendees = lines
    .filter(({ name }) => name === 'ATTENDEE')
    .flatMap((line) => {
      const address = mailOf(line)
      if (address === undefined) return []
      const guests = Number(paramOf(line, 'X-NUM-GUESTS'))
      return [
        {
          ...{ email: address, responseStatus: answers[paramOf(line, 'PARTSTAT').toUpperCase()] ?? 'needsAction' },
          ...given('displayName', paramOf(line, 'CN')),
          ...given('comment', paramOf(line, 'X-RESPONSE-COMMENT')),
          ...(paramOf(line, 'ROLE').toUpperCase() === 'OPT-PARTICIPANT' ? { optional: true } : {}),
          ...(paramOf(line, 'CUTYPE').toUpperCase() === 'RESOURCE' ? { resource: true } : {}),
          ...(guests > 0 ? { additionalGuests: guests } : {}),
        },
      ]
    })
  const organizer = lines.find(({ name }) => name === 'ORGANIZER')
  const by = organizer === undefined ? undefined : mailOf(organizer)
  return {
    ...(attendees.length === 0 ? {} : { attendees }),
    ...(by === undefined ? {} : { organizer: { email: by, ...given('displayName', paramOf(organizer, 'CN')) } }),
  }
}

function linksOf({ lines }: CalendarComponent): Pick<Event, 'attachments' | 'source'> {
  const attachments = lines
    .filter(({ name, value }) => name === 'ATTACH' && /^https:\/\//i.test(value))
    .map((line) => ({
      fileUrl: line.value.trim(),
      ...given('mimeType', paramOf(line, 'FMTTYPE')),
      ...given('title', paramOf(line, 'FILENAME')),
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
      const minutes = minutesBefore(alarm) ?? Number.NaN
      const isBefore = minutes >= 0 && minutes <= longestBefore
      if (!isBefore) losses.add('Google keeps only reminders that come before the event.')
      return isBefore ? [{ method: textIn(alarm, 'ACTION').toUpperCase() === 'EMAIL' ? 'email' : 'popup', minutes }] : []
    })
  if (overrides.length > mostReminders) losses.add(`Google keeps ${mostReminders} reminders.`)
  return { reminders: { useDefault: false, ...(overrides.length === 0 ? {} : { overrides: overrides.slice(0, mostReminders) }) } }
}
