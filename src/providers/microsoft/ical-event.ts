/** An iCalendar object as events of Microsoft Graph: a series with its exceptions, or a single event. */
import type {
  Attendee,
  AttendeeType,
  DateTimeTimeZone,
  Event,
  PatternedRecurrence,
  ResponseType,
} from '@microsoft/microsoft-graph-types'
import {
  type EventParts,
  endOf,
  eventParts,
  given,
  type Moment,
  mailOf,
  minutesBefore,
  momentIn,
  momentOf,
  paramOf,
  textIn,
} from '../../formats/event-reader.ts'
import { type CalendarComponent, lineOf, textOf } from '../../formats/ical-tree.ts'
import { parseRule } from '../../formats/recurrence.ts'
import type { NewAttachment } from './attachments.ts'
import { windowsZone } from './graph-time.ts'
import { isClamped, recurrenceOf } from './recurrence.ts'

export interface NewEvent {
  readonly event: Event
  readonly attachments: readonly NewAttachment[]
  /** Whom Microsoft would send an invitation: never part of `event`. */
  readonly invited: readonly Attendee[]
}

/** `originalStart` as Graph has it: in UTC, midnight for a whole day. */
export type ChangedEvent = NewEvent & { readonly originalStart: string }

export interface IcalEvents {
  readonly uid: string
  /** Null where only exceptions are there. */
  readonly master: NewEvent | null
  readonly exceptions: readonly ChangedEvent[]
  /** `originalStart` of occurrences that are not to be. */
  readonly cancelled: readonly string[]
  /** What Outlook cannot hold, one sentence each. */
  readonly losses: readonly string[]
}

interface Reading {
  readonly zones: EventParts['zones']
  readonly losses: Set<string>
}

/** Null where it holds no event. */
export function icalEvents(bytes: Uint8Array): IcalEvents | null {
  const parts = eventParts(bytes)
  if (parts === null) return null
  const { uid, master, exceptions, zones } = parts
  const reading: Reading = { zones, losses: new Set() }
  return {
    uid,
    master: master === undefined ? null : eventOf(master, reading),
    exceptions: exceptions.flatMap((event) => {
      const original = momentOf(lineOf(event, 'RECURRENCE-ID'), zones)
      return original === null ? [] : [{ ...eventOf(event, reading), originalStart: utcOf(original) }]
    }),
    cancelled: master === undefined ? [] : cancelledIn(master, reading),
    losses: [...reading.losses],
  }
}

function eventOf(component: CalendarComponent, reading: Reading): NewEvent {
  const { losses } = reading
  const start = momentOf(lineOf(component, 'DTSTART'), reading.zones)
  for (const name of notTaken) if (lineOf(component, name) !== undefined) losses.add(`Outlook has no field for ${name}.`)
  const recurrence = start === null ? null : recurrenceIn(component, start, reading)
  const event: Event = {
    ...given('subject', textOf(lineOf(component, 'SUMMARY'))),
    ...(start === null ? {} : timesOf(component, start, reading)),
    ...(recurrence === null ? {} : { recurrence }),
    body: bodyOf(component),
    ...placeOf(component),
    showAs: showAsOf(component),
    sensitivity: sensitivityOf(component),
    importance: importanceOf(component),
    ...categoriesOf(component),
    ...reminderOf(component, losses),
    ...(/^TRUE$/i.test(textIn(component, 'X-MICROSOFT-DISALLOW-COUNTER')) ? { allowNewTimeProposals: false } : {}),
  }
  if (textIn(component, 'STATUS').toUpperCase() === 'CANCELLED') losses.add('Outlook cannot be told that an event was cancelled.')
  return { event, attachments: attachmentsOf(component, losses), invited: attendeesOf(component) }
}

const notTaken = ['RESOURCES', 'CONTACT', 'CONFERENCE', 'EXRULE', 'RDATE', 'URL'] as const

function timesOf(component: CalendarComponent, start: Moment, reading: Reading): Pick<Event, 'start' | 'end' | 'isAllDay'> {
  const end = endOf(component, start, reading.zones)
  return { start: timeOf(start, reading), end: timeOf(end, reading), isAllDay: start.kind === 'day' }
}

