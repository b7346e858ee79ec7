/** Calendars of Microsoft Graph v1.0: `calendar`, `calendarGroup`, `event` and its delta, as far as reading goes. */
import type { Calendar as CalendarType, Event } from '@microsoft/microsoft-graph-types'
import type { Calendar, StoredEvent } from './calendar-store.ts'
import { eventResource, exceptionResource, occurrences } from './event-resource.ts'
import { badRequest, documentedErrors, type GraphCall, GraphError, type GraphMethod, notFound } from './graph.ts'
import { type Pages, type Resource, select } from './odata.ts'
import type { MicrosoftUser } from './user.ts'

export type CalendarCall = GraphCall<MicrosoftUser>

const calendarReading = ['Calendars.Read', 'Calendars.ReadWrite']

export function calendarMethods(pages: Pages): GraphMethod<MicrosoftUser>[] {
  const method = (id: string, path: string, handle: (call: CalendarCall) => Resource): GraphMethod<MicrosoftUser> => ({
    ...{ id, api: 'outlook', http: 'GET', path, scopes: calendarReading, handle: (call) => ({ json: handle(call) }) },
  })
  const calendar = '/me/calendars/{calendar}'
  return [
    method('user.list.calendars', '/me/calendars', (call) =>
      pages.list(call, `${call.user.email} calendars`, { usual: 10, most: 100 }, () =>
        [...call.user.calendar.calendars.values()].map(calendarResource),
      ),
    ),
    method('user.list.calendarGroups', '/me/calendarGroups', (call) =>
      pages.list(call, `${call.user.email} groups`, { usual: 10, most: 100 }, () =>
        [...call.user.calendar.groups].map(([id, { name, classId }]) => ({ id, name, classId, changeKey: id })),
      ),
    ),
    method('calendarGroup.list.calendars', '/me/calendarGroups/{group}/calendars', (call) =>
      pages.list(call, `${call.user.email} ${call.params['group']} calendars`, { usual: 10, most: 100 }, () =>
        [...call.user.calendar.calendars.values()].filter(({ group }) => group === call.params['group']).map(calendarResource),
      ),
    ),
    method('calendar.list.events', `${calendar}/events`, (call) => {
      const found = calendarOf(call)
      const since = /^lastModifiedDateTime ge (\S+)$/.exec(call.query.get('$filter') ?? '')?.[1]
      if (call.query.has('$filter') && since === undefined) throw badRequest('This $filter is not supported here.')
      const list = () =>
        [...found.events.values()]
          .filter(({ event }) => since === undefined || Date.parse(event.lastModifiedDateTime ?? '') >= Date.parse(since))
          .map((stored) => eventResource(call, stored))
      return pages.list(call, `${found.id} events`, { usual: 10, most: 1_000 }, list)
    }),
    method('event.delta', `${calendar}/calendarView/delta`, (call) => delta(call, pages)),
    method('event.get', `${calendar}/events/{id}`, getEvent),
    method('event.list.exceptionOccurrences', `${calendar}/events/{id}/exceptionOccurrences`, (call) => {
      const { stored } = eventOf(call)
      return pages.list(call, `${stored.id} exceptions`, { usual: 10, most: 100 }, () => exceptionsOf(call, stored))
    }),
    method('event.list.instances', `${calendar}/events/{id}/instances`, (call) => {
      const { stored } = eventOf(call)
      const [from, to] = [call.query.get('startDateTime'), call.query.get('endDateTime')].map((time) => Date.parse(time ?? ''))
      if (!call.query.has('$skiptoken') && (Number.isNaN(from) || Number.isNaN(to)))
        throw badRequest(
          'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
        )
      const list = () => occurrences(call, stored).filter(({ start }) => start >= (from ?? 0) && start < (to ?? 0))
      return pages.list(call, `${stored.id} instances`, { usual: 10, most: 1_000 }, () => list().map(({ resource }) => resource))
    }),
    ...[`${calendar}/events/{id}`, '/me/events/{id}'].map((event) =>
      method('event.list.attachments', `${event}/attachments`, (call) => {
        const { attachments } = eventOf(call)
        const list = () => attachments as unknown as readonly Resource[]
        return pages.list(call, `${call.params['id']} attachments`, { usual: 10, most: 100 }, list)
      }),
    ),
    {
      ...method('attachment.get.value', `${calendar}/events/{id}/attachments/{attachment}/$value`, () => ({})),
      handle: (call) => {
        const found = eventOf(call).attachments.find(({ id }) => id === call.params['attachment'])
        if (found === undefined) throw notFound()
        return {
          bytes: Buffer.from(String((found as { readonly value?: string }).value ?? '')),
          headers: { 'content-type': 'text/plain' },
        }
      },
    },
  ]
}

/**
 * A window of a calendar. What was touched outside of it is named as removed, too: "Events that are outside the date range and
 * that have been added, deleted, or updated since the previous delta call."
 */
