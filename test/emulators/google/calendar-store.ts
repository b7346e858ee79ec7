/** The calendars that one person has in the list, with their events as Google keeps them. */
import { createHash, randomBytes } from 'node:crypto'
import type { calendar_v3 } from '@googleapis/calendar'

export type Event = calendar_v3.Schema$Event

interface Entry {
  readonly event: Event
  readonly change: number
}

export class Calendar {
  readonly id: string
  readonly entry: calendar_v3.Schema$CalendarListEntry
  readonly events = new Map<string, Entry>()
  /** Changes up to here are forgotten. */
  forgotten = 0
  change = 0

  constructor(id: string, entry: calendar_v3.Schema$CalendarListEntry) {
    this.id = id
    this.entry = entry
  }

  /** As Google keeps it: with an id, a UID, an etag and times. */
  put(event: Event): string {
    const id = event.id ?? randomBytes(13).toString('hex')
    const change = ++this.change
    const time = new Date(Date.UTC(2025, 0, 1) + change * 1_000).toISOString()
    const known = this.events.get(id)?.event
    const kept: Event = {
      ...{ kind: 'calendar#event', status: 'confirmed', created: known?.created ?? time, sequence: 0, eventType: 'default' },
      ...{ iCalUID: `${id}@google.com`, reminders: { useDefault: true } },
      ...event,
      ...{ id, updated: time, etag: `"${createHash('sha1').update(`${this.id} ${change}`).digest('hex').slice(0, 16)}"` },
    }
    this.events.set(id, { event: kept, change })
    return id
  }

  edit(id: string, more: Event): void {
    const known = this.events.get(id)
    if (known === undefined) throw new Error(`no event ${id}`)
    this.put({ ...known.event, ...more, id })
  }

  /** An occurrence of `master` that is another than its rule says; `start` is where it would have been. */
  exception(master: string, originalStartTime: NonNullable<Event['originalStartTime']>, more: Event): string {
    const stamp = (
      originalStartTime.dateTime ? new Date(originalStartTime.dateTime).toISOString() : (originalStartTime.date ?? '')
    ).replace(/[-:]|\.\d+/g, '')
    const uid = this.events.get(master)?.event.iCalUID
    return this.put({
      id: `${master}_${stamp}`,
      recurringEventId: master,
      originalStartTime,
      ...(uid ? { iCalUID: uid } : {}),
      ...more,
    })
  }

  /** A deleted event keeps its id and little else. */
  delete(id: string): void {
    this.put({ id, status: 'cancelled' })
  }
}

export class CalendarStore {
  readonly calendars = new Map<string, Calendar>()
  readonly primary: Calendar

  constructor(email: string) {
    this.primary = this.add(email, { summary: email, timeZone: 'Europe/Berlin', accessRole: 'owner', primary: true })
  }

  add(id: string, entry: calendar_v3.Schema$CalendarListEntry): Calendar {
    const calendar = new Calendar(id, {
      kind: 'calendar#calendarListEntry',
      timeZone: 'Europe/Berlin',
      accessRole: 'owner',
      ...entry,
      id,
    })
    this.calendars.set(id, calendar)
    return calendar
  }
}