/** A time of no zone is as on the clock of who looks, which Outlook does not know: UTC. */
function timeOf(moment: Moment, { losses }: Reading): DateTimeTimeZone {
  if (moment.kind === 'day') return { dateTime: `${moment.date}T00:00:00`, timeZone: 'UTC' }
  const { wall, zone, tzid } = moment
  const local = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19)
  if (zone === null) {
    losses.add('Outlook wants a time zone for every event: where there was none, it is UTC now.')
    return { dateTime: local(wall), timeZone: 'UTC' }
  }
  const timeZone = windowsZone(zone.name)
  if (timeZone !== null) return { dateTime: local(wall), timeZone }
  losses.add(`Outlook does not know the time zone “${tzid}”: the event is in UTC now.`)
  return { dateTime: local(wall - zone.offsetAt(wall)), timeZone: 'UTC' }
}

function utcOf(moment: Moment): string {
  if (moment.kind === 'day') return `${moment.date}T00:00:00Z`
  const { wall, zone } = moment
  return `${new Date((wall - (zone?.offsetAt(wall) ?? 0)) * 1000).toISOString().slice(0, 19)}Z`
}

function dayOf(moment: Moment): string {
  return moment.kind === 'day' ? moment.date : new Date(moment.wall * 1000).toISOString().slice(0, 10)
}

function recurrenceIn(component: CalendarComponent, start: Moment, { zones, losses }: Reading): PatternedRecurrence | null {
  const rules = component.lines.filter(({ name }) => name === 'RRULE').map(({ value }) => value.trim())
  const [text] = rules
  if (text === undefined) return null
  const rule = rules.length > 1 ? null : parseRule(text)
  const zone = start.kind === 'time' ? start.zone : null
  const until = rule?.until ? momentIn(rule.until, '', zones) : null
  const lastDay = until === null ? null : until.kind === 'time' && zone !== null ? dayIn(until, zone) : dayOf(until)
  const windows = zone === null ? 'UTC' : (windowsZone(zone.name) ?? 'UTC')
  const recurrence = rule === null ? null : recurrenceOf(rule, dayOf(start), lastDay, windows)
  if (recurrence === null) losses.add(`Outlook cannot repeat an event in this way (${text}): only the first is there.`)
  else if (rule !== null && isClamped(rule, dayOf(start))) losses.add(clamped)
  return recurrence
}

const clamped = 'Where a month has no such day, Outlook puts the event on its last one.'

/** UNTIL stands in UTC; the day is meant in the zone of the series. */
function dayIn({ wall }: Extract<Moment, { kind: 'time' }>, zone: { offsetAt(wall: number): number }): string {
  return new Date((wall + zone.offsetAt(wall)) * 1000).toISOString().slice(0, 10)
}

function cancelledIn({ lines }: CalendarComponent, { zones }: Reading): string[] {
  return lines
    .filter(({ name }) => name === 'EXDATE')
    .flatMap((line) => line.value.split(',').flatMap((value) => momentIn(value, paramOf(line, 'TZID'), zones) ?? []))
    .map(utcOf)
}

/** Google's descriptions are HTML without saying so. */
function bodyOf(component: CalendarComponent): NonNullable<Event['body']> {
  const html = lineOf(component, 'X-ALT-DESC')
  const text = textOf(lineOf(component, 'DESCRIPTION'))
  if (html !== undefined && /^text\/html$/i.test(paramOf(html, 'FMTTYPE'))) return { contentType: 'html', content: textOf(html) }
  return { contentType: /<\/?(?:a|b|br|div|i|li|ol|p|span|u|ul)\b[^>]*>/i.test(text) ? 'html' : 'text', content: text }
}

function placeOf(component: CalendarComponent): Pick<Event, 'location'> {
  const displayName = textOf(lineOf(component, 'LOCATION'))
  const [, latitude, longitude] = /^([+-]?[\d.]+);([+-]?[\d.]+)$/.exec(textIn(component, 'GEO')) ?? []
  const coordinates = latitude === undefined ? {} : { coordinates: { latitude: Number(latitude), longitude: Number(longitude) } }
  return displayName === '' && latitude === undefined ? {} : { location: { displayName, ...coordinates } }
}

