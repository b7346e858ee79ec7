/** The methods of the Calendar API v3 that write. */
import { randomBytes } from 'node:crypto'
import { type ApiCall, ApiError, type ApiMethod, badRequest, notFound, type Reply } from './api.ts'
import { type CalendarUser, calendarOf } from './calendar.ts'
import type { Calendar, Event } from './calendar-store.ts'
import { jsonOf } from './uploads.ts'

type Call = ApiCall<CalendarUser>
type Method = ApiMethod<CalendarUser>

export function calendarWritingMethods(): readonly Method[] {
  const method = (
    id: string,
    http: Method['http'],
    path: string,
    handle: (call: Call) => Reply,
    scopes: readonly string[] = ['calendar', 'calendar.events'],
  ): Method => ({ ...{ id: `calendar.${id}`, api: 'calendar', http, path: `/calendar/v3/${path}`, units: 1, scopes, handle } })
  const events = 'calendars/{calendarId}/events'
  return [
    method('calendars.insert', 'POST', 'calendars', insertCalendar, ['calendar']),
    method('calendars.delete', 'DELETE', 'calendars/{calendarId}', deleteCalendar, ['calendar']),
    method('events.import', 'POST', `${events}/import`, importEvent),
    method('events.insert', 'POST', events, insertEvent),
    method('events.instances', 'GET', `${events}/{eventId}/instances`, instances, [
      'calendar',
      'calendar.events',
      'calendar.readonly',
    ]),
    method('events.update', 'PUT', `${events}/{eventId}`, updateEvent),
    { ...method('events.patch', 'PATCH', `${events}/{eventId}`, patchEvent), units: 3 },
  ]
}

function insertCalendar({ user, body }: Call): Reply {
  const { summary, description, timeZone } = jsonOf(body) as { summary?: string; description?: string; timeZone?: string }
  if (!summary) throw new ApiError(400, 'required', 'Missing title.')
  const id = `${randomBytes(16).toString('hex')}@group.calendar.google.com`
  const { entry } = user.calendar.add(id, {
    summary,
    ...(description === undefined ? {} : { description }),
    timeZone: timeZone ?? 'UTC',
    accessRole: 'owner',
  })
  return { json: { kind: 'calendar#calendar', id, summary, description, timeZone: entry.timeZone } }
}

function deleteCalendar(call: Call): Reply {
  const calendar = calendarOf(call)
  if (calendar === call.user.calendar.primary) throw new ApiError(403, 'forbidden', 'Forbidden')
  call.user.calendar.calendars.delete(calendar.id)
  return { status: 204 }
}

function writableCalendar(call: Call): Calendar {
  const calendar = calendarOf(call)
  if (!/^(owner|writer)$/.test(calendar.entry.accessRole ?? ''))
    throw new ApiError(403, 'requiredAccessLevel', 'You need to have writer access to this calendar.')
  return calendar
}

/** "Imports an event": of the default kind, with the UID that it has elsewhere. */
function importEvent(call: Call): Reply {
  const event = jsonOf(call.body) as Event
  if ((event.eventType ?? 'default') !== 'default')
    throw new ApiError(400, 'eventTypeRestriction', 'Attempting to import an event of a type that is not supported.')
  if (!event.iCalUID) throw new ApiError(400, 'required', 'Missing iCalUID.')
  return { json: added(call, event) }
}

function insertEvent(call: Call): Reply {
  const event = jsonOf(call.body) as Event
  const special = /^(outOfOffice|focusTime|workingLocation)$/.test(event.eventType ?? 'default')
  if (special && writableCalendar(call) !== call.user.calendar.primary)
    throw new ApiError(400, 'eventTypeRestriction', 'This type of event can only be created on primary calendars.')
  if (event.eventType === 'fromGmail') throw new ApiError(400, 'eventTypeRestriction', 'Events of this type cannot be created.')
  if (event.id && event.iCalUID) throw badRequest('Only one of id and iCalUID can be supplied.')
  return { json: added(call, event) }
}

function added(call: Call, event: Event): Event {
  const calendar = writableCalendar(call)
  checkTimes(event)
  const hasUid = [...calendar.events.values()].some(
    (known) => known.event.iCalUID === event.iCalUID && known.event.status !== 'cancelled' && event.iCalUID,
  )
  if (hasUid) throw new ApiError(409, 'duplicate', 'The requested identifier already exists.')
  return stored(calendar, calendar.put(kept(call, event)))
}

/** What is Google's alone to say is not taken over. */
function kept({ query, user }: Call, event: Event): Event {
  const { id: _1, etag: _2, htmlLink: _3, kind: _4, created: _5, updated: _6, creator: _7, locked: _8, ...rest } = event
  const { attachments, conferenceData, attendees, ...others } = rest
  return {
    ...others,
    ...(attendees === undefined
      ? {}
      : { attendees: attendees.map((one) => (one.email === user.email ? { ...one, self: true } : one)) }),
    ...(attachments !== undefined && query.get('supportsAttachments') === 'true' ? { attachments } : {}),
    ...(conferenceData !== undefined && query.get('conferenceDataVersion') === '1' ? { conferenceData } : {}),
  }
}

