/** Events of the Calendar API as one iCalendar object (RFC 5545): a series with its exceptions, or a single event. */
import type { calendar_v3 } from '@googleapis/calendar'
import { contentLine, type Params, plainValue, textValue } from '../../formats/line-writer.ts'
import { localTime, vtimezone } from '../../formats/zone-writer.ts'

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
  const definitions = [...zones].sort().flatMap((zone) => vtimezone(zone) ?? [])
  const head = 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Lifeboat//Google//EN\r\n'
  return Buffer.from(`${head}${definitions.join('')}${parts.join('')}END:VCALENDAR\r\n`)
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
    line('UID', {}, textValue(event.iCalUID ?? event.id ?? '')),
    line('DTSTAMP', {}, utcStamp(event.updated ?? event.created) ?? '19700101T000000Z'),
    ...times(event, writer),
    ...recurrence(event, writer, cancelled),
    ...texts(event),
    ...people(event),
    ...links(event),
    ...marks(event),
    ...alarms(event, writer.facts),
  ]
  return `BEGIN:VEVENT\r\n${lines.join('')}END:VEVENT\r\n`
}

/** No line where there is no value. */
function line(name: string, params: Params, value: string | null | undefined): string {
  return value === null || value === undefined || value === '' ? '' : contentLine(name, params, value)
}

function times(event: Event, writer: Writer): string[] {
  return [
    timeLine('DTSTART', event.start, zoneOf(event.start, writer.facts), writer),
    event.endTimeUnspecified === true ? '' : timeLine('DTEND', event.end, zoneOf(event.end, writer.facts), writer),
    event.recurringEventId ? timeLine('RECURRENCE-ID', event.originalStartTime, writer.seriesZone, writer) : '',
  ]
}

function zoneOf(time: EventTime | undefined, { zone }: CalendarFacts): string {
  return time?.timeZone || zone
}

function timeLine(name: string, time: EventTime | undefined, zone: string, writer: Writer): string {
  const written = timeValue(time, zone, writer)
  return written === null ? '' : line(name, written.params, written.value)
}

/** A day; a local time with its zone; UTC where the zone is in no database. */
function timeValue(time: EventTime | undefined, zone: string, { zones }: Writer): { params: Params; value: string } | null {
  if (time?.date)
    return /^\d{4}-\d{2}-\d{2}$/.test(time.date) ? { params: { VALUE: 'DATE' }, value: time.date.replaceAll('-', '') } : null
  const at = Date.parse(time?.dateTime ?? '')
  if (Number.isNaN(at)) return null
  const local = /^(UTC|GMT|Etc\/(UTC|GMT))$/.test(zone) ? null : localTime(at, zone)
  if (local === null || vtimezone(zone) === null)
    return { params: {}, value: `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z` }
  zones.add(zone)
  return { params: { TZID: zone }, value: local }
}

/** Google's rules are lines of iCalendar already. */
function recurrence(event: Event, writer: Writer, cancelled: readonly Event[]): string[] {
  const given = (event.recurrence ?? []).filter((rule) => /^(RRULE|RDATE|EXDATE|EXRULE)[;:][^\0-\x1f\x7f]*$/i.test(rule))
  for (const rule of given) {
    const zone = /;TZID="?([^":;]+)"?/i.exec(rule)?.[1]
    if (zone !== undefined && vtimezone(zone) !== null) writer.zones.add(zone)
  }
  const gone = cancelled.map(({ originalStartTime }) => timeLine('EXDATE', originalStartTime, writer.seriesZone, writer))
  return [...given.map(verbatim), ...gone]
}

function verbatim(rule: string): string {
  const at = rule.indexOf(':')
  return at < 0 ? '' : contentLine(rule.slice(0, at), {}, rule.slice(at + 1))
}

