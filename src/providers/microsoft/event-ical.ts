/** Events of Microsoft Graph as one iCalendar object (RFC 5545): a series with its exceptions, or a single event. */
import type {
  Attachment,
  Attendee,
  Event,
  FileAttachment,
  PatternedRecurrence,
  Recipient,
} from '@microsoft/microsoft-graph-types'
import { alarm, calendarObject, dayLine, eventComponent, propertyLine, timeLine, utcStamp } from '../../formats/event-writer.ts'
import { textOfHtml } from '../../formats/html-text.ts'
import { type Params, plainValue, textValue } from '../../formats/line-writer.ts'
import { notedIn } from './contact-fields.ts'
import { customZone } from './custom-zone.ts'
import { instantOf, wholeDay, zoneNamed } from './graph-time.ts'
import { ruleOf } from './recurrence.ts'

/** With `attachments` where it has any. */
export interface EventSeries {
  /** With `cancelledOccurrences`. */
  readonly master: Event
  readonly exceptions: readonly Event[]
}

interface Writer {
  readonly zones: Set<string>
  readonly uid: string
  readonly isDay: boolean
  /** In which occurrences are named. */
  readonly zone: string
  /** In which whole days begin; null where Graph does not tell. */
  readonly dayZone: string | null
}

export function eventObject({ master, exceptions }: EventSeries): Buffer {
  const own = zoneNamed(master.recurrence?.range?.recurrenceTimeZone)
  const zone = own ?? zoneNamed(master.originalStartTimeZone || master.start?.timeZone) ?? customZone(master) ?? 'UTC'
  const uid = notedIn(master).uid || master.iCalUId || master.id || ''
  const writer: Writer = { zones: new Set(), uid, isDay: master.isAllDay === true, zone, dayZone: own }
  const sorted = exceptions.toSorted((a, b) => ((a.originalStart ?? '') < (b.originalStart ?? '') ? -1 : 1))
  const parts = [component(master, writer), ...sorted.map((event) => component(event, writer))]
  return calendarObject('Microsoft', writer.zones, parts)
}

function component(event: Event, writer: Writer): string {
  return eventComponent([
    propertyLine('UID', {}, textValue(writer.uid)),
    propertyLine('DTSTAMP', {}, utcStamp(event.lastModifiedDateTime ?? event.createdDateTime) ?? '19700101T000000Z'),
    ...times(event, writer),
    ...texts(event),
    ...places(event),
    ...people(event),
    ...meeting(event),
    ...(event.attachments ?? []).map(attachment),
    event.isReminderOn === true ? alarm('DISPLAY', event.reminderMinutesBeforeStart ?? 0, event.subject || 'Event') : '',
  ])
}

function times(event: Event, writer: Writer): string[] {
  const { zones } = writer
  const isMaster = event.type !== 'exception'
  const line = (name: string, time: Event['start'], zone: string | null | undefined) => {
    if (event.isAllDay === true) return dayLine(name, (time?.dateTime ?? '').slice(0, 10))
    return timeLine(name, instantOf(time), isMaster && event.recurrence ? writer.zone : (zoneNamed(zone) ?? writer.zone), zones)
  }
  return [
    line('DTSTART', event.start, event.originalStartTimeZone || event.start?.timeZone),
    line('DTEND', event.end, event.originalEndTimeZone || event.originalStartTimeZone || event.end?.timeZone),
    isMaster ? '' : occurrenceLine('RECURRENCE-ID', event.originalStart ?? '', writer),
    ...(event.recurrence ? rules(event, event.recurrence, writer) : []),
  ]
}

function occurrenceLine(name: string, start: string, { isDay, zone, dayZone, zones }: Writer): string {
  return isDay ? dayLine(name, wholeDay(start, dayZone)) : timeLine(name, Date.parse(start), zone, zones)
}