/** "A time zone offset is required unless a time zone is explicitly specified"; for recurring events the zone is. */
function checkTimes({ start, end, recurrence }: Event): void {
  if (!start?.date && !start?.dateTime) throw new ApiError(400, 'required', 'Missing start time.')
  if (!end?.date && !end?.dateTime) throw new ApiError(400, 'required', 'Missing end time.')
  if (Boolean(start.date) !== Boolean(end.date))
    throw badRequest('Start and end times must either both be date or both be dateTime.')
  for (const [name, { dateTime, timeZone }] of Object.entries({ start, end })) {
    const isInZone = Boolean(timeZone) || (/(?:Z|[+-]\d\d:\d\d)$/.test(dateTime ?? '') && !recurrence?.length)
    if (dateTime && !isInZone) throw new ApiError(400, 'required', `Missing time zone definition for ${name} time.`)
  }
  const at = (time: NonNullable<Event['start']>) => Date.parse(time.dateTime ?? time.date ?? '')
  if (Number.isNaN(at(start)) || Number.isNaN(at(end))) throw badRequest('Invalid date.')
  if (at(end) < at(start)) throw new ApiError(400, 'timeRangeEmpty', 'The specified time range is empty.')
}

function stored(calendar: Calendar, id: string): Event {
  const event = calendar.events.get(id)?.event
  if (event === undefined) throw notFound('Not Found')
  return event
}

/** One instance of a series by its original start; the emulator believes that the rule has it. */
function instances(call: Call): Reply {
  const calendar = calendarOf(call)
  const master = stored(calendar, call.params['eventId'] ?? '')
  const start = call.query.get('originalStart')
  if (!master.recurrence || start === null) throw badRequest('A recurring event and originalStart are required here.')
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(start)
  if (!isDay && Number.isNaN(Date.parse(start))) throw badRequest('Invalid value for originalStart.', 'originalStart')
  const stamp = (isDay ? start : new Date(start).toISOString()).replace(/[-:]|\.\d+/g, '')
  const id = `${master.id}_${stamp}`
  const known = calendar.events.get(id)?.event
  const originalStartTime = isDay ? { date: start } : { dateTime: start, timeZone: master.start?.timeZone ?? 'UTC' }
  const { recurrence: _, ...rest } = master
  const instance = {
    ...rest,
    id,
    recurringEventId: master.id ?? '',
    originalStartTime,
    start: originalStartTime,
    end: originalStartTime,
  }
  return { json: { kind: 'calendar#events', items: [known ?? instance] } }
}

function updateEvent(call: Call): Reply {
  const calendar = writableCalendar(call)
  const id = call.params['eventId'] ?? ''
  const known = calendar.events.get(id)?.event
  const [, master, stamp] = /^(.+)_(\d{8}(?:T\d{6}Z)?)$/.exec(id) ?? []
  const series = master === undefined ? undefined : calendar.events.get(master)?.event
  if (known === undefined && series?.recurrence === undefined) throw notFound('Not Found')
  const wanted = call.headers['if-match']
  if (wanted !== undefined && wanted !== known?.etag) throw new ApiError(412, 'conditionNotMet', 'Precondition Failed')
  const event = jsonOf(call.body) as Event
  if (event.status !== 'cancelled') checkTimes(event)
  if (series?.id && stamp !== undefined) {
    const original = event.originalStartTime ?? known?.originalStartTime
    if (original === undefined) throw badRequest('originalStartTime is required.')
    return { json: stored(calendar, calendar.exception(series.id, original, kept(call, event))) }
  }
  return {
    json: stored(calendar, calendar.put({ ...kept(call, event), id, ...(known?.iCalUID ? { iCalUID: known.iCalUID } : {}) })),
  }
}

/** "Extended properties": what is not named stays, and null takes away. Of other members this program changes none by a patch. */
function patchEvent(call: Call): Reply {
  const calendar = writableCalendar(call)
  const known = stored(calendar, call.params['eventId'] ?? '')
  const { extendedProperties, ...others } = jsonOf(call.body) as Event
  if (Object.keys(others).length > 0) throw badRequest('The emulator patches extended properties alone.')
  const after = { ...known.extendedProperties?.private, ...extendedProperties?.private }
  const left = Object.fromEntries(Object.entries(after).filter(([, value]) => value !== null))
  return {
    json: stored(calendar, calendar.put({ ...known, extendedProperties: { ...known.extendedProperties, private: left } })),
  }
}
