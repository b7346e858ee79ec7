/** Calendar API v3. */
import { type ApiCall, ApiError, type ApiMethod, badRequest, notFound } from './api.ts'
import type { Calendar, CalendarStore, Event } from './calendar-store.ts'
import { numberOf, Pages } from './pages.ts'

export interface CalendarUser {
  readonly email: string
  readonly calendar: CalendarStore
}

type Call = ApiCall<CalendarUser>
type Method = ApiMethod<CalendarUser>

const reading = ['calendar', 'calendar.readonly']

/** Calendar counts requests. */
export function calendarMethods(): readonly Method[] {
  const pages = new Pages()
  const method = (id: string, path: string, handle: Method['handle']): Method => ({
    ...{ id: `calendar.${id}`, api: 'calendar', http: 'GET', path: `/calendar/v3/${path}`, units: 1, scopes: reading, handle },
  })
  return [
    method('calendarList.list', 'users/me/calendarList', (call) => ({ json: listCalendars(call, pages) })),
    method('events.list', 'calendars/{calendarId}/events', (call) => ({ json: listEvents(call, pages) })),
    method('events.get', 'calendars/{calendarId}/events/{eventId}', (call) => ({ json: getEvent(call) })),
  ]
}

function listCalendars({ user, query }: Call, pages: Pages): object {
  const list = () =>
    [...user.calendar.calendars.values()]
      .map(({ entry }) => entry)
      .filter((entry) => !entry.hidden || query.get('showHidden') === 'true')
  const { items, nextPageToken } = pages.page(`${user.email} calendars`, query, numberOf(query, 'maxResults', 100, 250), list)
  return {
    kind: 'calendar#calendarList',
    items,
    ...(nextPageToken === undefined ? { nextSyncToken: 'list' } : { nextPageToken }),
  }
}

export function calendarOf({ user, params }: Call): Calendar {
  const id = params['calendarId'] ?? ''
  const calendar = id === 'primary' ? user.calendar.primary : user.calendar.calendars.get(id)
  if (calendar === undefined) throw notFound('Not Found')
  return calendar
}

/** "Some filters are incompatible with syncToken." */
const incompatible = [
  'iCalUID',
  'orderBy',
  'privateExtendedProperty',
  'q',
  'sharedExtendedProperty',
  'timeMin',
  'timeMax',
  'updatedMin',
]

function listEvents(call: Call, pages: Pages): object {
  const { user, query } = call
  const calendar = calendarOf(call)
  if (query.get('singleEvents') === 'true') throw new ApiError(501, 'notImplemented', 'The emulator expands nothing.')
  const token = query.get('syncToken')
  const since = token === null ? null : changeOf(calendar, token)
  if (token !== null && incompatible.some((name) => query.has(name)))
    throw badRequest('A sync token cannot be used with filters.')
  const list = () =>
    [...calendar.events.values()]
      .filter(({ event, change }) => (since === null ? isListed(event, query) : change > since))
      .map(({ event }) => shown(event))
  const { items, nextPageToken } = pages.page(
    `${user.email} ${calendar.id}`,
    query,
    numberOf(query, 'maxResults', 250, 2_500),
    list,
  )
  const { summary, description, timeZone, accessRole, defaultReminders } = calendar.entry
  return {
    ...{ kind: 'calendar#events', summary, description, timeZone, accessRole, defaultReminders: defaultReminders ?? [], items },
    ...(nextPageToken === undefined ? (query.has('iCalUID') ? {} : { nextSyncToken: tokenOf(calendar) }) : { nextPageToken }),
  }
}

function isListed(event: Event, query: URLSearchParams): boolean {
  const uid = query.get('iCalUID')
  if (uid !== null && event.iCalUID !== uid) return false
  if (event.status !== 'cancelled' || query.get('showDeleted') === 'true') return true
  // "Cancelled instances of recurring events (but not the underlying recurring event) will still be included".
  return event.recurringEventId !== undefined
}

/** "Deleted events are only guaranteed to have the id field populated"; cancelled exceptions have three more. */
function shown(event: Event): Event {
  if (event.status !== 'cancelled') return event
  const { kind, etag, id, status, recurringEventId, originalStartTime } = event
  return {
    kind: kind ?? null,
    etag: etag ?? null,
    id: id ?? null,
    status,
    ...(recurringEventId ? { recurringEventId } : {}),
    ...(originalStartTime ? { originalStartTime } : {}),
  }
}

function tokenOf(calendar: Calendar): string {
  return Buffer.from(`${calendar.id} ${calendar.change}`).toString('base64url')
}

function changeOf(calendar: Calendar, token: string): number {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  const change = text.startsWith(`${calendar.id} `) ? Number(text.slice(calendar.id.length + 1)) : Number.NaN
  if (Number.isSafeInteger(change) && change >= calendar.forgotten) return change
  throw new ApiError(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.')
}

function getEvent(call: Call): Event {
  const entry = calendarOf(call).events.get(call.params['eventId'] ?? '')
  if (entry === undefined) throw notFound('Not Found')
  return shown(entry.event)
}