function texts(event: Event): string[] {
  return [
    line('SUMMARY', {}, textValue(event.summary ?? '')),
    line('DESCRIPTION', {}, textValue(event.description ?? '')),
    line('LOCATION', {}, textValue(event.location ?? '')),
    line('STATUS', {}, statuses[event.status ?? '']),
    line('TRANSP', {}, event.transparency === 'transparent' ? 'TRANSPARENT' : 'OPAQUE'),
    line('CLASS', {}, classes[event.visibility ?? '']),
    line('SEQUENCE', {}, Number.isSafeInteger(event.sequence) ? String(event.sequence) : ''),
    line('CREATED', {}, utcStamp(event.created)),
    line('LAST-MODIFIED', {}, utcStamp(event.updated)),
  ]
}

const statuses: Readonly<Record<string, string>> = { confirmed: 'CONFIRMED', tentative: 'TENTATIVE', cancelled: 'CANCELLED' }
const classes: Readonly<Record<string, string>> = { public: 'PUBLIC', private: 'PRIVATE', confidential: 'CONFIDENTIAL' }

function utcStamp(time: string | null | undefined): string | null {
  const at = Date.parse(time ?? '')
  return Number.isNaN(at) ? null : `${new Date(at).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

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
    return line('ATTENDEE', params, address(attendee))
  })
  // An event of one person alone has no organizer to speak of.
  const by = guests.length === 0 ? '' : line('ORGANIZER', { CN: organizer?.displayName || undefined }, address(organizer ?? {}))
  return [by, ...guests]
}

function links({ conferenceData, hangoutLink, attachments, source }: Event): string[] {
  const entries = conferenceData?.entryPoints ?? (hangoutLink ? [{ entryPointType: 'video', uri: hangoutLink }] : [])
  const features: Readonly<Record<string, string>> = { video: 'VIDEO', phone: 'PHONE', sip: 'AUDIO', more: 'FEED' }
  return [
    ...entries.map(({ uri, entryPointType, label }) =>
      line(
        'CONFERENCE',
        { VALUE: 'URI', FEATURE: features[entryPointType ?? ''], LABEL: label || undefined },
        plainValue(uri ?? ''),
      ),
    ),
    ...(attachments ?? []).map(({ fileUrl, mimeType, title }) =>
      line('ATTACH', { FMTTYPE: mimeType || undefined, FILENAME: title || undefined }, plainValue(fileUrl ?? '')),
    ),
    line('URL', {}, plainValue(source?.url ?? '')),
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
    line('COLOR', {}, colours[event.colorId ?? '']),
    line('X-GOOGLE-COLOR-ID', {}, textValue(event.colorId ?? '')),
    line('CATEGORIES', {}, kinds[kind]),
    line('X-GOOGLE-EVENT-TYPE', {}, kind === 'default' ? '' : textValue(kind)),
    line('X-GOOGLE-WORKING-LOCATION', {}, textValue(workplace(event.workingLocationProperties))),
  ]
}

function workplace(place: calendar_v3.Schema$EventWorkingLocationProperties | undefined): string {
  if (place === undefined) return ''
  return place.customLocation?.label ?? place.officeLocation?.label ?? place.type ?? ''
}

function alarms({ reminders, summary }: Event, { defaultReminders, user }: CalendarFacts): string[] {
  const wanted = reminders?.useDefault === true ? defaultReminders : (reminders?.overrides ?? [])
  return wanted.map(({ method, minutes }) => {
    const before = Number.isSafeInteger(minutes) ? Math.max(0, minutes ?? 0) : 0
    const isMail = method === 'email'
    const text = textValue(summary || 'Event')
    const lines = [
      line('ACTION', {}, isMail ? 'EMAIL' : 'DISPLAY'),
      line('TRIGGER', {}, before === 0 ? 'PT0S' : `-PT${before}M`),
      line('DESCRIPTION', {}, text),
      ...(isMail ? [line('SUMMARY', {}, text), line('ATTENDEE', {}, `mailto:${plainValue(user)}`)] : []),
    ]
    return `BEGIN:VALARM\r\n${lines.join('')}END:VALARM\r\n`
  })
}
