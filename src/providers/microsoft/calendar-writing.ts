/** What a restore writes to Outlook's calendars. Nobody is sent an invitation: events are made without those who were invited. */
import { randomUUID } from 'node:crypto'
import type { Calendar, Event } from '@microsoft/microsoft-graph-types'
import { AppError, toAppError } from '../../core/errors.ts'
import { addAttachment, largestAttachment, missingAttachments, type NewAttachment } from './attachments.ts'
import type { Calendars } from './calendar.ts'
import { wholeDay } from './graph-time.ts'
import type { IcalEvents } from './ical-event.ts'
import { send, sendOnce } from './writing.ts'

const day = 86_400_000

export class WritingCalendars {
  readonly #reading: Calendars
  readonly #signal: AbortSignal

  constructor(reading: Calendars, signal: AbortSignal) {
    this.#reading = reading
    this.#signal = signal
  }

  /** @returns its id */
  async createCalendar(name: string): Promise<string> {
    const { session } = this.#reading
    const path = `${session.me}/calendars`
    const made = await sendOnce<Calendar>(session, 'outlook', 'POST', path, { name }, this.#signal, async () => {
      const found = (await this.#reading.list()).find(({ calendar }) => calendar.name === name)
      return found?.calendar ?? null
    })
    if (made.id) return made.id
    throw new AppError('suspicious', "Microsoft's answer to a new calendar is not as documented.")
  }

  async deleteCalendar(id: string): Promise<void> {
    const { session } = this.#reading
    await send(session, 'outlook', 'DELETE', `${session.me}/calendars/${encodeURIComponent(id)}`, null, this.#signal)
  }

  /** Without what hangs on it. @param arrived looks whether it is there @returns its id */
  async add(calendar: string, event: Event, arrived: () => Promise<Event | null>): Promise<string> {
    const { session } = this.#reading
    // "A custom identifier to avoid redundant POST operations in case of client retries."
    const body = { ...event, transactionId: randomUUID() }
    const made = await sendOnce<Event>(session, 'outlook', 'POST', this.#events(calendar), body, this.#signal, arrived)
    return made.id ?? ''
  }

  async update(calendar: string, id: string, event: Event): Promise<void> {
    await send(this.#reading.session, 'outlook', 'PATCH', this.#event(calendar, id), event, this.#signal)
  }

  /** @param present what was there of it before; null: nothing @returns what could not be done */
  async changeOccurrences(
    calendar: string,
    id: string,
    { exceptions, cancelled }: IcalEvents,
    present: Event | null,
  ): Promise<string[]> {
    const losses: string[] = []
    const tried = async (work: () => Promise<readonly string[]>) => {
      try {
        losses.push(...(await work()))
      } catch (error) {
        const { code, message } = toAppError(error)
        if (code !== 'unsupported' && code !== 'not-found') throw error
        losses.push(`An occurrence is as the series has it: ${message}`)
      }
    }
    for (const { originalStart, event, attachments } of exceptions)
      await tried(async () => {
        const changed = present?.exceptionOccurrences?.find((one) => isAt(one, originalStart))
        const occurrence = changed?.id ?? (await this.#occurrence(calendar, id, originalStart))
        const { recurrence: _, ...changes } = event
        await this.update(calendar, occurrence, changes)
        return await this.attach(calendar, occurrence, attachments, changed !== undefined)
      })
    const isCancelled = (start: string) =>
      (present?.cancelledOccurrences ?? []).some((name) => name.endsWith(`.${start.slice(0, 10)}`))
    for (const originalStart of cancelled.filter((start) => !isCancelled(start)))
      await tried(async () => {
        const occurrence = await this.#occurrence(calendar, id, originalStart)
        await send(this.#reading.session, 'outlook', 'DELETE', this.#event(calendar, occurrence), null, this.#signal)
        return []
      })
    return losses
  }

  /** @throws AppError `unsupported` where the series does not come then */
  async #occurrence(calendar: string, id: string, originalStart: string): Promise<string> {
    const at = Date.parse(originalStart)
    const [startDateTime, endDateTime] = [at - day, at + day].map((ms) => new Date(ms).toISOString())
    const window = new URLSearchParams({ startDateTime: startDateTime ?? '', endDateTime: endDateTime ?? '' })
    const path = `${this.#event(calendar, id)}/instances?${window}&$top=50`
    for await (const { value } of this.#reading.session.pages<Event>('outlook', path, this.#signal)) {
      const found = value.find((one) => isAt(one, originalStart))
      if (found?.id) return found.id
    }
    throw new AppError('unsupported', `The series has no occurrence at ${originalStart}.`)
  }

  /** @param isDoubtful some may be there already @returns what could not be done */
  async attach(calendar: string, id: string, attachments: readonly NewAttachment[], isDoubtful: boolean): Promise<string[]> {
    const losses: string[] = []
    const { session } = this.#reading
    const missing =
      isDoubtful && attachments.length > 0
        ? await missingAttachments(session, this.#event(calendar, id), attachments, attachments, this.#signal)
        : attachments
    for (const attachment of missing) {
      const { name, octets } = attachment
      if (octets.length > largestAttachment) losses.push(`The attachment ${name} is too large to be added again.`)
      // "POST /me/events/{id}/attachments/createUploadSession" knows no calendars.
      else await addAttachment(session, `${session.me}/events/${encodeURIComponent(id)}`, attachment, attachments, this.#signal)
    }
    return losses
  }

  #events(calendar: string): string {
    return `${this.#reading.session.me}/calendars/${encodeURIComponent(calendar)}/events`
  }

  #event(calendar: string, id: string): string {
    return `${this.#events(calendar)}/${encodeURIComponent(id)}`
  }
}

function isAt({ originalStart, isAllDay }: Event, at: string): boolean {
  if (isAllDay === true) return wholeDay(originalStart ?? '', null) === at.slice(0, 10)
  return Date.parse(originalStart ?? '') === Date.parse(at)
}