function rules(event: Event, recurrence: PatternedRecurrence, writer: Writer): string[] {
  const start = instantOf(event.start)
  const onDay = (day: string) => sameTimeOn(day, start, writer.zone)
  const rule = ruleOf(recurrence, (day) => {
    if (!/^\d{4}-\d\d-\d\d$/.test(day)) return null
    return writer.isDay ? day.replaceAll('-', '') : utcStamp(new Date(onDay(day)).toISOString())
  })
  const gone = (event.cancelledOccurrences ?? []).flatMap((id) => {
    const day = /\.(\d{4}-\d\d-\d\d)$/.exec(id)?.[1]
    return day === undefined ? [] : [day]
  })
  return [
    propertyLine('RRULE', {}, rule),
    ...gone.map((day) => (writer.isDay ? dayLine('EXDATE', day) : timeLine('EXDATE', onDay(day), writer.zone, writer.zones))),
  ]
}

/** The instant at which a series that began at `start` comes on `day`. */
function sameTimeOn(day: string, start: number, zone: string): number {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const time = Number.isNaN(start) ? '00:00:00' : (clock.format(start).split(' ')[1] ?? '00:00:00')
  return instantOf({ dateTime: `${day}T${time}`, timeZone: zone })
}

const busy: Readonly<Record<string, string>> = {
  ...{ free: 'FREE', tentative: 'TENTATIVE', busy: 'BUSY', oof: 'OOF', workingElsewhere: 'WORKINGELSEWHERE' },
}
const classes: Readonly<Record<string, string>> = { personal: 'PRIVATE', private: 'PRIVATE', confidential: 'CONFIDENTIAL' }
const priorities: Readonly<Record<string, string>> = { high: '1', low: '9' }

function texts(event: Event): string[] {
  const { body, showAs, isCancelled, sensitivity } = event
  const content = body?.content ?? ''
  const isHtml = body?.contentType === 'html' && content !== ''
  return [
    propertyLine('SUMMARY', {}, textValue(event.subject ?? '')),
    propertyLine('DESCRIPTION', {}, textValue(isHtml ? textOfHtml(content) : content)),
    isHtml ? propertyLine('X-ALT-DESC', { FMTTYPE: 'text/html' }, textValue(content)) : '',
    propertyLine('STATUS', {}, isCancelled === true ? 'CANCELLED' : showAs === 'tentative' ? 'TENTATIVE' : 'CONFIRMED'),
    propertyLine('TRANSP', {}, showAs === 'free' ? 'TRANSPARENT' : 'OPAQUE'),
    propertyLine('X-MICROSOFT-CDO-BUSYSTATUS', {}, busy[showAs ?? '']),
    propertyLine('CLASS', {}, classes[sensitivity ?? '']),
    propertyLine('X-MICROSOFT-SENSITIVITY', {}, sensitivity === 'personal' ? 'PERSONAL' : ''),
    propertyLine('PRIORITY', {}, priorities[event.importance ?? '']),
    propertyLine('CATEGORIES', {}, (event.categories ?? []).map(textValue).join(',')),
    propertyLine('CREATED', {}, utcStamp(event.createdDateTime)),
    propertyLine('LAST-MODIFIED', {}, utcStamp(event.lastModifiedDateTime)),
  ]
}

function places({ location, locations }: Event): string[] {
  const all = locations?.length ? locations : location ? [location] : []
  const names = all.map(({ displayName, address }) => displayName || [address?.street, address?.city].filter(Boolean).join(', '))
  const { latitude, longitude } = all.find(({ coordinates }) => coordinates?.latitude)?.coordinates ?? {}
  const isPlace = typeof latitude === 'number' && typeof longitude === 'number'
  return [
    propertyLine('LOCATION', {}, textValue(names.filter((name) => name !== '').join('; '))),
    propertyLine('GEO', {}, isPlace ? `${latitude};${longitude}` : ''),
  ]
}

