/** Google's contacts: those that the person keeps, and the "other contacts" that Google gathered, each as an address book. */
import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { Collection, Item, Originals } from '../../core/items.ts'
import type { Census, Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { readCursor } from '../shared/cursor.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { ScratchMap } from '../shared/scratch.ts'
import { type BookKey, People } from './people.ts'
import { groupNames, type Person, type Photo, personCard } from './person-card.ts'
import { sessionOf } from './session.ts'

const photosAtOnce = 4
const batch = 200

interface Contacts {
  readonly people: People
  readonly groups: ReadonlyMap<string, string>
  /** The groups as Google gives them. */
  readonly originals: Originals
  /** Changes when a group gets another name. */
  readonly groupsHash: string
}

const cursorSchema = z.object({
  syncToken: z.string().min(1),
  groups: z.string(),
})

type CursorData = Readonly<z.infer<typeof cursorSchema>>

export class PeopleSource implements Source {
  readonly concurrency = 2
  readonly #account: Account
  readonly #context: Context
  readonly #contacts = new OnceOpen<Contacts>()
  readonly #listedAnew = new Set<string>()
  /** Other contacts as they were listed, as JSON: the API gives them by list only. */
  readonly #others = new ScratchMap<string>()
  #allOthers: Promise<void> | null = null

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const { originals } = await this.#open(signal)
    const groups = originals.length === 0 ? {} : { originals }
    yield { service: 'contacts', key: 'contacts', path: ['Contacts'], ...groups }
    yield { service: 'contacts', key: 'other', path: ['Other contacts'] }
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const contacts = await this.#open(signal)
    const known = since === null ? null : readCursor(cursorSchema, since)
    if (known === null) this.#listedAnew.add(c.key)
    if (known !== null && known.groups !== contacts.groupsHash) {
      throw new AppError('cursor-expired', 'Groups have other names now, so all contacts are listed again.')
    }
    let syncToken: string | null = null
    for await (const page of contacts.people.list(bookOf(c), known?.syncToken ?? null)) {
      for (const person of page.people) {
        if (c.key === 'other') this.#keepOther(person)
        yield* changeOf(contacts, person)
      }
      syncToken = page.syncToken
    }
    if (known === null) yield { kind: 'all-listed' }
    // Without a token everything is listed again next time.
    const cursor: CursorData = { syncToken: syncToken ?? '', groups: contacts.groupsHash }
    yield { kind: 'checkpoint', cursor: JSON.stringify(cursor) }
  }

  async *fetch(c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const contacts = await this.#open(signal)
    for (let at = 0; at < items.length; at += batch) {
      const part = items.slice(at, at + batch)
      const persons = await this.#persons(contacts, bookOf(c), part)
      yield* inParallel(part, photosAtOnce, ({ key }) => cardOf(contacts, key, persons.get(key)), signal, octetsHeld)
    }
  }

  /** Other contacts are counted where they were listed in full: a run without changes is to cost next to nothing. */
  async census(signal: AbortSignal): Promise<readonly Census[]> {
    const { people } = await this.#open(signal)
    const census = (what: string, counted: number, key: BookKey): Census => ({
      what,
      counted,
      collections: [key],
      of: 'items',
      apart: [],
    })
    const own = census('contacts', await people.count(), 'contacts')
    if (!this.#listedAnew.has('other')) return [own]
    return [own, census('other contacts', await people.countOthers(), 'other')]
  }

  async close(): Promise<void> {
    const contacts = await this.#contacts.opened()
    contacts?.people.session.close()
    this.#others[Symbol.dispose]()
  }

  #open(signal: AbortSignal): Promise<Contacts> {
    return this.#contacts.open(() => openContacts(this.#account, this.#context, signal))
  }

  async #persons({ people }: Contacts, book: BookKey, items: readonly Item[]): Promise<ReadonlyMap<string, Person | AppError>> {
    if (book === 'contacts') return await people.persons(items.map(({ key }) => key))
    if (items.some(({ key }) => this.#others.get(key) === undefined)) await this.#listOthers(people)
    return new Map(
      items.flatMap(({ key }): [string, Person][] => {
        const text = this.#others.get(key)
        return text === undefined ? [] : [[key, JSON.parse(text) as Person]]
      }),
    )
  }

  #keepOther(person: Person): void {
    if (person.resourceName) this.#others.set(person.resourceName, JSON.stringify(person))
  }

  /** Once: what is not there then has gone. */
  #listOthers(people: People): Promise<void> {
    const list = async () => {
      for await (const page of people.list('other', null)) for (const person of page.people) this.#keepOther(person)
    }
    this.#allOthers ??= list()
    return this.#allOthers.catch((error: unknown) => {
      this.#allOthers = null
      throw error
    })
  }
}

async function openContacts(account: Account, context: Context, signal: AbortSignal): Promise<Contacts> {
  const people = new People(await sessionOf(account, context), signal)
  const originals = await people.groups()
  const groups = new Map(
    originals.flatMap(({ resourceName, name }) => (resourceName ? [[resourceName, name || resourceName]] : [])),
  )
  const pairs = JSON.stringify([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
  return { people, groups, originals, groupsHash: hash('sha256', pairs, 'hex').slice(0, 16) }
}

function bookOf({ key, path }: Collection): BookKey {
  if (key === 'contacts' || key === 'other') return key
  throw new AppError('not-found', `Google has no address book ${path.join('/')}.`)
}

function* changeOf(contacts: Contacts, person: Person): Generator<Change> {
  const key = person.resourceName
  if (!key) return
  if (person.metadata?.deleted === true) yield { kind: 'removed', key }
  else yield { kind: 'item', item: { key, version: versionOf(contacts, person), meta: {} } }
}

/** Everything that the card is made of: Google's own version, the names of the groups, and the pictures. */
function versionOf({ groups }: Contacts, person: Person): string {
  const sources = (person.metadata?.sources ?? []).map(({ id, etag, updateTime }) => [id, etag, updateTime])
  const parts = [sources.length > 0 ? sources : person.etag, groupNames(person, groups), photoUrls(person)]
  return hash('sha256', JSON.stringify(parts), 'hex').slice(0, 32)
}

/** Pictures that somebody chose; Google draws a letter for everybody else. */
function photoUrls({ photos }: Person): string[] {
  return (photos ?? []).flatMap(({ url, default: isDrawn }) => (url && isDrawn !== true ? [url] : []))
}

async function cardOf({ people, groups }: Contacts, key: string, person: Person | AppError | undefined): Promise<Fetched> {
  if (person === undefined) return { key, error: new AppError('not-found', 'The contact is not there any more.') }
  if (person instanceof AppError) return { key, error: person }
  try {
    const photos: Photo[] = []
    for (const url of photoUrls(person)) photos.push(await pictureOf(people, url))
    return { key, content: personCard(person, { groups, photos }), originals: [person] }
  } catch (error) {
    if (hasCode(error, 'network')) return { key, error: toAppError(error) }
    throw error
  }
}

/** A picture that Google does not give out must not cost the contact: its address is kept then. */
async function pictureOf(people: People, url: string): Promise<Photo> {
  try {
    return await people.photo(url)
  } catch (error) {
    if (hasCode(error, 'not-found', 'unsupported', 'permission')) return { url }
    throw error
  }
}
