/** What of an event Google takes when it is imported, and when two events say the same. */
import { canonicalJson } from '../shared/canonical.ts'
import type { Event } from './event-ical.ts'
import { icalEvents } from './ical-event.ts'

/** All that belongs to one UID in a calendar. */
export interface Series {
  readonly uid: string
  readonly master: Event | null
  readonly exceptions: readonly Event[]
  readonly losses: readonly string[]
}

/**
 * From what Google once said of it, else from the iCalendar object; null where it holds no event.
 * @param zone of the calendar that it goes to
 */
export function seriesOf(bytes: Uint8Array, originals: readonly object[] | null, zone: string | null = null): Series | null {
  if (originals === null || originals.length === 0) return icalEvents(bytes, zone)
  const events = originals as readonly Event[]
  const uid = events.find(({ iCalUID }) => iCalUID)?.iCalUID
  return uid ? seriesOfEvents(uid, events) : icalEvents(bytes, zone)
}

export function seriesOfEvents(uid: string, events: readonly Event[]): Series {
  const master = events.find(({ recurringEventId, status }) => !recurringEventId && status !== 'cancelled') ?? null
  const exceptions = events.filter(({ recurringEventId }) => recurringEventId)
  return { uid, master: master === null ? null : writableEvent(master), exceptions: exceptions.map(writableEvent), losses: [] }
}

/** As it can stand in a calendar: occurrences without their series become an event of their own. */
export function standing({ master, exceptions }: Series): Pick<Series, 'master' | 'exceptions'> {
  const [only] = exceptions
  if (master !== null || only === undefined) return { master, exceptions }
  const { originalStartTime: _, ...single } = only
  return { master: single, exceptions: [] }
}

/** A private property of a series until its changed occurrences have followed: the checksum of what it is to be. */
export const unfinishedProperty = 'lifeboatUnfinished'

export function unfinished(event: Event, sha256: string): Event {
  const { extendedProperties } = event
  const all = { ...extendedProperties?.private, [unfinishedProperty]: sha256 }
  return { ...event, extendedProperties: { ...extendedProperties, private: all } }
}

/** Null for a series that no restore has left in part. */
export function unfinishedIn(events: readonly Event[]): string | null {
  const master = events.find(({ recurringEventId, status }) => !recurringEventId && status !== 'cancelled')
  return master?.extendedProperties?.private?.[unfinishedProperty] ?? null
}

const writable = [
  ...['iCalUID', 'summary', 'description', 'location', 'colorId', 'start', 'end', 'recurrence', 'originalStartTime', 'status'],
  ...['transparency', 'visibility', 'sequence', 'conferenceData', 'reminders', 'source', 'extendedProperties'],
  ...['guestsCanInviteOthers', 'guestsCanModify', 'guestsCanSeeOtherGuests', 'anyoneCanAddSelf', 'eventType'],
  ...['outOfOfficeProperties', 'focusTimeProperties', 'workingLocationProperties', 'birthdayProperties', 'endTimeUnspecified'],
] as const satisfies readonly (keyof Event)[]

function writableEvent(event: Event): Event {
  const kept = writable.flatMap((name) => (event[name] === undefined || event[name] === null ? [] : [[name, event[name]]]))
  const { organizer, attendees, attachments } = event
  return {
    ...(Object.fromEntries(kept) as Event),
    ...(organizer?.email ? { organizer: withoutOwn(organizer, ['email', 'displayName']) } : {}),
    ...(attendees === undefined ? {} : { attendees: attendees.map((one) => withoutOwn(one, attendeeMembers)) }),
    ...(attachments === undefined
      ? {}
      : { attachments: attachments.map((one) => withoutOwn(one, ['fileUrl', 'title', 'mimeType'])) }),
  }
}

const attendeeMembers = ['email', 'displayName', 'optional', 'responseStatus', 'comment', 'additionalGuests', 'resource'] as const

function withoutOwn<T extends object>(value: T, members: readonly (keyof T)[]): T {
  return Object.fromEntries(members.flatMap((name) => (value[name] ? [[name, value[name]]] : []))) as T
}

/** What Google adds where nothing was said. */
const defaults: Readonly<Record<string, unknown>> = {
  ...{ status: 'confirmed', transparency: 'opaque', visibility: 'default', sequence: 0, eventType: 'default' },
  ...{ guestsCanInviteOthers: true, guestsCanModify: false, guestsCanSeeOtherGuests: true, anyoneCanAddSelf: false },
  endTimeUnspecified: false,
}

/** Equal for series that say the same. */
export function seriesText({ master, exceptions }: Pick<Series, 'master' | 'exceptions'>): string {
  const changed = exceptions.map((event): unknown[] => {
    const at = timeText(event.originalStartTime)
    return event.status === 'cancelled' ? [at, 'cancelled'] : [at, eventText(event)]
  })
  return canonicalJson([
    master === null ? null : eventText(master),
    changed.sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
  ])
}

function eventText(event: Event): string {
  const {
    start,
    end,
    originalStartTime: _1,
    iCalUID: _2,
    recurrence,
    organizer,
    attendees,
    reminders,
    extendedProperties,
    ...others
  } = writableEvent(event)
  const told = Object.entries(others).filter(([name, value]) => value !== '' && value !== defaults[name])
  return canonicalJson({
    ...Object.fromEntries(told),
    ...{ start: timeText(start), end: timeText(end), recurrence: recurrence?.map(ruleText).sort() },
    // Of an event of one person alone Google names that person.
    ...(attendees?.length ? { organizer: organizer?.email, attendees: attendees.map(canonicalJson).sort() } : {}),
    ...(!reminders || isUsual(reminders) ? {} : { reminders }),
    extendedProperties: propertiesOf(extendedProperties),
  })
}

/** Without lists of none. */
function propertiesOf(properties: Event['extendedProperties']): object | undefined {
  const told = Object.entries(properties ?? {}).filter(([, all]) => Object.keys(all ?? {}).length > 0)
  return told.length === 0 ? undefined : Object.fromEntries(told)
}

function isUsual({ useDefault, overrides }: NonNullable<Event['reminders']>): boolean {
  return useDefault === true && !overrides?.length
}

function ruleText(rule: string): string {
  const at = rule.indexOf(':')
  const parts = rule
    .slice(at + 1)
    .split(';')
    .sort()
    .join(';')
  return `${rule.slice(0, at).toUpperCase()}:${parts}`
}

function timeText(time: Event['start']): string {
  if (time?.date) return time.date
  const at = Date.parse(time?.dateTime ?? '')
  return Number.isNaN(at) ? (time?.dateTime ?? '') : `${new Date(at).toISOString()} ${time?.timeZone ?? ''}`
}
