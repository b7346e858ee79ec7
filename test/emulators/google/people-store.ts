/** Contacts, other contacts and groups of one person, with a log of changes. */
import { createHash, randomBytes } from 'node:crypto'
import type { people_v1 } from '@googleapis/people'

export type Person = people_v1.Schema$Person

interface Entry {
  readonly person: Person
  readonly change: number
  readonly isDeleted: boolean
}

interface SyncToken {
  readonly book: string
  readonly change: number
  /** Of the full listing that it goes back to, in milliseconds. */
  readonly fullSync: number
  readonly parameters: string
}

export class Book {
  readonly entries = new Map<string, Entry>()
}

export class PeopleStore {
  readonly connections = new Book()
  readonly others = new Book()
  /** Name of each group by its id. */
  readonly groups = new Map<string, string>([
    ['myContacts', 'myContacts'],
    ['starred', 'starred'],
  ])
  readonly photos = new Map<string, Buffer>()
  /** Resource names that `people.getBatchGet` fails at. */
  readonly unavailable = new Set<string>()
  /** `fileAses` may be asked for: the resource has it, other programs ask for it, and the reference does not list it. */
  givesFileAs = false
  readonly #tokens = new Map<string, SyncToken>()
  #change = 0
  /** No two accounts have the same. */
  #ids = randomBytes(6).readUIntBE(0, 6)

  /** `person`: as `people.createContact` takes it; resource name, etag and metadata are Google's. */
  add(person: Person, book: Book = this.connections): string {
    const prefix = book === this.others ? 'otherContacts' : 'people'
    const name = `${prefix}/c${7_000_000_000_000_000_000n + BigInt(++this.#ids)}`
    this.#put(book, name, person)
    return name
  }

  edit(name: string, person: Person, book: Book = this.connections): void {
    this.#put(book, name, person)
  }

  person(name: string, book: Book = this.connections): Person {
    const entry = book.entries.get(name)
    if (entry === undefined) throw new Error(`no person ${name}`)
    return entry.person
  }

  delete(name: string, book: Book = this.connections): void {
    const deleted = { resourceName: name, metadata: { deleted: true, objectType: 'PERSON' } }
    book.entries.set(name, { person: deleted, change: ++this.#change, isDeleted: true })
  }

  addGroup(name: string): string {
    const id = randomBytes(8).toString('hex')
    this.groups.set(id, name)
    return id
  }

  /** The name that its address ends in. */
  addPhoto(octets: Buffer): string {
    const name = randomBytes(12).toString('hex')
    this.photos.set(name, octets)
    return name
  }

  living(book: Book): readonly Person[] {
    return [...book.entries.values()].filter(({ isDeleted }) => !isDeleted).map(({ person }) => person)
  }

  changedAfter(book: Book, change: number): readonly Person[] {
    return [...book.entries.values()].filter((entry) => entry.change > change).map(({ person }) => person)
  }

  token(book: string, fullSync: number, parameters: string): string {
    const token = randomBytes(20).toString('base64url')
    this.#tokens.set(token, { book, change: this.#change, fullSync, parameters })
    return token
  }

  tokenData(token: string): SyncToken | undefined {
    return this.#tokens.get(token)
  }

  #put(book: Book, resourceName: string, person: Person): void {
    const change = ++this.#change
    const etag = `%${createHash('sha1').update(`${change}`).digest('base64').slice(0, 16)}`
    const updateTime = new Date(Date.UTC(2025, 0, 1) + change * 1_000).toISOString()
    const type = book === this.others ? 'OTHER_CONTACT' : 'CONTACT'
    const metadata = {
      sources: [{ type, id: resourceName.split('/c').at(-1) ?? '', etag: `#${etag}`, updateTime }],
      objectType: 'PERSON',
    }
    book.entries.set(resourceName, { person: { ...person, resourceName, etag, metadata }, change, isDeleted: false })
  }
}
