/** What a restore writes to Google's calendars. Nobody is sent an invitation. */
import { calendar, type calendar_v3 } from '@googleapis/calendar'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Calendars } from './calendar.ts'
import { isRefusedWith } from './errors.ts'
import type { Event } from './event-ical.ts'

/** Members that only events of a special kind have. */
const ofKind = /^(?:eventType|outOfOfficeProperties|focusTimeProperties|workingLocationProperties|birthdayProperties)$/

export class WritingCalendars {
  readonly #reading: Calendars
  readonly #api: calendar_v3.Calendar
  readonly #signal: AbortSignal

  constructor(reading: Calendars, signal: AbortSignal) {
    this.#reading = reading
    this.#api = calendar({ version: 'v3', ...reading.session.clientOptions })
    this.#signal = signal
  }

  /** @returns its id */
  async createCalendar(summary: string, timeZone: string, description: string | null): Promise<string> {
    const requestBody = { summary, timeZone, ...(description === null ? {} : { description }) }
    const named = async () => {
      const found = (await this.#reading.list()).find((entry) => entry.summary === summary && entry.accessRole === 'owner')
      return found?.id ? { id: found.id } : null
    }
    const { id } = await this.#reading.session.callOnce<calendar_v3.Schema$Calendar>(
      'calendar.calendars.insert',
      this.#signal,
      (options) => this.#api.calendars.insert({ requestBody }, options),
      named,
    )
    if (id) return id
    throw new AppError('suspicious', "Google's answer to a new calendar is not as documented.")
  }

  async deleteCalendar(calendarId: string): Promise<void> {
    await this.#reading.session.call<object>('calendar.calendars.delete', this.#signal, async (options) => {
      await this.#api.calendars.delete({ calendarId }, options)
      return { data: {} }
    })
  }

  /** An event of its UID. Kinds that cannot be imported are made; where Google makes none of these either, an ordinary one. */
  async add(calendarId: string, event: Event): Promise<{ readonly event: Event; readonly losses: readonly string[] }> {
    const kind = event.eventType ?? 'default'
    if (kind === 'default') return { event: await this.#import(calendarId, event), losses: [] }
    try {
      if (kind !== 'fromGmail') return { event: await this.#insert(calendarId, event), losses: [] }
    } catch (error) {
      if (!isRefusedWith(error, 400) && !hasCode(error, 'permission')) throw error
    }
    const ordinary = Object.fromEntries(Object.entries(event).filter(([name]) => !ofKind.test(name))) as Event
    const imported = await this.#import(calendarId, ordinary)
    return { event: imported, losses: [`Google makes no event of this kind here (${kind}): it is an ordinary one now.`] }
  }

  #import(calendarId: string, requestBody: Event): Promise<Event> {
    const parameters = { calendarId, requestBody, conferenceDataVersion: 1, supportsAttachments: true }
    return this.#reading.session.callOnce<Event>(
      'calendar.events.import',
      this.#signal,
      (options) => this.#api.events.import(parameters, options),
      () => this.#withUid(calendarId, requestBody.iCalUID ?? ''),
    )
  }

  #insert(calendarId: string, requestBody: Event): Promise<Event> {
    const parameters = { calendarId, requestBody, conferenceDataVersion: 1, supportsAttachments: true, sendUpdates: 'none' }
    return this.#reading.session.callOnce<Event>(
      'calendar.events.import',
      this.#signal,
      (options) => this.#api.events.insert(parameters, options),
      () => this.#withUid(calendarId, requestBody.iCalUID ?? ''),
    )
  }

  async #withUid(calendarId: string, uid: string): Promise<Event | null> {
    const found = await this.#reading.series(calendarId, uid)
    return found.find(({ status, recurringEventId }) => status !== 'cancelled' && !recurringEventId) ?? null
  }

  /** Makes an occurrence of a series another one, or takes it away. */
  async change(calendarId: string, seriesId: string, exception: Event): Promise<void> {
    const { originalStartTime } = exception
    const originalStart = originalStartTime?.dateTime ?? originalStartTime?.date ?? ''
    const { items } = await this.#reading.session.call<calendar_v3.Schema$Events>(
      'calendar.events.instances',
      this.#signal,
      (options) => this.#api.events.instances({ calendarId, eventId: seriesId, originalStart, showDeleted: true }, options),
    )
    const [instance] = items ?? []
    if (!instance?.id) throw new AppError('unsupported', `The series has no occurrence at ${originalStart}.`)
    const { start, end } = instance
    const times = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) }
    const { recurrence: _, ...body } = { ...times, ...exception }
    await this.update(calendarId, instance.id, body, null)
  }

  /** `etag`: only if it is still this one. @throws AppError for which `isRefusedWith(…, 412)` holds */
  async update(calendarId: string, eventId: string, requestBody: Event, etag: string | null): Promise<void> {
    const parameters = {
      calendarId,
      eventId,
      requestBody,
      conferenceDataVersion: 1,
      supportsAttachments: true,
      sendUpdates: 'none',
    }
    const headers = etag === null ? {} : { headers: { 'If-Match': etag } }
    await this.#reading.session.call<Event>('calendar.events.update', this.#signal, (options) =>
      this.#api.events.update(parameters, { ...options, ...headers }),
    )
  }

  /** Takes a private property away ("Extended properties": a patch with null), and changes nothing else. */
  async withoutProperty(calendarId: string, eventId: string, name: string): Promise<void> {
    const requestBody: object = { extendedProperties: { private: { [name]: null } } }
    await this.#reading.session.call<Event>('calendar.events.patch', this.#signal, (options) =>
      this.#api.events.patch({ calendarId, eventId, requestBody, sendUpdates: 'none' }, options),
    )
  }
}
