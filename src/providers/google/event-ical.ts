/** Events of the Calendar API as one iCalendar object (RFC 5545): a series with its exceptions, or a single event. */
import type { calendar_v3 } from '@googleapis/calendar'
import { alarm, calendarObject, dayLine, eventComponent, propertyLine, timeLine, utcStamp } from '../../formats/event-writer.ts'
import { contentLine, type Params, plainValue, textValue } from '../../formats/line-writer.ts'
import { vtimezone } from '../../formats/zone-writer.ts'

export type Event = calendar_v3.Schema$Event
type EventTime = calendar_v3.Schema$EventDateTime

export interface CalendarFacts {
  /** Of the calendar: for times that name no zone. */
  readonly zone: string
  readonly defaultReminders: readonly calendar_v3.Schema$EventReminder[]
  /** Whose calendar it is: e-mail reminders go there. */
  readonly user: string
}

/**
 * `events`: everything of one series, cancelled occurrences included.
 * @returns null where nothing of it is left
 */
export function eventObject(events: readonly Event[], facts: CalendarFacts): Buffer | null {
  const master = events.find(({ recurringEventId, status }) => !recurringEventId && status !== 'cancelled')
  const exceptions = events.filter(({ recurringEventId }) => recurringEventId)
  const living = exceptions.filter(({ status }) => status !== 'cancelled')
  if (master === undefined && living.length === 0) return null
  const zones = new Set<string>()
  const writer: Writer = { facts, zones, seriesZone: zoneOf((master ?? living[0])?.start, facts) }
  const cancelled = exceptions.filter(({ status }) => status === 'cancelled')
  const parts = [
    ...(master === undefined ? [] : [component(master, writer, cancelled)]),
    ...living.toSorted(byOriginalStart).map((event) => component(event, writer, [])),
  ]
  return calendarObject('Google', zones, parts)
}

interface Writer {
  readonly facts: CalendarFacts
  /** Every zone that was used. */
  readonly zones: Set<string>
  /** In which occurrences are named. */
  readonly seriesZone: string
}

function byOriginalStart(a: Event, b: Event): number {
  const text = ({ originalStartTime, id }: Event) => `${originalStartTime?.dateTime ?? originalStartTime?.date ?? ''} ${id ?? ''}`
  return text(a) < text(b) ? -1 : 1
}

function component(event: Event, writer: Writer, cancelled: readonly Event[]): string {
  const lines = [
    propertyLine('UID', {}, textValue(event.iCalUID ?? event.id ?? '')),
    propertyLine('DTSTAMP', {}, utcStamp(event.updated ?? event.created) ?? '19700101T000000Z'),
    ...times(event, writer),
    ...recurrence(event, writer, cancelled),
    ...texts(event),
    ...people(event),
    ...links(event),
    ...marks(event),
    ...alarms(event, writer.facts),
  ]
  return eventComponent(lines)
}

function times(event: Event, writer: Writer): string[] {
  return [
    momentLine('DTSTART', event.start, zoneOf(event.start, writer.facts), writer),
    event.endTimeUnspecified === true ? '' : momentLine('DTEND', event.end, zoneOf(event.end, writer.facts), writer),
    event.recurringEventId ? momentLine('RECURRENCE-ID', event.originalStartTime, writer.seriesZone, writer) : '',
  ]
}

function zoneOf(time: EventTime | undefined, { zone }: CalendarFacts): string {
  return time?.timeZone || zone
}

/** A day, or a time in its zone. */
function momentLine(name: string, time: EventTime | undefined, zone: string, { zones }: Writer): string {
  return time?.date ? dayLine(name, time.date) : timeLine(name, Date.parse(time?.dateTime ?? ''), zone, zones)
}

/** Google's rules are lines of iCalendar already. */
function recurrence(event: Event, writer: Writer, cancelled: readonly Event[]): string[] {
  const given = (event.recurrence ?? []).filter((rule) => /^(RRULE|RDATE|EXDATE|EXRULE)[;:][^\0-\x1f\x7f]*$/i.test(rule))
  for (const rule of given) {
    const zone = /;TZID="?([^":;]+)"?/i.exec(rule)?.[1]
    if (zone !== undefined && vtimezone(zone) !== null) writer.zones.add(zone)
  }
  const gone = cancelled.map(({ originalStartTime }) => momentLine('EXDATE', originalStartTime, writer.seriesZone, writer))
  return [...given.map(verbatim), ...gone]
}

function verbatim(rule: string): string {
  const at = rule.indexOf(':')
  return at < 0 ? '' : contentLine(rule.slice(0, at), {}, rule.slice(at + 1))
}

function texts(event: Event): string[] {
  return [
    propertyLine('SUMMARY', {}, textValue(event.summary ?? '')),
    propertyLine('DESCRIPTION', {}, textValue(event.description ?? '')),
    propertyLine('LOCATION', {}, textValue(event.location ?? '')),
    propertyLine('STATUS', {}, statuses[event.status ?? '']),
    propertyLine('TRANSP', {}, event.transparency === 'transparent' ? 'TRANSPARENT' : 'OPAQUE'),
    propertyLine('CLASS', {}, classes[event.visibility ?? '']),
    propertyLine('SEQUENCE', {}, Number.isSafeInteger(event.sequence) ? String(event.sequence) : ''),
    propertyLine('CREATED', {}, utcStamp(event.created)),
    propertyLine('LAST-MODIFIED', {}, utcStamp(event.updated)),
  ]
}

