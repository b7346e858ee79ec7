/** What a restore needs of `calendar` and `event`. */
import { randomBytes } from 'node:crypto'
import type { Attachment, Calendar as CalendarType, Event } from '@microsoft/microsoft-graph-types'
import { zoneNamed } from '../../../src/providers/microsoft/graph-time.ts'
import { AttachmentUploads } from './attachment-uploads.ts'
import { type CalendarCall, calendarOf, eventOf } from './calendar.ts'
import { eventResource, exceptionResource, occurrences } from './event-resource.ts'
import { badRequest, documentedErrors, GraphError, type GraphMethod, jsonOf, type Reply } from './graph.ts'
import type { MicrosoftUser } from './user.ts'

const writing = ['Calendars.ReadWrite']
/** "Read-only" in the reference, or set by the server. */
const readOnly = [
  'iCalUId',
  'id',
  'type',
  'seriesMasterId',
  'webLink',
  'onlineMeeting',
  'changeKey',
  'createdDateTime',
  'organizer',
]

export function calendarWritingMethods(): GraphMethod<MicrosoftUser>[] {
  const method = (
    id: string,
    http: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    handle: (call: CalendarCall) => Reply,
  ): GraphMethod<MicrosoftUser> => ({ id, api: 'outlook', http, path, scopes: writing, handle })
  const calendar = '/me/calendars/{calendar}'
  const uploads = new AttachmentUploads('eventUploads')
  return [
    method('user.post.calendars', 'POST', '/me/calendars', (call) => {
      const { name } = jsonOf<CalendarType>(call)
      const store = call.user.calendar
      if (!name) throw badRequest('A calendar wants a name.')
      if ([...store.calendars.values()].some(({ entry }) => entry.name?.toLowerCase() === name.toLowerCase()))
        throw new GraphError(409, 'ErrorFolderExists', 'A folder with the specified name already exists.')
      const made = store.add(name)
      return { status: 201, json: { ...made.entry, id: made.id } }
    }),
    method('calendar.delete', 'DELETE', calendar, (call) => {
      const found = calendarOf(call)
      if (found.entry.isDefaultCalendar === true) throw documentedErrors.accessDenied()
      call.user.calendar.calendars.delete(found.id)
      return { status: 204 }
    }),
    method('calendar.post.events', 'POST', `${calendar}/events`, (call) => {
      const event = writable(jsonOf<Event>(call))
      if (!event.start || !event.end) throw new GraphError(400, 'ErrorPropertyRequired', 'Start and end are required.')
      // Whoever is named here is sent an invitation.
      if (event.attendees?.length)
        call.user.calendar.invitations.push(...event.attendees.map((one) => one.emailAddress?.address ?? ''))
      const stored = call.user.calendar.put(zoned(event), calendarOf(call))
      return { status: 201, json: eventResource(call, stored) }
    }),
    method('event.update', 'PATCH', `${calendar}/events/{id}`, (call) => {
      const { stored, originalStart } = eventOf(call)
      const store = call.user.calendar
      const changes = zoned(writable(jsonOf<Event>(call)))
      if (originalStart === null) {
        store.edit(stored.id, changes)
        return { json: eventResource(call, stored) }
      }
      if (changes.recurrence) throw badRequest('An occurrence has no recurrence.')
      store.changeOccurrence(stored.id, originalStart, { ...stored.exceptions.get(originalStart), ...changes })
      return { json: exceptionResource(call, stored, originalStart) }
    }),
    method('event.delete', 'DELETE', `${calendar}/events/{id}`, (call) => {
      const { stored, originalStart } = eventOf(call)
      if (originalStart === null) call.user.calendar.delete(stored.id)
      else call.user.calendar.cancelOccurrence(stored.id, originalStart)
      return { status: 204 }
    }),
    ...[`${calendar}/events/{id}`, '/me/events/{id}'].map((event) =>
      method('event.post.attachments', 'POST', `${event}/attachments`, (call) => {
        const given = jsonOf<Attachment & { readonly contentBytes?: string }>(call)
        const octets = Buffer.from(given.contentBytes ?? '', 'base64')
        if (octets.length > 3 << 20)
          throw new GraphError(413, 'RequestBodyTooLarge', 'Attach files of more than 3 MB by an upload session.')
        const attachment = attach(call, { ...given, size: octets.length })
        return { status: 201, json: attachment }
      }),
    ),
    method('event.createUploadSession', 'POST', '/me/events/{id}/attachments/createUploadSession', (call) =>
      uploads.begin(call, ({ name, contentType, octets }) => {
        const contentBytes = octets.toString('base64')
        attach(call, {
          ...{ '@odata.type': '#microsoft.graph.fileAttachment', name, contentType, contentBytes, size: octets.length },
        } as Attachment)
      }),
    ),
    uploads.method,
  ]
}

function attach(call: CalendarCall, given: Attachment): Attachment {
  const { stored, originalStart } = eventOf(call)
  const attachment = { ...given, id: randomBytes(12).toString('base64url') }
  const store = call.user.calendar
  if (originalStart === null) {
    stored.attachments.push(attachment)
    store.touch(store.find(stored.id)[0], stored)
  } else {
    const known = stored.exceptions.get(originalStart) ?? {}
    store.changeOccurrence(stored.id, originalStart, { ...known, attachments: [...(known.attachments ?? []), attachment] })
  }
  return attachment
}

function writable(event: Event): Event {
  for (const name of readOnly) if (name in event) throw badRequest(`The property '${name}' is read-only.`)
  const { pattern } = event.recurrence ?? {}
  if (pattern !== undefined && (!pattern?.type || !pattern.interval)) throw badRequest('The recurrence pattern is not complete.')
  const { startDate, recurrenceTimeZone } = event.recurrence?.range ?? {}
  for (const zone of [event.start?.timeZone, event.end?.timeZone, recurrenceTimeZone]) checkZone(zone)
  // "The value of this property must be the same as the value of the start property of the recurring event" (`recurrenceRange`).
  const isOther = event.start && recurrenceTimeZone && recurrenceTimeZone !== event.start.timeZone
  if (event.recurrence && event.start && (isOther || startDate !== event.start.dateTime?.slice(0, 10)))
    throw badRequest('The recurrence does not begin with the event.')
  return event
}

function checkZone(name: string | null | undefined): void {
  if (!name || zoneNamed(name) !== null) return
  const message = `A valid TimeZone value must be specified. The following TimeZone value is not supported: '${name}'.`
  throw new GraphError(400, 'TimeZoneNotSupportedException', message)
}

/** What Graph tells in UTC, it remembers in the zone in which it was given. */
function zoned(event: Event): Event {
  const utc = (time: Event['start']): Event['start'] => {
    const [first] = occurrences({ headers: {}, query: new URLSearchParams() }, fake({ start: time ?? null }))
    return time && first
      ? { dateTime: `${new Date(first.start).toISOString().slice(0, 19)}.0000000`, timeZone: 'UTC' }
      : (time ?? null)
  }
  const { start, end } = event
  return {
    ...event,
    ...(start ? { start: utc(start) ?? null, originalStartTimeZone: start.timeZone ?? 'UTC' } : {}),
    ...(end ? { end: utc(end) ?? null, originalEndTimeZone: end.timeZone ?? 'UTC' } : {}),
  }
}

const fake = (event: Event) => ({
  id: '=',
  event,
  attachments: [],
  exceptions: new Map(),
  cancelled: new Set<string>(),
  change: 0,
})
