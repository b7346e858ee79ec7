/** Adds events to an Outlook account. What is there stays. */
import type { Event } from '@microsoft/microsoft-graph-types'
import { AppError } from '../../core/errors.ts'
import type { Collection } from '../../core/items.ts'
import type { CheckOutcome, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { saySame } from '../../formats/item-text.ts'
import { flatName, isFlatBelow } from '../shared/restored-names.ts'
import { whole } from '../shared/whole.ts'
import { failedItem, type WritingSession } from '../shared/writing-session.ts'
import { Calendars } from './calendar.ts'
import { WritingCalendars } from './calendar-writing.ts'
import { checksumProperty, notedIn, uidProperty } from './contact-fields.ts'
import { eventObject } from './event-ical.ts'
import { type IcalEvents, icalEvents, type NewEvent } from './ical-event.ts'
import type { Session } from './session.ts'

const itemLimit = 96 << 20

interface Known {
  readonly id: string
  readonly name: string
  readonly isPrimary: boolean
  /** Something is restored into it, or it cannot be written. */
  isTaken: boolean
}

interface Open {
  readonly session: Session
  readonly reading: Calendars
  readonly writing: WritingCalendars
  readonly calendars: Known[]
}

interface There {
  /** Null in a dry run, where the calendar is not there. */
  readonly id: string | null
  /** Events by UID; null before it was asked. */
  events: Map<string, Event> | null
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
      const calendars = (await reading.list()).flatMap(({ calendar: { id, name, canEdit, isDefaultCalendar } }) =>
        id ? [{ id, name: name ?? '', isPrimary: isDefaultCalendar === true, isTaken: canEdit === false }] : [],
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
    const isPrimary = meta['primary'] === true && into.length === 0
    const primary = isPrimary ? calendars.find((one) => !one.isTaken && one.isPrimary) : undefined
    const name = freeName(flatName(into, path), calendars)
    const free = calendars.filter((one) => !one.isTaken && isSameName(one.name, name))
    const known = primary ?? free.find((one) => one.name === name) ?? free[0]
    if (known !== undefined) known.isTaken = true
    const made = known === undefined && !dryRun ? await writing.createCalendar(name) : null
    if (made !== null) calendars.push({ id: made, name, isPrimary: false, isTaken: true })
    const place: TargetPlace = {
      service: 'calendar',
      path: [known?.name ?? name],
      isNew: known === undefined,
      losses: [ownIdentifier],
    }
    this.#places.set(place, { id: known?.id ?? made, events: known === undefined ? new Map() : null })
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
        const outcome = await this.#putOne(there.id, there.events, item, bytes)
        await this.#at.again.note(place, outcome, bytes, null)
        yield outcome
      } catch (error) {
        yield failedItem(item.key, error, signal)
      }
    }
  }

  async #read(calendar: string): Promise<Map<string, Event>> {
    const found = new Map<string, Event>()
    for await (const page of this.#open.reading.events(calendar, null))
      for (const event of page) found.set(notedIn(event).uid || (event.iCalUId ?? ''), event)
    found.delete('')
    return found
  }

  async #putOne(calendar: string | null, there: Map<string, Event>, item: RestoreItem, bytes: Uint8Array): Promise<PutOutcome> {
    const { key } = item
    const wanted = icalEvents(bytes)
    if (wanted === null) throw new AppError('unsupported', 'Outlook takes events; this is a task or a journal entry.')
    const known = there.get(wanted.uid)
    if (known === undefined || calendar === null) return await this.#create(calendar, there, item, wanted)
    const at = known.id ?? ''
    if (notedIn(known).sha256 === item.sha256) return { key, kind: 'already-there', at }
    if (notedIn(known).sha256 === unfinished(item.sha256)) return await this.#finish(calendar, at, item, wanted, wanted.uid)
    const present = await this.#open.reading.event(calendar, at)
    const object = eventObject({ master: present, exceptions: present.exceptionOccurrences ?? [] })
    if (saySame(object, bytes)) return { key, kind: 'already-there', at }
    return await this.#conflict(calendar, there, item, wanted, { id: at, object, event: present })
  }

  /** One that a broken restore left without all that hangs on it. */
  async #finish(calendar: string, at: string, item: RestoreItem, wanted: IcalEvents, uid: string): Promise<PutOutcome> {
    const { key } = item
    if (this.#at.options.dryRun) return { key, kind: 'created', note: 'It is there in part; what is missing would be added.' }
    const present = await this.#open.reading.event(calendar, at)
    const losses = await this.#follow(calendar, at, item, wanted, uid, present)
    return { key, kind: 'created', at, losses, note: 'It was there in part; what was missing was added.' }
  }

  async #create(
    calendar: string | null,
    there: Map<string, Event>,
    item: RestoreItem,
    wanted: IcalEvents,
    note?: string,
    uid = wanted.uid,
  ): Promise<PutOutcome> {
    const noted = note === undefined ? {} : { note }
    if (this.#at.options.dryRun || calendar === null) return { key: item.key, kind: 'created', ...noted }
    const { writing } = this.#open
    const first = wanted.master ?? wanted.exceptions[0]
    if (first === undefined) throw new AppError('unsupported', 'There is nothing left of this event.')
    const event = await withOriginal(first, item, notes(wanted, item, uid))
    const id = await writing.add(calendar, event, async () => {
      const found = await this.#read(calendar)
      return found.get(uid) ?? null
    })
    const losses = await this.#follow(calendar, id, item, wanted, uid, null)
    there.set(uid, { ...event, id, singleValueExtendedProperties: noting(uid, item.sha256) })
    return { key: item.key, kind: 'created', at: id, losses, ...noted }
  }

  /** What hangs on an event that is there, and its occurrences; the event is noted as whole after that. @returns what is lost */
  async #follow(
    calendar: string,
    id: string,
    item: RestoreItem,
    wanted: IcalEvents,
    uid: string,
    present: Event | null,
  ): Promise<string[]> {
    const { writing } = this.#open
    const losses = [...wanted.losses, ...lossesOf(wanted)]
    losses.push(...(await writing.attach(calendar, id, attachmentsOf(wanted), present !== null)))
    if (wanted.master === null) {
      losses.push('It was an occurrence of a series that is not there: it stands alone now.')
      if (wanted.exceptions.length > 1)
        losses.push(`${wanted.exceptions.length - 1} more occurrences of that series could not be added.`)
    } else losses.push(...(await writing.changeOccurrences(calendar, id, wanted, present)))
    if (hasMore(wanted)) await writing.update(calendar, id, { singleValueExtendedProperties: noting(uid, item.sha256) })
    return losses
  }

  async #conflict(
    calendar: string,
    there: Map<string, Event>,
    item: RestoreItem,
    wanted: IcalEvents,
    present: { readonly id: string; readonly object: Buffer; readonly event: Event },
  ): Promise<PutOutcome> {
    const { conflict, dryRun, keep } = this.#at.options
    const { key } = item
    if (conflict === 'skip') return { key, kind: 'conflict', reason: 'Another version of it is there.' }
    if (conflict === 'keep-both') {
      const uid = `lifeboat-${item.sha256.slice(0, 32)}`
      const other = there.get(uid)
      if (other !== undefined && notedIn(other).sha256 === unfinished(item.sha256))
        return await this.#finish(calendar, other.id ?? '', item, wanted, uid)
      if (other !== undefined) return { key, kind: 'already-there', at: other.id ?? '' }
      return await this.#create(calendar, there, item, wanted, 'Another version of it is there: kept beside it.', uid)
    }
    if (dryRun) return { key, kind: 'created', note: 'Another version of it is there; it would be kept elsewhere.' }
    if (wanted.master === null)
      return { key, kind: 'conflict', reason: 'Another version of it is there, which cannot be replaced.' }
    const kept = await keep(`${item.title || 'event'}.ics`, present.object)
    const { writing } = this.#open
    await writing.update(calendar, present.id, await withOriginal(wanted.master, item, notes(wanted, item, wanted.uid)))
    const losses = await this.#follow(calendar, present.id, item, wanted, wanted.uid, present.event)
    return { key, kind: 'created', at: present.id, losses, note: `The version that was there lies in ${kept} now.` }
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

/** Names of calendars are taken once each ("ErrorFolderExists"). */
function freeName(wanted: string, calendars: readonly Known[]): string {
  const isTaken = (name: string) => calendars.some((one) => one.isTaken && isSameName(one.name, name))
  let name = wanted
  for (let n = 2; isTaken(name); n++) name = `${wanted} (${n})`
  return name
}

/** For Exchange. */
function isSameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}

