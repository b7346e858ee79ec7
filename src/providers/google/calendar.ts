/** The calls to the Calendar API that are needed here, all of them reading. */
import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { AppError } from '../../core/errors.ts'
import { isRefusedWith } from './errors.ts'
import type { Event } from './event-ical.ts'
import type { Session } from './session.ts'

export interface EventsPage {
  readonly events: readonly Event[]
  readonly zone: string | null
  readonly defaultReminders: readonly calendar_v3.Schema$EventReminder[]
  /** On the last page. */
  readonly syncToken: string | null
}

/** The API would give 2,500: they are held as text and as values at once. */
const pageSize = 500

export class Calendars {
  readonly session: Session
  readonly #api: calendar_v3.Calendar
  readonly #signal: AbortSignal

  constructor(session: Session, signal: AbortSignal) {
    this.session = session
    this.#api = calendar({ version: 'v3', ...session.clientOptions })
    this.#signal = signal
  }

  /** Hidden ones too. */
  async list(): Promise<readonly calendar_v3.Schema$CalendarListEntry[]> {
    const entries: calendar_v3.Schema$CalendarListEntry[] = []
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const data = await this.session.call<calendar_v3.Schema$CalendarList>(
        'calendar.calendarList.list',
        this.#signal,
        (options) => this.#api.calendarList.list({ maxResults: 250, showHidden: true, ...at }, options),
      )
      entries.push(...(data.items ?? []))
      if (!data.nextPageToken) return entries
      pageToken = data.nextPageToken
    }
  }

  /**
   * A page at a time; masters and exceptions, nothing expanded. Everything without a token.
   * @throws AppError `cursor-expired` where Google has forgotten
   */
  async *events(calendarId: string, syncToken: string | null): AsyncGenerator<EventsPage, void, undefined> {
    try {
      yield* this.#pages({ calendarId, maxResults: pageSize, ...(syncToken === null ? {} : { syncToken }) })
    } catch (error) {
      // Whatever is wrong with a token, a full listing needs none.
      if (syncToken === null || !isRefusedWith(error, 400)) throw error
      throw new AppError('cursor-expired', 'Google has forgotten what changed in the calendar since the last run.')
    }
  }

  /** Everything with one UID, cancelled occurrences included. */
  async series(calendarId: string, iCalUID: string): Promise<readonly Event[]> {
    const found: Event[] = []
    for await (const { events } of this.#pages({ calendarId, iCalUID, showDeleted: true, maxResults: pageSize }))
      found.push(...events)
    return found
  }

  /** @throws AppError `not-found` */
  async event(calendarId: string, eventId: string): Promise<Event> {
    return await this.session.call<Event>('calendar.events.get', this.#signal, (options) =>
      this.#api.events.get({ calendarId, eventId }, options),
    )
  }

  async *#pages(parameters: calendar_v3.Params$Resource$Events$List): AsyncGenerator<EventsPage, void, undefined> {
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const data = await this.session.call<calendar_v3.Schema$Events>('calendar.events.list', this.#signal, (options) =>
        this.#api.events.list({ ...parameters, ...at }, options),
      )
      yield {
        events: data.items ?? [],
        zone: data.timeZone ?? null,
        defaultReminders: data.defaultReminders ?? [],
        syncToken: data.nextSyncToken ?? null,
      }
      if (!data.nextPageToken) return
      pageToken = data.nextPageToken
    }
  }
}
