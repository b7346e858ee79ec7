/** Calendars of one person, in groups; events with their changed and cancelled occurrences. */
import { randomBytes } from 'node:crypto'
import type { Attachment, Calendar as CalendarType, Event } from '@microsoft/microsoft-graph-types'
import { DeltaLog } from './odata.ts'

export interface StoredEvent {
  readonly id: string
  event: Event
  attachments: Attachment[]
  /** By `originalStart`. */
  readonly exceptions: Map<string, Event>
  /** `originalStart`. */
  readonly cancelled: Set<string>
  change: number
}

export interface Calendar {
  readonly id: string
  entry: CalendarType
  readonly group: string
  readonly events: Map<string, StoredEvent>
  readonly log: DeltaLog
}

const newId = (): string => `AAkALg${randomBytes(60).toString('base64url')}=`

export class CalendarStore {
  readonly calendars = new Map<string, Calendar>()
  /** Name and class of each group by its id. */
  readonly groups = new Map<string, { readonly name: string; readonly classId: string }>()
  readonly main: Calendar
  /** To whom an invitation was sent. */
  readonly invitations: string[] = []
  /** Ids at which Microsoft fails. */
  readonly unavailable = new Set<string>()
  readonly #email: string
  #changes = 0
  #now: () => number = Date.now

  constructor(email: string) {
    this.#email = email
    this.groups.set('own', { name: 'My Calendars', classId: '0006f0b7-0000-0000-c000-000000000046' })
    this.groups.set('others', { name: 'Other Calendars', classId: '0006f0b8-0000-0000-c000-000000000046' })
    this.main = this.add('Calendar', { isDefaultCalendar: true, isRemovable: false })
  }

  /** The time by which `lastModifiedDateTime` is told. */
  useClock(now: () => number): void {
    this.#now = now
  }

  add(name: string, entry: CalendarType = {}, group = 'own'): Calendar {
    const usual = { canEdit: true, hexColor: '', owner: { name: 'Alice', address: this.#email }, isDefaultCalendar: false }
    const calendar = { id: newId(), group, entry: { ...usual, ...entry, name }, events: new Map(), log: new DeltaLog() }
    this.calendars.set(calendar.id, calendar)
    return calendar
  }

  put(event: Event, calendar: Calendar = this.main, attachments: Attachment[] = []): StoredEvent {
    const id = newId()
    const stored: StoredEvent = { id, event: {}, attachments, exceptions: new Map(), cancelled: new Set(), change: 0 }
    const iCalUId = `040000008200E00074C5B7101A82E008${randomBytes(8).toString('hex').toUpperCase()}`
    stored.event = { iCalUId, ...event }
    calendar.events.set(id, stored)
    this.touch(calendar, stored)
    return stored
  }

  edit(id: string, changes: Event): void {
    const [calendar, stored] = this.find(id)
    stored.event = { ...stored.event, ...changes }
    this.touch(calendar, stored)
  }

  /** `originalStart` in UTC, e.g. `2025-03-11T09:00:00Z`. */
  changeOccurrence(id: string, originalStart: string, changes: Event): void {
    const [calendar, stored] = this.find(id)
    stored.exceptions.set(originalStart, changes)
    this.touch(calendar, stored)
  }

  cancelOccurrence(id: string, originalStart: string): void {
    const [calendar, stored] = this.find(id)
    stored.exceptions.delete(originalStart)
    stored.cancelled.add(originalStart)
    calendar.log.remove(occurrenceId(stored, originalStart))
    this.touch(calendar, stored)
  }

  delete(id: string): void {
    const [calendar] = this.find(id)
    calendar.events.delete(id)
    calendar.log.remove(id)
  }

  touch(calendar: Calendar, stored: StoredEvent): void {
    stored.change = ++this.#changes
    stored.event = { ...stored.event, lastModifiedDateTime: new Date(this.#now()).toISOString() }
    calendar.log.touch(stored.id)
  }

  /** @throws Error */
  find(id: string): [Calendar, StoredEvent] {
    for (const calendar of this.calendars.values()) {
      const stored = calendar.events.get(id)
      if (stored !== undefined) return [calendar, stored]
    }
    throw new Error(`no event ${id}`)
  }
}

export function occurrenceId({ id }: Pick<StoredEvent, 'id'>, originalStart: string): string {
  return `${id.slice(0, -1)}.${originalStart.replace(/\D/g, '')}=`
}
