/** Adds events to a Google account by `events.import`, each with its UID. What is there stays. */
import { AppError, toAppError } from '../../core/errors.ts'
import type { Collection } from '../../core/items.ts'
import type { CheckOutcome, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { flatName, isFlatBelow } from '../shared/restored-names.ts'
import { whole } from '../shared/whole.ts'
import { failedItem, type WritingSession } from '../shared/writing-session.ts'
import { Calendars } from './calendar.ts'
import { WritingCalendars } from './calendar-writing.ts'
import { isRefusedWith } from './errors.ts'
import { type Event, eventObject } from './event-ical.ts'
import type { Session } from './session.ts'
import {
  type Series,
  seriesOf,
  seriesOfEvents,
  seriesText,
  standing,
  unfinished,
  unfinishedIn,
  unfinishedProperty,
} from './writable-event.ts'

const itemLimit = 64 << 20

interface Open {
  readonly session: Session
  readonly reading: Calendars
  readonly writing: WritingCalendars
  readonly calendars: {
    readonly id: string
    readonly name: string
    readonly zone: string
    readonly isPrimary: boolean
    isTaken: boolean
  }[]
}

interface There {
  /** Null in a dry run, where the calendar is not there. */
  readonly id: string | null
  readonly zone: string
  /** Events by UID; null before it was asked. */
  events: Map<string, Event[]> | null
}

export class CalendarTarget implements Target {
  readonly concurrency = 2
  readonly keepsLabels = false
  readonly #at: WritingSession<Open>
  readonly #places = new Map<TargetPlace, There>()

  constructor(at: WritingSession<Open>) {
    this.#at = at
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#at.open(signal, async (session) => {
      const reading = new Calendars(session, signal)
      const calendars = (await reading.list()).flatMap(({ id, summary, summaryOverride, timeZone, accessRole, primary }) =>
        id && /^(?:owner|writer)$/.test(accessRole ?? '')
          ? [{ id, name: summaryOverride || summary || id, zone: timeZone || 'UTC', isPrimary: primary === true, isTaken: false }]
          : [],
      )
      return { session, reading, writing: new WritingCalendars(reading, signal), calendars }
    })
  }

  get #open(): Open {
    return this.#at.opened
  }

  async ensure({ path, meta = {} }: Collection): Promise<TargetPlace> {
    const { into, dryRun } = this.#at.options
    const { calendars, writing } = this.#open
    const name = flatName(into, path)
    const isPrimary = meta['primary'] === true && into.length === 0
    const known = calendars.find((one) => !one.isTaken && (isPrimary ? one.isPrimary : one.name === name))
    if (known !== undefined) known.isTaken = true
    const text = (member: string) => (typeof meta[member] === 'string' ? meta[member] : null)
    const zone = known?.zone ?? text('zone') ?? calendars.find(({ isPrimary }) => isPrimary)?.zone ?? 'UTC'
    const made = known === undefined && !dryRun ? await writing.createCalendar(name, zone, text('description')) : null
    if (made !== null) calendars.push({ id: made, name, zone, isPrimary: false, isTaken: true })
    const place: TargetPlace = { service: 'calendar', path: [known?.name ?? name], isNew: known === undefined, losses: [] }
    this.#places.set(place, { id: known?.id ?? made, zone, events: known === undefined ? new Map() : null })
    return place
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const there = this.#places.get(place)
    if (there === undefined) throw new AppError('bug', 'The calendar was not made ready.')
    there.events ??= await this.#read(there.id ?? '')
    for (const item of items) {
      signal.throwIfAborted()
      try {
        const bytes = await whole(item.content(), itemLimit)
        const originals = (await item.originals?.()) ?? null
        const outcome = await this.#putOne(there.id, there.events, item, seriesOf(bytes, originals, there.zone))
        await this.#at.again.note(place, outcome, bytes, originals)
        yield outcome
      } catch (error) {
        yield failedItem(item.key, error, signal)
      }
    }
  }

  async #read(calendarId: string): Promise<Map<string, Event[]>> {
    const events: Event[] = []
    for await (const page of this.#open.reading.events(calendarId, null)) events.push(...page.events)
    // Cancelled occurrences name their series only.
    const uids = new Map(events.flatMap(({ id, iCalUID }) => (id && iCalUID ? [[id, iCalUID]] : [])))
    const byUid = Map.groupBy(events, ({ iCalUID, recurringEventId }) => iCalUID || uids.get(recurringEventId ?? '') || '')
    byUid.delete('')
    return byUid
  }

  async #putOne(
    calendarId: string | null,
    there: Map<string, Event[]>,
    item: RestoreItem,
    wanted: Series | null,
  ): Promise<PutOutcome> {
    const { key } = item
    if (wanted === null) throw new AppError('unsupported', 'Google Calendar takes events; this is a task or a journal entry.')
    const known = there.get(wanted.uid)
    if (known === undefined || known.every(({ status }) => status === 'cancelled'))
      return await this.#create(calendarId, there, item, wanted)
    const at = known.find(({ recurringEventId }) => !recurringEventId)?.id ?? ''
    if (unfinishedIn(known) === item.sha256) return await this.#finish(calendarId, at, item, wanted)
    const present = seriesText(seriesOfEvents(wanted.uid, known))
    if (present === seriesText(wanted) || present === seriesText(standing(wanted))) return { key, kind: 'already-there', at }
    return await this.#conflict(calendarId, there, item, wanted, known)
  }

  /** One that a broken restore left without all of its changed occurrences. */
  async #finish(calendarId: string | null, at: string, item: RestoreItem, wanted: Series): Promise<PutOutcome> {
    const { key } = item
    if (this.#at.options.dryRun || calendarId === null)
      return { key, kind: 'created', note: 'It is there in part; what is missing would be added.' }
    const losses = [...wanted.losses, ...(await this.#follow(calendarId, at, wanted))]
    return { key, kind: 'created', at, losses, note: 'It was there in part; what was missing was added.' }
  }

  async #create(
    calendarId: string | null,
    there: Map<string, Event[]>,
    item: RestoreItem,
    wanted: Series,
    note?: string,
  ): Promise<PutOutcome> {
    const noted = note === undefined ? {} : { note }
    if (this.#at.options.dryRun || calendarId === null) return { key: item.key, kind: 'created', ...noted }
    const { writing } = this.#open
    const { master, exceptions, uid } = wanted
    const losses = [...wanted.losses]
    const { master: first } = standing(wanted)
    if (first === null) throw new AppError('unsupported', 'There is nothing left of this event.')
    const { event, losses: more } = await writing.add(calendarId, { ...marked(wanted, first, item), iCalUID: uid })
    there.set(uid, [event])
    losses.push(...more)
    if (master === null) {
      losses.push('It was an occurrence of a series that is not there: it stands alone now.')
      if (exceptions.length > 1) losses.push(`${exceptions.length - 1} more occurrences of that series could not be added.`)
    } else losses.push(...(await this.#follow(calendarId, event.id ?? '', wanted)))
    return { key: item.key, kind: 'created', at: event.id ?? '', losses, ...noted }
  }

  /** The changed occurrences of a series that is there; it is whole after that. @returns what could not be done */
  async #follow(calendarId: string, seriesId: string, { exceptions }: Series): Promise<string[]> {
    if (exceptions.length === 0) return []
    const losses: string[] = []
    for (const exception of exceptions) {
      try {
        await this.#open.writing.change(calendarId, seriesId, exception)
      } catch (error) {
        const { code, message } = toAppError(error)
        if (code !== 'unsupported' && code !== 'not-found') throw error
        losses.push(`An occurrence is as the series has it: ${message}`)
      }
    }
    await this.#open.writing.withoutProperty(calendarId, seriesId, unfinishedProperty)
    return losses
  }

  async #beside(calendarId: string | null, there: Map<string, Event[]>, item: RestoreItem, wanted: Series): Promise<PutOutcome> {
    const uid = `lifeboat-${item.sha256.slice(0, 32)}`
    const beside = { ...wanted, uid, exceptions: wanted.exceptions.map((event) => ({ ...event, iCalUID: uid })) }
    const others = there.get(uid) ?? []
    const other = others.find(({ recurringEventId }) => !recurringEventId) ?? others[0]
    const at = other?.id ?? ''
    if (unfinishedIn(others) === item.sha256) return await this.#finish(calendarId, at, item, beside)
    if (other !== undefined) return { key: item.key, kind: 'already-there', at }
    const note = `Another version of it is there: kept beside it, with the UID ${uid}.`
    return await this.#create(calendarId, there, item, beside, note)
  }

  async #conflict(
    calendarId: string | null,
    there: Map<string, Event[]>,
    item: RestoreItem,
    wanted: Series,
    known: readonly Event[],
  ): Promise<PutOutcome> {
    const { conflict, dryRun, keep } = this.#at.options
    const { key } = item
    if (conflict === 'skip') return { key, kind: 'conflict', reason: 'Another version of it is there.' }
    if (conflict === 'keep-both') return await this.#beside(calendarId, there, item, wanted)
    const master = known.find(({ recurringEventId }) => !recurringEventId)
    if (dryRun) return { key, kind: 'created', note: 'Another version of it is there; it would be kept elsewhere.' }
    if (calendarId === null || !master?.id || wanted.master === null)
      return { key, kind: 'conflict', reason: 'Another version of it is there, which cannot be replaced.' }
    const facts = { zone: 'UTC', defaultReminders: [], user: this.#at.account.id }
    const kept = await keep(`${item.title || 'event'}.ics`, eventObject(known, facts) ?? Buffer.alloc(0))
    try {
      await this.#open.writing.update(calendarId, master.id, marked(wanted, wanted.master, item), master.etag ?? null)
    } catch (error) {
      if (!isRefusedWith(error, 412)) throw error
      return { key, kind: 'conflict', reason: 'It was changed at the target at this moment.' }
    }
    const losses = [...wanted.losses, ...(await this.#follow(calendarId, master.id, wanted))]
    return { key, kind: 'created', at: master.id, losses, note: `The version that was there lies in ${kept} now.` }
  }

  async *check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    const id = this.#places.get(place)?.id ?? null
    if (id !== null) yield* this.#at.again.of(place, id, signal)
  }

  async discard(paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (!this.#at.isOpen) await this.open([], signal)
    const wanted = new Set(paths.map((path) => path.join('/')).filter((name) => isFlatBelow(name, this.#at.options.into)))
    for (const { id, name } of this.#open.calendars) if (wanted.has(name)) await this.#open.writing.deleteCalendar(id)
  }

  async close(): Promise<void> {
    this.#at.close()
  }
}

/** Noted as unfinished where changed occurrences follow it. */
function marked({ master, exceptions }: Series, first: Event, { sha256 }: RestoreItem): Event {
  return master !== null && exceptions.length > 0 ? unfinished(first, sha256) : first
}
