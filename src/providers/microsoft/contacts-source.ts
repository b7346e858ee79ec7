/** Outlook's contacts: each folder an address book, folders in folders. */
import { hash } from 'node:crypto'
import type { Contact } from '@microsoft/microsoft-graph-types'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { ScratchMap } from '../shared/scratch.ts'
import { contactCard } from './contact-card.ts'
import { Contacts } from './contacts.ts'
import { folderPaths } from './folder-paths.ts'
import { cursorOf, type LinkCursor, linkCheckpoint } from './link-cursor.ts'
import { sessionOf } from './session.ts'

const atOnce = 4
/** Microsoft's delta does not tell of pictures: now and then everything is listed, which downloads only what is new. */
const listedAnewAfter = 14 * 86_400_000
/** The version of the conversion: a better one makes every card anew. */
const conversion = '1'

interface Kept {
  readonly contact: Contact
  readonly photo: string | null
}

export class ContactsSource implements Source {
  readonly concurrency = atOnce
  readonly #account: Account
  readonly #context: Context
  readonly #contacts = new OnceOpen<Contacts>()
  /** JSON of what the listing of this run already gave (`Kept`), by folder and id. */
  readonly #kept = new ScratchMap<string>()

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const contacts = await this.#open(signal)
    for (const { folder, path } of folderPaths(await contacts.folders(), 'Contacts'))
      yield { service: 'contacts', key: folder.id ?? '', path, originals: [folder] }
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const contacts = await this.#open(signal)
    const now = this.#context.clock.now()
    if (since === null) yield* this.#everything(contacts, c.key, now)
    else yield* this.#since(contacts, c.key, cursorOf(since, now, listedAnewAfter))
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const contacts = await this.#open(signal)
    const unknown = items.map(({ key }) => key).filter((key) => this.#kept.get(keptKey(c.key, key)) === undefined)
    const errors = await this.#keep(contacts, c.key, unknown)
    yield* inParallel(items, atOnce, ({ key }) => this.#cardOf(contacts, c.key, key, errors.get(key)), signal, octetsHeld)
  }

  async close(): Promise<void> {
    const contacts = await this.#contacts.opened()
    contacts?.session.close()
    this.#kept[Symbol.dispose]()
  }

  #open(signal: AbortSignal): Promise<Contacts> {
    return this.#contacts.open(async () => new Contacts(await sessionOf(this.#account, this.#context), signal))
  }

  async *#everything(contacts: Contacts, folder: string, now: Date): AsyncGenerator<Change> {
    // What comes between this and the list is told by the next delta.
    const { link } = await contacts.delta(folder, null)
    for await (const page of contacts.list(folder)) yield* this.#items(contacts, folder, page)
    yield { kind: 'all-listed' }
    yield linkCheckpoint({ link: link ?? '', listed: now.toISOString() })
  }

  async *#since(contacts: Contacts, folder: string, cursor: LinkCursor): AsyncGenerator<Change> {
    const { changed, removed, link } = await contacts.delta(folder, cursor.link)
    // What left the folder and came back is named as gone: it is asked for, too (microsoft-graph-docs#21752).
    const keys = [...new Set([...changed, ...removed])]
    const gone = new Set(removed)
    // It is found by its id wherever it lies.
    const isStill = ({ id, parentFolderId }: Contact) => !gone.has(id ?? '') || parentFolderId === folder
    const found: Contact[] = []
    for (const [n, answer] of (await contacts.contacts(folder, keys)).entries()) {
      const key = keys[n] ?? ''
      if ('body' in answer && isStill(answer.body)) found.push(answer.body)
      else if ('body' in answer) yield { kind: 'removed', key }
      else if (hasCode(answer.error, 'not-found')) yield { kind: 'removed', key }
      else throw answer.error
    }
    yield* this.#items(contacts, folder, found)
    yield linkCheckpoint({ ...cursor, link: link ?? '' })
  }

  async *#items(contacts: Contacts, folder: string, page: readonly Contact[]): AsyncGenerator<Change> {
    const living = page.flatMap((contact) => (contact.id ? [{ id: contact.id, contact }] : []))
    const tags = await contacts.photoTags(
      folder,
      living.map(({ id }) => id),
    )
    for (const [n, { id, contact }] of living.entries()) {
      const photo = tags[n] ?? null
      this.#note(folder, id, { contact, photo })
      yield { kind: 'item', item: itemOf(id, contact, photo) }
    }
  }

  /** @returns why some could not be had */
  async #keep(contacts: Contacts, folder: string, ids: readonly string[]): Promise<ReadonlyMap<string, AppError>> {
    const errors = new Map<string, AppError>()
    if (ids.length === 0) return errors
    const [answers, tags] = [await contacts.contacts(folder, ids), await contacts.photoTags(folder, ids)]
    for (const [n, id] of ids.entries()) {
      const answer = answers[n]
      if (answer === undefined || 'error' in answer) errors.set(id, answer?.error ?? noAnswer())
      else this.#note(folder, id, { contact: answer.body, photo: tags[n] ?? null })
    }
    return errors
  }

  #note(folder: string, id: string, kept: Kept): void {
    this.#kept.set(keptKey(folder, id), JSON.stringify(kept))
  }

  async #cardOf(contacts: Contacts, folder: string, key: string, error: AppError | undefined): Promise<Fetched> {
    const kept = this.#kept.get(keptKey(folder, key))
    if (kept === undefined) return { key, error: error ?? noAnswer() }
    try {
      const { contact, photo } = JSON.parse(kept) as Kept
      const picture = photo === null ? null : await contacts.photo(folder, key)
      this.#kept.delete(keptKey(folder, key))
      return { key, content: contactCard(contact, picture), originals: [contact] }
    } catch (failure) {
      if (hasCode(failure, 'network')) return { key, error: toAppError(failure) }
      throw failure
    }
  }
}

const keptKey = (folder: string, id: string): string => `${folder} ${id}`
const noAnswer = (): AppError => new AppError('network', 'Microsoft left a question without an answer.')

function itemOf(key: string, contact: Contact, photo: string | null): Item {
  const { changeKey, lastModifiedDateTime, displayName } = contact
  const version = hash('sha256', JSON.stringify([conversion, changeKey ?? lastModifiedDateTime, photo]), 'hex').slice(0, 32)
  return { key, version, meta: {}, ...(displayName ? { title: displayName } : {}) }
}
