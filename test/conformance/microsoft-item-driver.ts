import type { Contact, Event } from '@microsoft/microsoft-graph-types'
import { contactCard } from '../../src/providers/microsoft/contact-card.ts'
import { eventObject } from '../../src/providers/microsoft/event-ical.ts'
import type { Calendar } from '../emulators/microsoft/calendar-store.ts'
import { contactResource } from '../emulators/microsoft/contacts.ts'
import type { ContactFolder } from '../emulators/microsoft/contacts-store.ts'
import { eventResource } from '../emulators/microsoft/event-resource.ts'
import { startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import { type Handle, type ItemDriver, sha256, textsOf } from './item-driver.ts'
import { MicrosoftDriver } from './microsoft-driver.ts'

/** As the provider asks. */
const asked = { headers: { prefer: 'IdType="ImmutableId"' }, query: new URLSearchParams() }

export async function startMicrosoftContactsDriver(): Promise<ItemDriver> {
  return new ContactsDriver(await startMicrosoftAccount({}, { services: ['contacts'] }))
}

class ContactsDriver extends MicrosoftDriver implements ItemDriver {
  readonly service = 'contacts'
  readonly isIncremental = true

  get #store() {
    return this.microsoft.user.contacts
  }

  async addCollection(name: string): Promise<void> {
    this.#store.addFolder(name, 'root')
  }

  async renameCollection(from: string, to: string): Promise<void> {
    const folder = this.#folder(from)
    folder.displayName = to
    this.#store.folderLog.touch(folder.id)
  }

  async add(collection: string, content: Buffer): Promise<Handle> {
    return this.#store.add(contactOf(content), this.#folder(collection)).id
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    this.#store.edit(handle, contactOf(content))
  }

  async remove(handle: Handle): Promise<void> {
    this.#store.delete(handle)
  }

  /** The conversion has tests of its own: here it tells what should have arrived. */
  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const folder of this.#store.folders.values()) {
      const cards = this.#store.in(folder).map((stored) => contactCard(contactResource(asked, stored), null))
      contents[folder.displayName] = [...(contents[folder.displayName] ?? []), ...cards.map(sha256)].sort()
    }
    return contents
  }

  /** Of two of one name the later one. */
  #folder(name: string): ContactFolder {
    const found = [...this.#store.folders.values()].findLast(({ displayName }) => displayName === name)
    if (found === undefined) throw new Error(`There is no folder ${name}`)
    return found
  }
}

function contactOf(content: Buffer): Contact {
  const { uid, text } = textsOf(content)
  return { displayName: `${uid} Zoë`, surname: uid, givenName: 'Zoë', personalNotes: text }
}

export async function startMicrosoftCalendarDriver(): Promise<ItemDriver> {
  return new CalendarDriver(await startMicrosoftAccount({}, { services: ['calendar'] }))
}

class CalendarDriver extends MicrosoftDriver implements ItemDriver {
  readonly service = 'calendar'
  readonly isIncremental = true

  get #store() {
    return this.microsoft.user.calendar
  }

  async addCollection(name: string): Promise<void> {
    this.#store.add(name)
  }

  async renameCollection(from: string, to: string): Promise<void> {
    const calendar = this.#calendar(from)
    calendar.entry = { ...calendar.entry, name: to }
  }

  async add(collection: string, content: Buffer): Promise<Handle> {
    return this.#store.put(eventOf(content), this.#calendar(collection)).id
  }

  async edit(handle: Handle, content: Buffer): Promise<void> {
    this.#store.edit(handle, eventOf(content))
  }

  async remove(handle: Handle): Promise<void> {
    this.#store.delete(handle)
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const { entry, events } of this.#store.calendars.values()) {
      const name = entry.name ?? ''
      const objects = [...events.values()].map((one) => eventObject({ master: eventResource(asked, one), exceptions: [] }))
      contents[name] = [...(contents[name] ?? []), ...objects.map(sha256)].sort()
    }
    return contents
  }

  #calendar(name: string): Calendar {
    const found = [...this.#store.calendars.values()].findLast(({ entry }) => entry.name === name)
    if (found === undefined) throw new Error(`There is no calendar ${name}`)
    return found
  }
}

function eventOf(content: Buffer): Event {
  const { uid, text } = textsOf(content)
  const at = (hour: number) => ({ dateTime: `2026-03-01T${hour}:00:00.0000000`, timeZone: 'UTC' })
  const zones = { originalStartTimeZone: 'UTC', originalEndTimeZone: 'UTC' }
  return { subject: `${uid} & more`, body: { contentType: 'text', content: text }, start: at(12), end: at(13), ...zones }
}
