/** Adds contacts to an Outlook account, each address book a folder. What is there stays. */
import type { Contact, ContactFolder } from '@microsoft/microsoft-graph-types'
import { AppError, toAppError } from '../../core/errors.ts'
import type { Collection, Originals } from '../../core/items.ts'
import type { CheckOutcome, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { uidOf } from '../../formats/item-text.ts'
import { whole } from '../shared/whole.ts'
import { failedItem, type WritingSession } from '../shared/writing-session.ts'
import { contactOf } from './card-contact.ts'
import { contactCard } from './contact-card.ts'
import { notedIn } from './contact-fields.ts'
import { Contacts } from './contacts.ts'
import type { Session } from './session.ts'
import { contactText, writableContact } from './writable-contact.ts'
import { send, sendOnce } from './writing.ts'

const itemLimit = 64 << 20
/** "Up to 4 MB." */
const largestPhoto = 4 << 20

interface Open {
  readonly session: Session
  readonly reading: Contacts
  readonly signal: AbortSignal
  folders: readonly ContactFolder[]
}

interface There {
  /** Null in a dry run, where the folder is not there. */
  readonly folder: string | null
  /** Null before it was looked. Contacts that no item stands for yet. */
  contacts: Contact[] | null
}

interface Wanted {
  readonly item: RestoreItem
  readonly contact: Contact
  readonly photo: Buffer | null
  readonly bytes: Uint8Array
  readonly originals: Originals | null
  readonly losses: readonly string[]
}

export class ContactsTarget implements Target {
  readonly concurrency = 2
  readonly keepsLabels = false
  readonly #at: WritingSession<Open>
  readonly #places = new Map<TargetPlace, There>()

  constructor(at: WritingSession<Open>) {
    this.#at = at
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#at.open(signal, async (session) => {
      const reading = new Contacts(session, signal)
      return { session, reading, signal, folders: await reading.folders() }
    })
  }

  get #open(): Open {
    return this.#at.opened
  }

  /** The main folder goes into the main folder, every other below it. */
  async ensure({ path }: Collection): Promise<TargetPlace> {
    const { into, dryRun } = this.#at.options
    const [main] = this.#open.folders
    if (main === undefined) throw new AppError('not-found', 'This account has no folder for contacts.')
    const own = path[0] === 'Contacts' || path[0] === main.displayName ? path.slice(1) : path
    const names = [...into, ...(into.length === 0 ? own : path)]
    let at: ContactFolder | null = main
    let isNew = false
    for (const displayName of names) {
      const found: ContactFolder | undefined = this.#child(at, displayName)
      isNew ||= found === undefined
      at = found ?? (dryRun || at === null ? null : await this.#make(at, displayName))
    }
    const place: TargetPlace = { service: 'contacts', path: [main.displayName ?? 'Contacts', ...names], isNew, losses: [] }
    this.#places.set(place, { folder: at?.id ?? null, contacts: at === null || isNew ? [] : null })
    return place
  }

  #child(parent: ContactFolder | null, displayName: string): ContactFolder | undefined {
    const isOf = ({ parentFolderId }: ContactFolder) => parent !== null && parentFolderId === parent.id
    return this.#open.folders.find((folder) => isOf(folder) && folder.displayName === displayName)
  }

  async #make(parent: ContactFolder, displayName: string): Promise<ContactFolder> {
    const { session, signal, reading } = this.#open
    const path = `${session.me}/contactFolders/${encodeURIComponent(parent.id ?? '')}/childFolders`
    const made = await sendOnce<ContactFolder>(session, 'outlook', 'POST', path, { displayName }, signal, async () => {
      this.#open.folders = await reading.folders()
      return this.#child(parent, displayName) ?? null
    })
    const folder = { ...made, parentFolderId: parent.id ?? '' }
    this.#open.folders = [...this.#open.folders, folder]
    return folder
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const there = this.#places.get(place)
    if (there === undefined) throw new AppError('bug', 'The folder was not made ready.')
    there.contacts ??= await this.#read(there.folder ?? '')
    for (const item of items) {
      signal.throwIfAborted()
      try {
        const wanted = await wantedOf(item)
        const outcome = await this.#putOne(there, wanted)
        await this.#at.again.note(place, outcome, wanted.bytes, wanted.originals)
        yield outcome
      } catch (error) {
        yield failedItem(item.key, error, signal)
      }
    }
  }

  async #read(folder: string): Promise<Contact[]> {
    const found: Contact[] = []
    for await (const page of this.#open.reading.list(folder)) found.push(...page)
    return found
  }

  async #putOne(there: There, wanted: Wanted): Promise<PutOutcome> {
    const { item, contact } = wanted
    const contacts = there.contacts ?? []
    const text = contactText(contact)
    const isSame = (one: Contact) => notedIn(one).sha256 === item.sha256 || contactText(one) === text
    const same = contacts.findIndex(isSame)
    const [taken] = same < 0 ? [] : contacts.splice(same, 1)
    if (taken !== undefined) return await this.#complete(there.folder ?? '', taken.id ?? '', wanted)
    const own = item.key.replace(/^\d+\//, '')
    const other = contacts.find(({ id }) => id !== undefined && (id === item.at || id === own))
    if (other === undefined) return await this.#create(there, wanted)
    return await this.#conflict(there, wanted, other)
  }

  async #create({ folder }: There, { item, contact, photo, losses }: Wanted, note?: string): Promise<PutOutcome> {
    const noted = note === undefined ? {} : { note }
    if (this.#at.options.dryRun || folder === null) return { key: item.key, kind: 'created', ...noted }
    const { session, signal } = this.#open
    const path = `${session.me}/contactFolders/${encodeURIComponent(folder)}/contacts`
    const made = await sendOnce<Contact>(session, 'outlook', 'POST', path, contact, signal, async () => {
      const found = await this.#read(folder)
      return found.find((one) => notedIn(one).sha256 === item.sha256) ?? null
    })
    const id = made.id ?? ''
    const lost = photo === null ? losses : [...losses, ...(await this.#addPhoto(folder, id, photo))]
    return { key: item.key, kind: 'created', at: id, losses: lost, ...noted }
  }

  /** A picture follows its contact: where a restore broke in between, the contact is there without it. */
  async #complete(folder: string, at: string, { item: { key }, photo, losses }: Wanted): Promise<PutOutcome> {
    if (photo === null || (await this.#hasPicture(folder, at))) return { key, kind: 'already-there', at }
    if (this.#at.options.dryRun) return { key, kind: 'created', note: 'It is there without its picture; that would be added.' }
    const refused = await this.#addPhoto(folder, at, photo)
    if (refused.length > 0) return { key, kind: 'created', at, losses: [...losses, ...refused] }
    return { key, kind: 'created', at, losses, note: 'It was there without its picture; that was added.' }
  }

  async #hasPicture(folder: string, id: string): Promise<boolean> {
    const { reading } = this.#open
    const [tag = null] = await reading.photoTags(folder, [id])
    return tag === 'unknown' ? (await reading.photo(folder, id)) !== null : tag !== null
  }

  async #addPhoto(folder: string, id: string, photo: Buffer): Promise<string[]> {
    const { session, signal } = this.#open
    const contact = `${session.me}/contactFolders/${encodeURIComponent(folder)}/contacts/${encodeURIComponent(id)}`
    if (photo.length > largestPhoto) return ['The picture was not taken: it is too large.']
    try {
      const headers = { 'Content-Type': photo[0] === 0x89 ? 'image/png' : 'image/jpeg' }
      await send(session, 'outlook', 'PUT', `${contact}/photo/$value`, photo, signal, { headers })
      return []
    } catch (error) {
      const { code, message } = toAppError(error)
      if (code === 'auth' || code === 'cancelled' || code === 'network') throw error
      return [`The picture was not taken: ${message}`]
    }
  }

  async #conflict(there: There, wanted: Wanted, other: Contact): Promise<PutOutcome> {
    const { conflict, dryRun, keep } = this.#at.options
    const { item, contact, losses } = wanted
    if (conflict === 'skip') return { key: item.key, kind: 'conflict', reason: 'Another version of this contact is there.' }
    if (conflict === 'keep-both') return await this.#create(there, wanted, 'Another version of it is there: kept beside it.')
    if (dryRun) return { key: item.key, kind: 'created', note: 'Another version of it is there; it would be kept elsewhere.' }
    const kept = await keep(`${item.title || 'contact'}.vcf`, contactCard(other, null))
    const { session, signal } = this.#open
    const path = `${session.me}/contactFolders/${encodeURIComponent(there.folder ?? '')}/contacts/${encodeURIComponent(other.id ?? '')}`
    await send(session, 'outlook', 'PATCH', path, contact, signal)
    return { key: item.key, kind: 'created', at: other.id ?? '', losses, note: `The version that was there lies in ${kept} now.` }
  }

  async *check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    const folder = this.#places.get(place)?.folder ?? null
    if (folder !== null) yield* this.#at.again.of(place, folder, signal)
  }

  async discard(_paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (!this.#at.isOpen) await this.open([], signal)
    const { session, folders } = this.#open
    const [top] = this.#at.options.into
    const found = top === undefined ? undefined : this.#child(folders[0] ?? null, top)
    if (!found?.id) return
    await send(session, 'outlook', 'DELETE', `${session.me}/contactFolders/${encodeURIComponent(found.id)}`, null, signal)
  }

  async close(): Promise<void> {
    this.#at.close()
  }
}

async function wantedOf(item: RestoreItem): Promise<Wanted> {
  const bytes = await whole(item.content(), itemLimit)
  const originals = (await item.originals?.()) ?? null
  const { contact, photo, losses } = contactOf(bytes, originals)
  const writable = writableContact(contact, { uid: uidOf(bytes) ?? '', sha256: item.sha256 })
  return { item, contact: writable, photo, bytes, originals, losses }
}
