import { eventObject } from '../../src/providers/google/event-ical.ts'
import { personCard } from '../../src/providers/google/person-card.ts'
import type { Calendar, Event } from '../emulators/google/calendar-store.ts'
import type { Book, Person } from '../emulators/google/people-store.ts'
import { startGoogleAccount } from '../fixtures/google-account.ts'
import { GoogleDriver } from './google-driver.ts'
import { type Handle, type ItemDriver, sha256, textsOf } from './item-driver.ts'

const day = 86_400_000

export async function startGoogleContactsDriver(): Promise<ItemDriver> {
  return new ContactsDriver(await startGoogleAccount({}, {}, ['contacts']))
}

class ContactsDriver extends GoogleDriver implements ItemDriver {
  readonly service = 'contacts'
  readonly isIncremental = true
  /** Google has these two books and no others. */
  readonly names = { Home: 'Contacts', Work: 'Other contacts' }

  async add(collection: string, content: Buffer): Promise<Handle> {
    const { people } = this.google.user
    // Google keeps no notes of other contacts.
    const { biographies: _, ...nameOnly } = personOf(content)
    return collection === 'Work' ? people.add(nameOnly, people.others) : people.add(personOf(content))
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    this.google.user.people.edit(handle, personOf(content))
  }

  async remove(handle: Handle): Promise<void> {
    this.google.user.people.delete(handle)
  }

  async expireCursors(): Promise<void> {
    this.google.emulator.advance(8 * day)
  }

  async poison(handle: Handle): Promise<void> {
    this.google.user.people.unavailable.add(handle)
  }

  async heal(): Promise<void> {
    this.google.user.people.unavailable.clear()
  }

  /** The conversion has tests of its own: here it tells what should have arrived. */
  async contents(): Promise<Record<string, string[]>> {
    const { people } = this.google.user
    const sums = (book: Book) =>
      people.living(book).map((person) => sha256(personCard(person, { groups: new Map(), photos: [] })))
    return { Contacts: sums(people.connections).sort(), 'Other contacts': sums(people.others).sort() }
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

class CalendarDriver extends GoogleDriver implements ItemDriver {
  readonly service = 'calendar'
  readonly isIncremental = true
  readonly #calendarOf = new Map<Handle, Calendar>()
  #count = 0

  async addCollection(name: string): Promise<void> {
    this.google.user.calendar.add(`c${++this.#count}@group.calendar.google.com`, { summary: name })
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
    for (const calendar of this.google.user.calendar.calendars.values()) calendar.forgotten = ++calendar.change
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const { entry, events } of this.google.user.calendar.calendars.values()) {
      const facts = { zone: entry.timeZone ?? '', defaultReminders: entry.defaultReminders ?? [], user: this.account.id }
      const objects = [...events.values()].flatMap(({ event }) => eventObject([event], facts) ?? [])
      const name = entry.summary ?? ''
      contents[name] = [...(contents[name] ?? []), ...objects.map(sha256)].sort()
    }
    return contents
  }

  /** Of two of one name the later one. */
  #calendar(name: string): Calendar {
    const found = [...this.google.user.calendar.calendars.values()].findLast(({ entry }) => entry.summary === name)
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
