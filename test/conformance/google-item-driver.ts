import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { eventObject } from '../../src/providers/google/event-ical.ts'
import { personCard } from '../../src/providers/google/person-card.ts'
import { google } from '../../src/providers/google/provider.ts'
import type { Calendar, Event } from '../emulators/google/calendar-store.ts'
import { isWriting } from '../emulators/google/google.ts'
import type { Book, Person } from '../emulators/google/people-store.ts'
import { type GoogleAccount, startGoogleAccount } from '../fixtures/google-account.ts'
import { type Handle, type ItemDriver, sha256 } from './item-driver.ts'

const day = 86_400_000

/** @throws when a backup sent anything that could change the account */
export async function stopEmulator({ emulator }: GoogleAccount): Promise<void> {
  await emulator.stop()
  const writing = emulator.requests.filter(isWriting)
  if (writing.length > 0) throw new Error(`A backup sent ${writing.map(({ http, path }) => `${http} ${path}`).join(', ')}`)
}

/** What stands in one of the suite's cards or events. */
function textsOf(content: Buffer): { readonly uid: string; readonly text: string } {
  const unfolded = content.toString('utf8').replaceAll('\r\n ', '')
  const value = (name: RegExp) => name.exec(unfolded)?.[1] ?? ''
  return { uid: value(/\r\nUID:(.*)\r\n/), text: value(/\r\n(?:NOTE|DESCRIPTION):(.*)\r\n/) }
}

export async function startGoogleContactsDriver(): Promise<ItemDriver> {
  return new ContactsDriver(await startGoogleAccount({}, {}, ['contacts']))
}

class ContactsDriver implements ItemDriver {
  readonly provider = google
  readonly service = 'contacts'
  readonly account: Account
  readonly context: Context
  readonly isIncremental = true
  /** Google has these two books and no others. */
  readonly names = { Home: 'Contacts', Work: 'Other contacts' }
  readonly #google: GoogleAccount

  constructor(account: GoogleAccount) {
    this.#google = account
    this.account = account.account
    this.context = account.context
  }

  async add(collection: string, content: Buffer): Promise<Handle> {
    const { people } = this.#google.user
    // Google keeps no notes of other contacts.
    const { biographies: _, ...nameOnly } = personOf(content)
    return collection === 'Work' ? people.add(nameOnly, people.others) : people.add(personOf(content))
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    this.#google.user.people.edit(handle, personOf(content))
  }

  async remove(handle: Handle): Promise<void> {
    this.#google.user.people.delete(handle)
  }

  async expireCursors(): Promise<void> {
    this.#google.emulator.advance(8 * day)
  }

  async poison(handle: Handle): Promise<void> {
    this.#google.user.people.unavailable.add(handle)
  }

  async heal(): Promise<void> {
    this.#google.user.people.unavailable.clear()
  }

  /** The conversion has tests of its own: here it tells what should have arrived. */
  async contents(): Promise<Record<string, string[]>> {
    const { people } = this.#google.user
    const sums = (book: Book) =>
      people.living(book).map((person) => sha256(personCard(person, { groups: new Map(), photos: [] })))
    return { Contacts: sums(people.connections).sort(), 'Other contacts': sums(people.others).sort() }
  }

  stop(): Promise<void> {
    return stopEmulator(this.#google)
  }
}

function personOf(content: Buffer): Person {
  const { uid, text } = textsOf(content)
  const names = [{ displayName: `${uid} Zoë`, familyName: uid, givenName: 'Zoë' }]
  return { names, ...(text === '' ? {} : { biographies: [{ value: text, contentType: 'TEXT_PLAIN' }] }) }
}

export async function startGoogleCalendarDriver(): Promise<ItemDriver> {
  return new CalendarDriver(await startGoogleAccount({}, {}, ['calendar']))
}

class CalendarDriver implements ItemDriver {
  readonly provider = google
  readonly service = 'calendar'
  readonly account: Account
  readonly context: Context
  readonly isIncremental = true
  readonly #google: GoogleAccount
  readonly #calendarOf = new Map<Handle, Calendar>()
  #count = 0

  constructor(account: GoogleAccount) {
    this.#google = account
    this.account = account.account
    this.context = account.context
  }

  async addCollection(name: string): Promise<void> {
    this.#google.user.calendar.add(`c${++this.#count}@group.calendar.google.com`, { summary: name })
  }

  async renameCollection(from: string, to: string): Promise<void> {
    this.#calendar(from).entry.summary = to
  }

  async add(collection: string, content: Buffer): Promise<Handle> {
    const calendar = this.#calendar(collection)
    const handle = calendar.put(eventOf(content))
    this.#calendarOf.set(handle, calendar)
    return handle
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    this.#calendarOf.get(handle)?.edit(handle, eventOf(content))
  }

  async remove(handle: Handle): Promise<void> {
    this.#calendarOf.get(handle)?.delete(handle)
  }

  async expireCursors(): Promise<void> {
    for (const calendar of this.#google.user.calendar.calendars.values()) calendar.forgotten = ++calendar.change
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const { entry, events } of this.#google.user.calendar.calendars.values()) {
      const facts = { zone: entry.timeZone ?? '', defaultReminders: entry.defaultReminders ?? [], user: this.account.id }
      const objects = [...events.values()].flatMap(({ event }) => eventObject([event], facts) ?? [])
      const name = entry.summary ?? ''
      contents[name] = [...(contents[name] ?? []), ...objects.map(sha256)].sort()
    }
    return contents
  }

  stop(): Promise<void> {
    return stopEmulator(this.#google)
  }

  /** Of two of one name the later one. */
  #calendar(name: string): Calendar {
    const found = [...this.#google.user.calendar.calendars.values()].findLast(({ entry }) => entry.summary === name)
    if (found === undefined) throw new Error(`There is no calendar ${name}`)
    return found
  }
}

function eventOf(content: Buffer): Event {
  const { uid, text } = textsOf(content)
  const [start, end] = ['2026-03-01T12:00:00Z', '2026-03-01T13:00:00Z'].map((dateTime) => ({ dateTime, timeZone: 'UTC' }))
  return {
    summary: `${uid} & more`,
    description: text,
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  }
}