const ownIdentifier =
  'Outlook gives every event an identifier of its own (iCalUId). Its UID is noted in the event, where only Lifeboat looks: an update that its organiser sends will not find it.'

function lossesOf({ master, exceptions }: IcalEvents): string[] {
  const people = new Set(
    [master, ...exceptions].flatMap((one) => one?.invited ?? []).map(({ emailAddress }) => emailAddress?.address),
  )
  return people.size === 0
    ? []
    : [`${people.size === 1 ? 'One guest was' : `${people.size} guests were`} left out: Microsoft would send an invitation.`]
}

const exact = ['body', 'location', 'locations', 'responseRequested'] as const satisfies readonly (keyof Event)[]

/** With what Graph once said of it and a calendar cannot say, and with where it came from. */
async function withOriginal(
  { event }: NewEvent,
  item: RestoreItem,
  singleValueExtendedProperties: Event['singleValueExtendedProperties'] & object,
): Promise<Event> {
  const original = ((await item.originals?.()) ?? []).find((one) => 'iCalUId' in one) as Event | undefined
  const kept = exact.flatMap((name) => (original?.[name] ? [[name, original[name]]] : []))
  const recurrence = recurrenceLike(original?.recurrence, event.recurrence)
  return { ...event, ...(Object.fromEntries(kept) as Event), ...recurrence, singleValueExtendedProperties }
}

/** "The value … must be the same as the value of the start property": where the series begins, and in which zone, as it is made. */
function recurrenceLike(original: Event['recurrence'], made: Event['recurrence']): Pick<Event, 'recurrence'> {
  if (!original?.range || !made?.range) return {}
  const { startDate = null, recurrenceTimeZone = null } = made.range
  return { recurrence: { ...original, range: { ...original.range, startDate, recurrenceTimeZone } } }
}

/** Until its attachments and occurrences have followed. */
function unfinished(sha256: string): string {
  return `unfinished ${sha256}`
}

function attachmentsOf({ master, exceptions }: IcalEvents): NewEvent['attachments'] {
  return (master ?? exceptions[0])?.attachments ?? []
}

/** Something follows the event itself. */
function hasMore(wanted: IcalEvents): boolean {
  const { master, exceptions, cancelled } = wanted
  return attachmentsOf(wanted).length > 0 || (master !== null && exceptions.length + cancelled.length > 0)
}

function notes(wanted: IcalEvents, { sha256 }: RestoreItem, uid: string): Event['singleValueExtendedProperties'] & object {
  return noting(uid, hasMore(wanted) ? unfinished(sha256) : sha256)
}

function noting(uid: string, sha256: string): Event['singleValueExtendedProperties'] & object {
  return [
    { id: uidProperty, value: uid },
    { id: checksumProperty, value: sha256 },
  ]
}