function delta(call: CalendarCall, pages: Pages): Resource {
  const found = calendarOf(call)
  for (const name of ['$select', '$expand', '$filter', '$orderby', '$search'])
    if (call.query.has(name))
      throw new GraphError(
        400,
        'ErrorInvalidUrlQuery',
        `The following parameters are not supported with change tracking over the 'CalendarView' resource: '${name}'.`,
      )
  const isFirst = !call.query.has('$deltatoken') && !call.query.has('$skiptoken')
  const bounds = [call.query.get('startDateTime'), call.query.get('endDateTime')].map((time) => Date.parse(time ?? ''))
  if (isFirst && bounds.some(Number.isNaN))
    throw badRequest(
      'This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.',
    )
  if (isFirst) found.log.touch(`window ${bounds.join(' ')}`)
  const window = windows.get(found) ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  if (isFirst) windows.set(found, bounds as [number, number])
  const [from, to] = isFirst ? (bounds as [number, number]) : window
  const resource = (id: string): Resource | null => {
    const stored = found.events.get(id)
    if (stored === undefined) return null
    const isInside = occurrences(call, stored).some(({ start }) => start >= from && start < to)
    return isInside ? eventResource(call, stored) : null
  }
  const isEvent = ({ id }: { readonly id: string }) => !id.startsWith('window ')
  const log = {
    now: found.log.now,
    all: () =>
      found.log
        .all()
        .filter(isEvent)
        .filter(({ id }) => resource(id) !== null),
    since: (at: number) => found.log.since(at).filter(isEvent),
  }
  return pages.delta(call, { place: `${call.user.email} ${found.id} view`, log, resource }, { usual: 10, most: 500 })
}

const windows = new WeakMap<Calendar, readonly [number, number]>()

export function calendarOf({ user, params }: CalendarCall): Calendar {
  const found = user.calendar.calendars.get(params['calendar'] ?? '')
  if (found === undefined) throw notFound()
  return found
}

/** A series, a single event, or one occurrence. @throws GraphError 404 */
export function eventOf(call: CalendarCall): {
  readonly stored: StoredEvent
  /** Of an occurrence. */
  readonly originalStart: string | null
  readonly attachments: NonNullable<Event['attachments']>
} {
  const id = call.params['id'] ?? ''
  const all = () => new Map([...call.user.calendar.calendars.values()].flatMap(({ events }) => [...events]))
  const events = call.params['calendar'] === undefined ? all() : calendarOf(call).events
  const stored = events.get(id)
  if (call.user.calendar.unavailable.has(id)) throw documentedErrors.internal()
  if (stored !== undefined) return { stored, originalStart: null, attachments: stored.attachments }
  for (const one of events.values()) {
    const occurrence = occurrences(call, one).find(({ resource }) => resource['id'] === id)
    if (occurrence === undefined) continue
    const { originalStart } = occurrence
    return { stored: one, originalStart, attachments: one.exceptions.get(originalStart)?.attachments ?? [] }
  }
  throw notFound()
}

/** An expanded list is a page of it, too (OData JSON Format, "Navigation Property"). */
const mostExpanded = 10

function exceptionsOf(call: CalendarCall, stored: StoredEvent): Resource[] {
  return [...stored.exceptions.keys()].map((start) => exceptionResource(call, stored, start))
}

function expandedExceptions(call: CalendarCall, stored: StoredEvent): Resource {
  const all = exceptionsOf(call, stored)
  const exceptionOccurrences = all.slice(0, mostExpanded)
  if (all.length <= mostExpanded) return { exceptionOccurrences }
  const next = `${call.origin}${call.path}/exceptionOccurrences?$skip=${mostExpanded}`
  return { exceptionOccurrences, 'exceptionOccurrences@odata.nextLink': next }
}

function getEvent(call: CalendarCall): Resource {
  const { stored, originalStart } = eventOf(call)
  const wanted = call.query.get('$select')
  const expand = call.query.get('$expand') ?? ''
  if (expand.replace(/\([^)]*\)/g, '').includes(',')) throw badRequest('Only one relationship can be expanded.')
  const whole = originalStart === null ? eventResource(call, stored) : exceptionResource(call, stored, originalStart)
  const { cancelledOccurrences, ...usual } = whole
  const isSelected = (name: string) => wanted?.split(',').includes(name) === true
  const more = {
    // "Returned only on $select in a Get operation", exceptions "only on $select and $expand".
    ...(isSelected('cancelledOccurrences') && cancelledOccurrences ? { cancelledOccurrences } : {}),
    ...(isSelected('exceptionOccurrences') && expand.includes('exceptionOccurrences') && originalStart === null
      ? expandedExceptions(call, stored)
      : {}),
    ...(expand.includes('attachments') && originalStart === null ? { attachments: stored.attachments } : {}),
  }
  const extended = usual['singleValueExtendedProperties']
  return { ...select(usual, wanted), ...more, ...(extended === undefined ? {} : { singleValueExtendedProperties: extended }) }
}

function calendarResource({ id, entry }: Calendar): Resource {
  return { ...entry, id } satisfies CalendarType & Resource
}
