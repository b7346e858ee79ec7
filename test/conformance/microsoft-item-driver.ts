import type { Contact, Event } from '@microsoft/microsoft-graph-types'
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { contactCard } from '../../src/providers/microsoft/contact-card.ts'
import { eventObject } from '../../src/providers/microsoft/event-ical.ts'
import { microsoft } from '../../src/providers/microsoft/provider.ts'
import type { Calendar } from '../emulators/microsoft/calendar-store.ts'
import { contactResource } from '../emulators/microsoft/contacts.ts'
import type { ContactFolder } from '../emulators/microsoft/contacts-store.ts'
import { eventResource } from '../emulators/microsoft/event-resource.ts'
import { isWriting } from '../emulators/microsoft/microsoft.ts'
import { type MicrosoftAccount, startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import { type Handle, type ItemDriver, sha256 } from './item-driver.ts'

/** As the provider asks. */
const asked = { headers: { prefer: 'IdType="ImmutableId"' }, query: new URLSearchParams() }

/** @throws when a backup sent anything that could change the account, or asked for ids that do not last */
export async function stopMicrosoft({ emulator }: MicrosoftAccount): Promise<void> {
  await emulator.stop()
  const writing = emulator.requests.filter(isWriting)
  if (writing.length > 0) throw new Error(`A backup sent ${writing.map(({ http, path }) => `${http} ${path}`).join(', ')}`)
  const fleeting = emulator.requests.filter(
    ({ method, prefer }) => /^(?:contact|event|calendar)\b/i.test(method ?? '') && !prefer.includes('IdType="ImmutableId"'),
  )
  if (fleeting.length > 0) throw new Error(`Ids that do not last were asked for: ${fleeting.map(({ path }) => path).join(', ')}`)
}

/** What stands in one of the suite's cards or events. */
function textsOf(content: Buffer): { readonly uid: string; readonly text: string } {
  const unfolded = content.toString('utf8').replaceAll('\r\n ', '')
  const value = (name: RegExp) => name.exec(unfolded)?.[1] ?? ''
  return { uid: value(/\r\nUID:(.*)\r\n/), text: value(/\r\n(?:NOTE|DESCRIPTION):(.*)\r\n/) }
}

export async function startMicrosoftContactsDriver(): Promise<ItemDriver> {
  return new ContactsDriver(await startMicrosoftAccount({}, { services: ['contacts'] }))
}

class ContactsDriver implements ItemDriver {
  readonly provider = microsoft
  readonly service = 'contacts'
  readonly account: Account
  readonly context: Context
  readonly isIncremental = true
  readonly #microsoft: MicrosoftAccount

  constructor(account: MicrosoftAccount) {
    this.#microsoft = account
    this.account = account.account
    this.context = account.context
  }

  get #store() {
    return this.#microsoft.user.contacts
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

  async expireCursors(): Promise<void> {
    this.#microsoft.emulator.pages.forget()
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

  stop(): Promise<void> {
    return stopMicrosoft(this.#microsoft)
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

class CalendarDriver implements ItemDriver {
  readonly provider = microsoft
  readonly service = 'calendar'
  readonly account: Account
  readonly context: Context
  readonly isIncremental = true
  readonly #microsoft: MicrosoftAccount

  constructor(account: MicrosoftAccount) {
    this.#microsoft = account
    this.account = account.account
    this.context = account.context
  }

  get #store() {
    return this.#microsoft.user.calendar
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

  async expireCursors(): Promise<void> {
    this.#microsoft.emulator.pages.forget()
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

  stop(): Promise<void> {
    return stopMicrosoft(this.#microsoft)
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