const roles: Readonly<Record<string, Params>> = {
  required: { ROLE: 'REQ-PARTICIPANT' },
  optional: { ROLE: 'OPT-PARTICIPANT' },
  resource: { CUTYPE: 'RESOURCE', ROLE: 'NON-PARTICIPANT' },
}
const answers: Readonly<Record<string, string>> = {
  ...{ none: 'NEEDS-ACTION', notResponded: 'NEEDS-ACTION', organizer: 'ACCEPTED' },
  ...{ accepted: 'ACCEPTED', tentativelyAccepted: 'TENTATIVE', declined: 'DECLINED' },
}

function people({ organizer, attendees, responseRequested }: Event): string[] {
  const guests = (attendees ?? []).map((attendee: Attendee) => {
    const answer = answers[attendee.status?.response ?? 'none']
    const rsvp = responseRequested === true && answer === 'NEEDS-ACTION' ? 'TRUE' : undefined
    return personLine('ATTENDEE', attendee, { ...roles[attendee.type ?? 'required'], PARTSTAT: answer, RSVP: rsvp })
  })
  // An event of one person alone has no organizer to speak of.
  return guests.length === 0 ? [] : [personLine('ORGANIZER', organizer ?? {}, {}), ...guests]
}

function personLine(name: string, { emailAddress }: Recipient, params: Params): string {
  const { address, name: shown } = emailAddress ?? {}
  const named = shown && shown !== address ? { CN: shown } : {}
  return address ? propertyLine(name, { ...named, ...params }, `mailto:${plainValue(address)}`) : ''
}

function meeting({ onlineMeeting, onlineMeetingUrl, allowNewTimeProposals, hideAttendees }: Event): string[] {
  const { joinUrl, conferenceId, tollNumber, tollFreeNumbers, phones } = onlineMeeting ?? {}
  const id = conferenceId ? { LABEL: `Conference id ${conferenceId}` } : {}
  const numbers = [tollNumber, ...(tollFreeNumbers ?? []), ...(phones ?? []).map(({ number }) => number)]
  const url = joinUrl || onlineMeetingUrl
  return [
    propertyLine('CONFERENCE', { VALUE: 'URI', FEATURE: 'VIDEO' }, plainValue(url ?? '')),
    ...[...new Set(numbers)].map((number) =>
      number ? propertyLine('CONFERENCE', { VALUE: 'URI', FEATURE: 'PHONE', ...id }, telUri(number)) : '',
    ),
    propertyLine('X-MICROSOFT-DISALLOW-COUNTER', {}, allowNewTimeProposals === false ? 'TRUE' : ''),
    propertyLine('X-MICROSOFT-HIDE-ATTENDEES', {}, hideAttendees === true ? 'TRUE' : ''),
  ]
}

function telUri(number: string): string {
  return plainValue(`tel:${number.replace(/[^\d+]+/g, '-').replace(/^-|-$/g, '')}`)
}

/** What the `$value` of an attached item holds is a message or an event in a file of its own. */
function attachment(attached: Attachment): string {
  const { contentBytes } = attached as FileAttachment
  const { sourceUrl } = attached as { readonly sourceUrl?: string | null }
  const params = { FMTTYPE: mediaType(attached.contentType), FILENAME: attached.name || undefined }
  if (contentBytes && /^[A-Za-z0-9+/=]+$/.test(contentBytes))
    return propertyLine('ATTACH', { ...params, ENCODING: 'BASE64', VALUE: 'BINARY' }, contentBytes)
  if (sourceUrl) return propertyLine('ATTACH', params, plainValue(sourceUrl))
  const size = attached.size ? ` (${attached.size} bytes)` : ''
  return propertyLine('COMMENT', {}, textValue(`Attached at Microsoft and not saved: ${attached.name || 'an attachment'}${size}`))
}

function mediaType(type: string | null | undefined): string | undefined {
  return /^[\w.+-]+\/[\w.+-]+/.exec(type ?? '')?.[0]
}
