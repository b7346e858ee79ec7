/** Google's calendars: each event with all that belongs to its series is one item. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Census, Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { readCursor } from '../shared/cursor.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { Calendars } from './calendar.ts'
import { type CalendarFacts, type Event, eventObject } from './event-ical.ts'
import { SeriesScratch } from './series-scratch.ts'
import { sessionOf } from './session.ts'

/** What is known of one calendar in this run. */
interface Known {
  facts: CalendarFacts
}

const cursorSchema = z.object({
  syncToken: z.string().min(1),
  /** Changes with the default reminders and the zone, which are part of every event. */
  facts: z.string(),
})

type CursorData = Readonly<z.infer<typeof cursorSchema>>

/** The version of the conversion: a better one makes every event anew. */
const conversion = '2'

export class CalendarSource implements Source {
  readonly concurrency = 2
  readonly #account: Account
  readonly #context: Context
  readonly #calendars = new OnceOpen<Calendars>()
  readonly #known = new Map<string, Known>()
  readonly #listed = new SeriesScratch()
  /** Calendars that cannot be read. */
  #closed = 0

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const calendars = await this.#open(signal)
    let closed = 0
    for (const entry of await calendars.list()) {
      if (!entry.id || entry.deleted === true) continue
      const name = entry.summaryOverride || entry.summary || entry.id
      const isReadable = entry.accessRole !== 'freeBusyReader'
      if (!isReadable) closed++
      yield {
        ...{ service: 'calendar', key: entry.id, path: [name], meta: metaOf(entry) },
        originals: [entry],
        ...(isReadable ? {} : { skipped: 'Its owner shows only when there is something, not what.' }),
      }
      this.#known.set(entry.id, { facts: this.#factsOf(calendars, entry.timeZone, entry.defaultReminders) })
    }
    this.#closed = closed
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const calendars = await this.#open(signal)
    const known = await this.#calendar(c, signal)
    if (since === null) yield* this.#everything(calendars, c.key, known)
    else yield* this.#since(calendars, c.key, known, readCursor(cursorSchema, since))
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const calendars = await this.#open(signal)
    const known = await this.#calendar(c, signal)
    for (const { key } of items) {
      signal.throwIfAborted()
      yield await this.#fetchOne(calendars, c.key, known, key)
    }
  }

  /** Google counts no events. */
  async census(): Promise<readonly Census[]> {
    const apart = [{ count: this.#closed, reason: 'whose owner shows only when there is something, not what' }]
    const collections = [...this.#known.keys()]
    return [{ what: 'calendars', counted: this.#known.size, collections, of: 'collections', apart }]
  }

  async close(): Promise<void> {
    const calendars = await this.#calendars.opened()
    calendars?.session.close()
    this.#listed[Symbol.dispose]()
  }

  #open(signal: AbortSignal): Promise<Calendars> {
    return this.#calendars.open(async () => new Calendars(await sessionOf(this.#account, this.#context), signal))
  }

  async #calendar({ key, path }: Collection, signal: AbortSignal): Promise<Known> {
    if (!this.#known.has(key)) for await (const _ of this.collections(signal));
    const known = this.#known.get(key)
    if (known !== undefined) return known
    throw new AppError('not-found', `The calendar ${path.join('/')} is no longer there.`)
  }

  #factsOf(
    { session }: Calendars,
    zone: string | null | undefined,
    reminders: CalendarFacts['defaultReminders'] | undefined,
  ): CalendarFacts {
    return { zone: zone || 'UTC', defaultReminders: reminders ?? [], user: session.settings.user ?? this.#account.id }
  }

  async *#everything(calendars: Calendars, id: string, known: Known): AsyncGenerator<Change> {
    let syncToken: string | null = null
    this.#listed.clear(id)
    for await (const page of calendars.events(id, null)) {
      known.facts = this.#factsOf(calendars, page.zone ?? known.facts.zone, page.defaultReminders)
      for (const event of page.events) {
        const key = seriesKey(event)
        if (key !== null) this.#listed.add(id, key, event)
      }
      syncToken = page.syncToken
    }
    for (const key of this.#listed.keys(id)) {
      const events = this.#listed.events(id, key) ?? []
      if (isAlive(events)) yield { kind: 'item', item: itemOf(key, events, known.facts) }
    }
    yield { kind: 'all-listed' }
    yield* checkpoint(syncToken, known)
  }

  async *#since(calendars: Calendars, id: string, known: Known, cursor: CursorData): AsyncGenerator<Change> {
    const changed = new Map<string, string | null>()
    let syncToken: string | null = null
    for await (const page of calendars.events(id, cursor.syncToken)) {
      known.facts = this.#factsOf(calendars, page.zone ?? known.facts.zone, page.defaultReminders)
      for (const event of page.events) {
        const key = seriesKey(event)
        if (key !== null) changed.set(key, event.iCalUID ?? changed.get(key) ?? null)
      }
      syncToken = page.syncToken
    }
    if (cursor.facts !== factsText(known.facts)) {
      throw new AppError(
        'cursor-expired',
        'The reminders or the zone of the calendar have changed, so all events are listed again.',
      )
    }
    for (const [key, uid] of changed) {
      const events = await seriesOf(calendars, id, key, uid)
      this.#listed.drop(id, key)
      for (const event of events) this.#listed.add(id, key, event)
      if (isAlive(events)) yield { kind: 'item', item: itemOf(key, events, known.facts) }
      else yield { kind: 'removed', key }
    }
    yield* checkpoint(syncToken, known)
  }

  async #fetchOne(calendars: Calendars, id: string, known: Known, key: string): Promise<Fetched> {
    try {
      const events = this.#listed.events(id, key) ?? (await seriesOf(calendars, id, key, null))
      this.#listed.drop(id, key)
      const content = eventObject(events, known.facts)
      if (content !== null) return { key, content, originals: events }
      return { key, error: new AppError('not-found', 'The event is not there any more.') }
    } catch (error) {
      if (error instanceof AppError && hasCode(error, 'not-found', 'unsupported', 'permission')) return { key, error }
      throw error
    }
  }
}

