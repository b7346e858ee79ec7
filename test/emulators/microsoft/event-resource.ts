/** Events as Graph shows them, and the occurrences that a series has. */
import { createHash } from 'node:crypto'
import type { Event } from '@microsoft/microsoft-graph-types'
import ICAL from 'ical.js'
import { eventZone } from '../../../src/formats/event-zones.ts'
import { zoneNamed } from '../../../src/providers/microsoft/graph-time.ts'
import { ruleOf } from '../../../src/providers/microsoft/recurrence.ts'
import { occurrenceId, type StoredEvent } from './calendar-store.ts'
import { expandedProperties } from './extended.ts'
import { type GraphCall, wantsImmutableIds } from './graph.ts'
import type { Resource } from './odata.ts'

type Call = Pick<GraphCall<unknown>, 'headers' | 'query'>

interface Occurrence {
  readonly originalStart: string
  /** Milliseconds since 1970. */
  readonly start: number
  readonly resource: Resource
}

const mostOccurrences = 400

function idFor(call: Call, id: string): string {
  return wantsImmutableIds(call) ? id : `AAMkAG${createHash('sha256').update(id).digest('base64url')}`
}

export function eventResource(call: Call, stored: StoredEvent): Resource {
  const { singleValueExtendedProperties, ...event } = stored.event
  const days = [...stored.cancelled].map((start) => `OID.${stored.id}.${dayInSeries(stored.event, start)}`)
  return {
    ...common(stored),
    ...event,
    ...{ id: idFor(call, stored.id), type: event.recurrence ? 'seriesMaster' : 'singleInstance' },
    ...{ hasAttachments: stored.attachments.length > 0 },
    ...(days.length === 0 ? {} : { cancelledOccurrences: days }),
    ...expandedProperties(call, singleValueExtendedProperties),
  }
}

export function exceptionResource(call: Call, stored: StoredEvent, originalStart: string): Resource {
  const { singleValueExtendedProperties: _1, recurrence: _2, start, end, ...master } = stored.event
  const { attachments = [], ...changes } = stored.exceptions.get(originalStart) ?? {}
  const length = Date.parse(`${end?.dateTime}Z`) - Date.parse(`${start?.dateTime}Z`)
  const at = (ms: number) => ({ dateTime: `${new Date(ms).toISOString().slice(0, 19)}.0000000`, timeZone: 'UTC' })
  const from = Date.parse(originalStart) + wholeDayOffset(stored.event, originalStart)
  return {
    ...common(stored),
    ...master,
    ...{ start: at(from), end: at(from + (Number.isNaN(length) ? 0 : length)), recurrence: null },
    ...changes,
    ...{
      iCalUId: `${stored.event.iCalUId}${originalStart.replace(/\D/g, '')}`,
      originalStart,
      hasAttachments: (attachments ?? []).length > 0,
    },
    ...{ id: idFor(call, occurrenceId(stored, originalStart)), seriesMasterId: idFor(call, stored.id) },
    type: stored.exceptions.has(originalStart) ? 'exception' : 'occurrence',
  }
}

function common({ change, event }: StoredEvent): Resource {
  const changeKey = `DwAAAB${change.toString(36)}`
  return {
    '@odata.etag': `W/"${changeKey}"`,
    changeKey,
    createdDateTime: '2025-01-01T00:00:00Z',
    lastModifiedDateTime: event.lastModifiedDateTime,
  }
}

/** Cancelled ones are not among them. Of a single event it alone. */
export function occurrences(call: Call, stored: StoredEvent): Occurrence[] {
  const { event, cancelled } = stored
  const start = utcOf(event.start)
  if (!event.recurrence) return [{ originalStart: new Date(start).toISOString(), start, resource: eventResource(call, stored) }]
  const offset = (ms: number) => (eventZone(zoneOf(event), new Map())?.offsetAt(ms / 1000) ?? 0) * 1000
  const wall = event.isAllDay ? start : start + offset(start + 7_200_000)
  const rule = ruleOf(event.recurrence, (day) => `${day.replaceAll('-', '')}T235959`) ?? 'FREQ=DAILY;COUNT=1'
  const first = ICAL.Time.fromDateTimeString(new Date(wall).toISOString().slice(0, 19))
  const days = ICAL.Recur.fromString(rule).iterator(first)
  const found: Occurrence[] = []
  for (let time = days.next(); time && found.length < mostOccurrences; time = days.next()) {
    const local = Date.parse(`${time.toString()}Z`)
    const at = local - offset(local)
    const originalStart = `${new Date(at).toISOString().slice(0, 19)}Z`
    if (cancelled.has(originalStart)) continue
    const resource = exceptionResource(call, stored, originalStart)
    found.push({ originalStart, start: utcOf(resource['start'] as Event['start']), resource })
  }
  return found
}

function utcOf(time: Event['start']): number {
  const wall = Date.parse(`${(time?.dateTime ?? '').slice(0, 19)}Z`)
  const zone = zoneNamed(time?.timeZone) ?? 'UTC'
  return zone === 'UTC' ? wall : wall - (eventZone(zone, new Map())?.offsetAt(wall / 1000) ?? 0) * 1000
}

function zoneOf({ recurrence, originalStartTimeZone }: Event): string {
  return zoneNamed(recurrence?.range?.recurrenceTimeZone || originalStartTimeZone) ?? 'UTC'
}

/** Whole days begin at midnight whoever asks; their `originalStart` is midnight in the zone of the series (microsoft-graph-docs#2804). */
function wholeDayOffset(event: Event, originalStart: string): number {
  if (!event.isAllDay) return 0
  const at = Date.parse(originalStart)
  return (eventZone(zoneOf(event), new Map())?.offsetAt((at + 14 * 3_600_000) / 1000) ?? 0) * 1000
}

function dayInSeries(event: Event, originalStart: string): string {
  const at = Date.parse(originalStart)
  const offset = eventZone(zoneOf(event), new Map())?.offsetAt(at / 1000) ?? 0
  return new Date(at + offset * 1000).toISOString().slice(0, 10)
}