const statuses: Readonly<Record<string, string>> = { confirmed: 'CONFIRMED', tentative: 'TENTATIVE', cancelled: 'CANCELLED' }
const classes: Readonly<Record<string, string>> = { public: 'PUBLIC', private: 'PRIVATE', confidential: 'CONFIDENTIAL' }

const answers: Readonly<Record<string, string>> = {
  needsAction: 'NEEDS-ACTION',
  declined: 'DECLINED',
  tentative: 'TENTATIVE',
  accepted: 'ACCEPTED',
}

function people({ organizer, attendees }: Event): string[] {
  const address = (person: { readonly email?: string | null; readonly id?: string | null }) =>
    person.email ? `mailto:${plainValue(person.email)}` : person.id ? `x-google-profile:${plainValue(person.id)}` : ''
  const guests = (attendees ?? []).map((attendee) => {
    const params: Params = {
      CN: attendee.displayName || undefined,
      CUTYPE: attendee.resource === true ? 'RESOURCE' : undefined,
      ROLE: attendee.optional === true ? 'OPT-PARTICIPANT' : 'REQ-PARTICIPANT',
      PARTSTAT: answers[attendee.responseStatus ?? ''],
      'X-NUM-GUESTS': attendee.additionalGuests ? String(attendee.additionalGuests) : undefined,
      'X-RESPONSE-COMMENT': attendee.comment || undefined,
    }
    return propertyLine('ATTENDEE', params, address(attendee))
  })
  // An event of one person alone has no organizer to speak of.
  const by =
    guests.length === 0 ? '' : propertyLine('ORGANIZER', { CN: organizer?.displayName || undefined }, address(organizer ?? {}))
  return [by, ...guests]
}

function links({ conferenceData, hangoutLink, attachments, source }: Event): string[] {
  const entries = conferenceData?.entryPoints ?? (hangoutLink ? [{ entryPointType: 'video', uri: hangoutLink }] : [])
  const features: Readonly<Record<string, string>> = { video: 'VIDEO', phone: 'PHONE', sip: 'AUDIO', more: 'FEED' }
  return [
    ...entries.map(({ uri, entryPointType, label }) =>
      propertyLine(
        'CONFERENCE',
        { VALUE: 'URI', FEATURE: features[entryPointType ?? ''], LABEL: label || undefined },
        plainValue(uri ?? ''),
      ),
    ),
    ...(attachments ?? []).map(({ fileUrl, mimeType, title }) =>
      propertyLine('ATTACH', { FMTTYPE: mimeType || undefined, FILENAME: title || undefined }, plainValue(fileUrl ?? '')),
    ),
    propertyLine('URL', {}, plainValue(source?.url ?? '')),
  ]
}

/** The colours of events as Google names them, in the words of CSS that RFC 7986 wants. */
const colours: Readonly<Record<string, string>> = {
  '1': 'lavender',
  '2': 'darkseagreen',
  '3': 'mediumpurple',
  '4': 'lightcoral',
  '5': 'gold',
  '6': 'orangered',
  '7': 'deepskyblue',
  '8': 'dimgray',
  '9': 'royalblue',
  '10': 'green',
  '11': 'crimson',
}

const kinds: Readonly<Record<string, string>> = {
  birthday: 'Birthday',
  focusTime: 'Focus time',
  fromGmail: 'From Gmail',
  outOfOffice: 'Out of office',
  workingLocation: 'Working location',
}

function marks(event: Event): string[] {
  const kind = event.eventType ?? 'default'
  return [
    propertyLine('COLOR', {}, colours[event.colorId ?? '']),
    propertyLine('X-GOOGLE-COLOR-ID', {}, textValue(event.colorId ?? '')),
    propertyLine('CATEGORIES', {}, kinds[kind]),
    propertyLine('X-GOOGLE-EVENT-TYPE', {}, kind === 'default' ? '' : textValue(kind)),
    propertyLine('X-GOOGLE-WORKING-LOCATION', {}, textValue(workplace(event.workingLocationProperties))),
  ]
}

function workplace(place: calendar_v3.Schema$EventWorkingLocationProperties | undefined): string {
  if (place === undefined) return ''
  return place.customLocation?.label ?? place.officeLocation?.label ?? place.type ?? ''
}

function alarms({ reminders, summary }: Event, { defaultReminders, user }: CalendarFacts): string[] {
  const wanted = reminders?.useDefault === true ? defaultReminders : (reminders?.overrides ?? [])
  return wanted.map(({ method, minutes }) => {
    const before = Math.max(0, minutes ?? 0)
    const text = summary || 'Event'
    if (method !== 'email') return alarm('DISPLAY', before, text)
    const to = propertyLine('ATTENDEE', {}, `mailto:${plainValue(user)}`)
    return alarm('EMAIL', before, text, [propertyLine('SUMMARY', {}, textValue(text)), to])
  })
}