/** Everything that belongs to the series `key`; nothing where it is gone. `uid`: where it is known. */
async function seriesOf(calendars: Calendars, id: string, key: string, uid: string | null): Promise<readonly Event[]> {
  const known = uid ?? (await masterUid(calendars, id, key))
  if (known === null) return []
  const events = await calendars.series(id, known)
  return events.filter((event) => seriesKey(event) === key)
}

async function masterUid(calendars: Calendars, id: string, key: string): Promise<string | null> {
  try {
    return (await calendars.event(id, key)).iCalUID ?? null
  } catch (error) {
    if (hasCode(error, 'not-found', 'cursor-expired')) return null
    throw error
  }
}

function seriesKey({ id, recurringEventId }: Event): string | null {
  return recurringEventId ?? id ?? null
}

function tagOf({ id, etag, updated }: Event): string {
  return `${id} ${etag ?? updated ?? ''}`
}

/** A cancelled occurrence alone is no event. */
function isAlive(events: readonly Event[]): boolean {
  return events.some(({ status }) => status !== 'cancelled')
}

function itemOf(key: string, events: readonly Event[], facts: CalendarFacts): Item {
  const tags = events.map(tagOf)
  const title = events.find(({ summary }) => summary)?.summary
  const version = hash('sha256', JSON.stringify([conversion, tags.sort(), factsText(facts)]), 'hex').slice(0, 32)
  return { key, version, meta: {}, ...(title ? { title } : {}) }
}

function factsText({ zone, defaultReminders }: CalendarFacts): string {
  return JSON.stringify([zone, defaultReminders.map(({ method, minutes }) => [method, minutes])])
}

function* checkpoint(syncToken: string | null, { facts }: Known): Generator<Change> {
  // Without a token everything is listed again next time.
  const cursor: CursorData = { syncToken: syncToken ?? '', facts: factsText(facts) }
  yield { kind: 'checkpoint', cursor: JSON.stringify(cursor) }
}

interface ListEntry {
  readonly description?: string | null
  readonly backgroundColor?: string | null
  readonly timeZone?: string | null
  readonly accessRole?: string | null
  readonly primary?: boolean | null
}

/** Shared and subscribed calendars are told by the role that the person has in them. */
function metaOf({ description, backgroundColor, timeZone, accessRole, primary }: ListEntry): JsonObject {
  const meta = { description, colour: backgroundColor, zone: timeZone, access: accessRole, primary }
  return Object.fromEntries(Object.entries(meta).filter((entry): entry is [string, string | boolean] => Boolean(entry[1])))
}
