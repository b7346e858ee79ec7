/** Outlook's calendars: each event with all that belongs to its series is one item. */
import { hash } from 'node:crypto'
import type { Event } from '@microsoft/microsoft-graph-types'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { ScratchMap } from '../shared/scratch.ts'
import { Calendars, type GroupedCalendar } from './calendar.ts'
import { Endless, ServerFault } from './errors.ts'
import { eventObject } from './event-ical.ts'
import { cursorOf, type LinkCursor, linkCheckpoint } from './link-cursor.ts'
import { sessionOf } from './session.ts'

const atOnce = 4
/** More are dearer to look at one by one than to list everything. */
const mostTouched = 500
/** The delta knows a window of some years only: now and then everything is listed, which downloads only what is new. */
const listedAnewAfter = 7 * 86_400_000
/** Clocks differ. */
const slack = 10 * 60_000
/** The version of the conversion: a better one makes every event anew. */
const conversion = '2'

export class CalendarSource implements Source {
  readonly concurrency = atOnce
  readonly #account: Account
  readonly #context: Context
  readonly #calendars = new OnceOpen<Calendars>()
  /** JSON of events that the listing of this run gave whole, by calendar and id. */
  readonly #kept = new ScratchMap<string>()

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const calendars = await this.#open(signal)
    for (const { calendar, group } of await calendars.list()) {
      const name = calendar.name || 'Calendar'
      yield {
        ...{ service: 'calendar', key: calendar.id ?? '', path: group === null ? [name] : [group, name] },
        ...{ meta: metaOf({ calendar, group }, calendars.session.settings.user), originals: [calendar] },
      }
    }
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const calendars = await this.#open(signal)
    const now = this.#context.clock.now()
    if (since === null) yield* this.#everything(calendars, c.key, now)
    else yield* this.#since(calendars, c.key, cursorOf(since, now, listedAnewAfter), now)
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const calendars = await this.#open(signal)
    yield* inParallel(items, atOnce, ({ key }) => this.#fetchOne(calendars, c.key, key), signal, octetsHeld)
  }

  async close(): Promise<void> {
    const calendars = await this.#calendars.opened()
    calendars?.session.close()
    this.#kept[Symbol.dispose]()
  }

  #open(signal: AbortSignal): Promise<Calendars> {
    return this.#calendars.open(async () => new Calendars(await sessionOf(this.#account, this.#context), signal))
  }

  async *#everything(calendars: Calendars, calendar: string, now: Date): AsyncGenerator<Change> {
    // What comes between this and the list is told by the next delta.
    const link = await firstLink(calendars, calendar, now)
    for await (const page of calendars.events(calendar, null)) {
      for (const event of page) {
        if (!event.id || isPart(event)) continue
        if (isWhole(event)) this.#kept.set(`${calendar} ${event.id}`, JSON.stringify(event))
        yield { kind: 'item', item: itemOf(event.id, event) }
      }
    }
    yield { kind: 'all-listed' }
    yield linkCheckpoint({ link, listed: now.toISOString() })
  }

  async *#since(calendars: Calendars, calendar: string, cursor: LinkCursor, now: Date): AsyncGenerator<Change> {
    const { touched, link } = await calendars.hint(calendar, cursor.link, now).catch((error: unknown) => {
      throw error instanceof Endless ? new AppError('cursor-expired', `${error.message} All events are listed again.`) : error
    })
    const next = { ...cursor, link: link ?? '', at: now.toISOString() }
    if (touched.length > mostTouched) throw new AppError('cursor-expired', 'Much has changed, so all events are listed again.')
    if (touched.length > 0) {
      const keys = new Set(touched)
      const from = new Date(Date.parse(cursor.at ?? cursor.listed) - slack)
      for await (const page of calendars.events(calendar, from)) for (const { id } of page) if (id) keys.add(id)
      const series = yield* this.#heads(calendars, calendar, [...keys])
      yield* this.#heads(
        calendars,
        calendar,
        [...series].filter((id) => !keys.has(id)),
      )
    }
    yield linkCheckpoint(next)
  }

  /** @returns the series that some of them are a part of: Microsoft does not always say so itself */
  async *#heads(calendars: Calendars, calendar: string, keys: readonly string[]): AsyncGenerator<Change, Set<string>> {
    const series = new Set<string>()
    for (const [n, answer] of (await calendars.heads(calendar, keys)).entries()) {
      const key = keys[n] ?? ''
      if ('body' in answer) {
        this.#kept.delete(`${calendar} ${key}`)
        if (!isPart(answer.body)) yield { kind: 'item', item: itemOf(key, answer.body) }
        else if (answer.body.seriesMasterId) series.add(answer.body.seriesMasterId)
      } else if (hasCode(answer.error, 'not-found')) yield { kind: 'removed', key }
      else throw answer.error
    }
    return series
  }

  async #fetchOne(calendars: Calendars, calendar: string, key: string): Promise<Fetched> {
    const kept = this.#kept.get(`${calendar} ${key}`)
    try {
      const event = kept === undefined ? await calendars.event(calendar, key) : (JSON.parse(kept) as Event)
      if (kept !== undefined) this.#kept.delete(`${calendar} ${key}`)
      return { key, content: eventObject({ master: event, exceptions: event.exceptionOccurrences ?? [] }), originals: [event] }
    } catch (error) {
      if (hasCode(error, 'not-found', 'unsupported', 'permission')) return { key, error: toAppError(error) }
      throw error
    }
  }
}

/** '' where Microsoft tells no changes of this calendar: it is listed each time then. */
async function firstLink(calendars: Calendars, calendar: string, now: Date): Promise<string> {
  try {
    return (await calendars.hint(calendar, null, now)).link ?? ''
  } catch (error) {
    // "Get incremental changes to events in a calendar view" promises it of the main calendar alone, and of some it does not end.
    if (error instanceof ServerFault || error instanceof Endless || hasCode(error, 'unsupported', 'permission', 'not-found'))
      return ''
    throw error
  }
}

function isPart({ type }: Event): boolean {
  return type === 'occurrence' || type === 'exception'
}

/** Nothing hangs on it that has to be asked for. */
function isWhole({ type, hasAttachments }: Event): boolean {
  return type === 'singleInstance' && hasAttachments !== true
}

function itemOf(key: string, { changeKey, lastModifiedDateTime, subject }: Event): Item {
  const version = hash('sha256', JSON.stringify([conversion, changeKey ?? lastModifiedDateTime]), 'hex').slice(0, 32)
  return { key, version, meta: {}, ...(subject ? { title: subject } : {}) }
}

/** A calendar of somebody else's is told by its owner. */
function metaOf({ calendar, group }: GroupedCalendar, user: string | undefined): JsonObject {
  const { hexColor, isDefaultCalendar, canEdit, owner } = calendar
  const address = owner?.address ?? ''
  const isShared = address !== '' && user !== undefined && address.toLowerCase() !== user.toLowerCase()
  const meta = {
    ...{ colour: hexColor, primary: isDefaultCalendar, group, owner: isShared ? address : null },
    access: canEdit === false ? 'reader' : isShared ? 'writer' : 'owner',
    ...(isShared ? { shared: true } : {}),
  }
  return Object.fromEntries(Object.entries(meta).filter((entry): entry is [string, string | boolean] => Boolean(entry[1])))
}