function showAsOf(component: CalendarComponent): NonNullable<Event['showAs']> {
  const own = { FREE: 'free', TENTATIVE: 'tentative', BUSY: 'busy', OOF: 'oof', WORKINGELSEWHERE: 'workingElsewhere' } as const
  const named = textIn(component, 'X-MICROSOFT-CDO-BUSYSTATUS').toUpperCase()
  if (named in own) return own[named as keyof typeof own]
  if (textIn(component, 'TRANSP').toUpperCase() === 'TRANSPARENT') return 'free'
  return textIn(component, 'STATUS').toUpperCase() === 'TENTATIVE' ? 'tentative' : 'busy'
}

function sensitivityOf(component: CalendarComponent): NonNullable<Event['sensitivity']> {
  const own = textIn(component, 'CLASS').toUpperCase()
  if (own === 'CONFIDENTIAL') return 'confidential'
  if (own !== 'PRIVATE') return 'normal'
  return textIn(component, 'X-MICROSOFT-SENSITIVITY').toUpperCase() === 'PERSONAL' ? 'personal' : 'private'
}

/** RFC 5545 section 3.8.1.9. */
function importanceOf(component: CalendarComponent): NonNullable<Event['importance']> {
  const priority = Number(textIn(component, 'PRIORITY') || 0)
  if (priority >= 1 && priority <= 4) return 'high'
  return priority >= 6 ? 'low' : 'normal'
}

function categoriesOf({ lines }: CalendarComponent): Pick<Event, 'categories'> {
  const categories = lines
    .filter(({ name }) => name === 'CATEGORIES')
    .flatMap((line) => line.value.split(/(?<!\\),/).map((value) => textOf({ ...line, value }).trim()))
    .filter((category) => category !== '')
  return categories.length === 0 ? {} : { categories: [...new Set(categories)] }
}

/** "The number of minutes before the event start time": one reminder. */
function reminderOf(
  { parts }: CalendarComponent,
  losses: Set<string>,
): Pick<Event, 'isReminderOn' | 'reminderMinutesBeforeStart'> {
  const alarms = parts.filter(({ name }) => name === 'VALARM')
  const minutes = alarms.map(minutesBefore)
  const [first] = minutes.filter((one): one is number => one !== null && one >= 0).sort((a, b) => a - b)
  if (alarms.length > 1) losses.add('Outlook keeps one reminder for each event.')
  if (alarms.length > 0 && first === undefined) losses.add('Outlook keeps only reminders that come before the event.')
  return first === undefined ? { isReminderOn: false } : { isReminderOn: true, reminderMinutesBeforeStart: first }
}

function attachmentsOf({ lines }: CalendarComponent, losses: Set<string>): NewAttachment[] {
  return lines
    .filter(({ name }) => name === 'ATTACH')
    .flatMap((line) => {
      const name = paramOf(line, 'FILENAME') || paramOf(line, 'X-FILENAME') || 'attachment'
      const mime = paramOf(line, 'FMTTYPE') || 'application/octet-stream'
      if (paramOf(line, 'VALUE').toUpperCase() === 'BINARY')
        return [{ name, mime, octets: Buffer.from(line.value, 'base64'), contentId: null, isInline: false }]
      losses.add('Outlook takes no links as attachments of an event.')
      return []
    })
}

const types: Readonly<Record<string, AttendeeType>> = { 'OPT-PARTICIPANT': 'optional', 'NON-PARTICIPANT': 'resource' }
const answers: Readonly<Record<string, ResponseType>> = {
  ...{ ACCEPTED: 'accepted', DECLINED: 'declined', TENTATIVE: 'tentativelyAccepted', 'NEEDS-ACTION': 'notResponded' },
}

function attendeesOf({ lines }: CalendarComponent): Attendee[] {
  return lines
    .filter(({ name }) => name === 'ATTENDEE')
    .flatMap((line) => {
      const address = mailOf(line)
      if (address === undefined) return []
      const isResource = /^(?:RESOURCE|ROOM)$/i.test(paramOf(line, 'CUTYPE'))
      const type = isResource ? 'resource' : (types[paramOf(line, 'ROLE').toUpperCase()] ?? 'required')
      const response = answers[paramOf(line, 'PARTSTAT').toUpperCase()] ?? 'none'
      return [{ type, status: { response }, emailAddress: { address, name: paramOf(line, 'CN') || address } }]
    })
}
