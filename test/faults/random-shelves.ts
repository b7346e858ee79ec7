/** Address books, calendars and drives that change at random: odd items, rings of names, files made folders and back. */
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import type { Shelf } from '../fixtures/memory-shelves.ts'
import type { Random } from '../fixtures/random.ts'

const names = [
  'a',
  'A',
  'b',
  'é',
  'e\u0301',
  'con',
  '..',
  '.',
  'x.txt',
  'n'.repeat(200),
  'ﬁ',
  ' b ',
  'a.',
  'İ',
  '=41',
  'index.csv',
  '.keep',
]
const texts = ['', 'one', 'two', 'large '.repeat(2_000)]

const zone = (id: string, offset: string) =>
  `BEGIN:VTIMEZONE\r\nTZID:${id}\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:${offset}\r\nTZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
const component = (uid: string, n: number, more = '') =>
  `BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID=Here:20240301T100000\r\n${more}SUMMARY:Number ${n}\r\nEND:VEVENT\r\n`
const calendar = (...parts: string[]) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n${parts.join('')}END:VCALENDAR\r\n`

const events: readonly ((n: number) => string | Buffer)[] = [
  (n) => calendar(zone('Here', '+0100'), component(`${n}`, n)),
  (n) => calendar(zone('Here', '+0900'), component(`${n}`, n)),
  (n) => calendar(component(`${n}`, n), zone('Here', '+0100')),
  (n) =>
    calendar(
      zone('Here', '+0100'),
      component(`${n % 4}`, n),
      component(`${n % 4}`, n, 'RECURRENCE-ID;RANGE=THISANDFUTURE:20240401T100000\r\n'),
    ),
  (n) => calendar(component(`${n}`, n), component(`other ${n}`, n)),
  (n) => calendar(`BEGIN:VTODO\r\nUID:${n}\r\nSUMMARY:fold\r\n  ed ${n}\r\nEND:VTODO\r\n`),
  (n) => calendar(`BEGIN:VEVENT\r\nSUMMARY:no uid ${n}\r\nEND:VEVENT\r\n`),
  (n) => calendar(component(`${n}`, n)).replaceAll('\r\n', '\n'),
  (n) => `${calendar(component(`${n}`, n))}\r\n\r\n`,
  (n) => `BEGIN:VCALENDAR\r\nnothing ${n}\r\n`,
  () => '',
  (n) => Buffer.from(`BEGIN:VCALENDAR\r\nX:\0\xe4 ${n}\r\nEND:VCALENDAR\r\n`, 'latin1'),
]

const card = (n: number, more = '') => `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${n % 7}\r\nFN:Number ${n}\r\n${more}END:VCARD\r\n`
const cards: readonly ((n: number) => string | Buffer)[] = [
  (n) => card(n),
  (n) => card(n, `NOTE:${'long '.repeat(300)}\r\n  and folded ${n}\r\n`),
  (n) => card(n).replaceAll('\r\n', '\n'),
  (n) => card(n).slice(0, -2),
  (n) => `BEGIN:VCARD\r\nVERSION:2.1\r\nTEL;HOME:${n}\r\nEND:VCARD\r\n`,
  (n) => `BEGIN:VCARD\nFN:Broken ${n}\n`,
  (n) => card(n) + card(n + 1),
  (n) => Buffer.from(card(n, `X:\xff ${n}\r\n`), 'latin1'),
  () => '',
]

export class RandomShelves {
  readonly account = new MemoryAccount()
  readonly #random: Random
  #count = 0
  #hidden: Shelf | null = null

  constructor(random: Random) {
    const { shelves } = this.account
    this.#random = random
    shelves.streamFrom = 5_000
    shelves.originals = random.chance(0.5)
    shelves.cursors = random.chance(0.7)
    for (const [service, name] of [
      ['contacts', 'Family'],
      ['contacts', 'family'],
      ['calendar', 'Work'],
      ['files', 'By id'],
      ['files', 'By path'],
    ] as const)
      shelves.add(service, [name])
  }

  change(): void {
    for (let steps = 1 + this.#random.below(14); steps > 0; steps--) this.#step()
  }

  #step(): void {
    const random = this.#random
    const { shelves } = this.account
    const shelf = random.pick([...shelves.shelves.values()])
    const keys = [...shelf.things.keys()]
    const key = keys.length === 0 ? null : random.pick(keys)
    const choice = random.below(10)
    if (choice === 0) this.#rename(shelf)
    else if (choice === 1) this.#hideOrShow(shelf)
    else if (choice === 2 && key !== null) shelves.poison.add(key)
    else if (choice <= 4 && key !== null) shelves.remove(shelf.id, key)
    else if (shelf.service === 'files') this.#file(shelf, key)
    else this.#item(shelf, key)
  }

  #rename(shelf: Shelf): void {
    const path = [this.#random.pick(['Family', 'Other', 'other', 'Ünï', 'vCard 2.1', 'a/b'])]
    if (shelf.service === 'files') shelf.meta = { text: String(++this.#count) }
    else {
      const all = [...this.account.shelves.shelves.values(), ...(this.#hidden === null ? [] : [this.#hidden])]
      if (!all.some((one) => one.path[0] === path[0])) shelf.path = path
    }
  }

  #hideOrShow(shelf: Shelf): void {
    const { shelves } = this.account.shelves
    if (this.#hidden !== null) shelves.set(this.#hidden.id, this.#hidden)
    else shelves.delete(shelf.id)
    this.#hidden = this.#hidden === null ? shelf : null
  }

  #item(shelf: Shelf, known: string | null): void {
    const makers = shelf.service === 'contacts' ? cards : events
    const key = known !== null && this.#random.chance(0.4) ? known : `item ${++this.#count}`
    this.account.shelves.put(shelf.id, key, this.#random.pick(makers)(++this.#count))
  }

  #path(): string[] {
    return Array.from({ length: this.#random.pick([1, 1, 2, 3]) }, () => this.#random.pick(names))
  }

  #file(shelf: Shelf, known: string | null): void {
    if (shelf.path[0] === 'By id') this.#fileById(shelf.id, known)
    else this.#fileByPath(shelf, known, this.#path().join('/'))
  }

  #fileById(id: string, known: string | null): void {
    const random = this.#random
    const { shelves } = this.account
    const path = this.#path()
    const key = known !== null && random.chance(0.4) ? known : `id ${++this.#count}`
    if (known !== null && random.chance(0.5)) shelves.describe(id, known, { path })
    else shelves.file(id, path.join('/'), this.#text(), key)
  }

  /** Here a file and a folder cannot have one name. */
  #fileByPath({ id, things }: Shelf, known: string | null, name: string): void {
    const { shelves } = this.account
    const isBlocked = (other: string) => other.startsWith(`${name}/`) || name.startsWith(`${other.replace(/\/$/, '')}/`)
    const from = known === null || known.endsWith('/') ? undefined : things.get(known)
    for (const other of [...things.keys()]) if (other !== name && isBlocked(other)) shelves.remove(id, other)
    if (this.#random.chance(0.15)) {
      if (things.has(name)) shelves.remove(id, name)
      shelves.folder(id, name)
    } else if (known !== null && from !== undefined && things.has(known) && this.#random.chance(0.5)) {
      shelves.remove(id, known)
      shelves.file(id, name, from.bytes)
    } else shelves.file(id, name, this.#text())
  }

  #text(): string {
    return this.#random.chance(0.4) ? this.#random.pick(texts) : `text ${++this.#count}`
  }

  settle(): void {
    this.account.shelves.poison.clear()
    if (this.#hidden !== null) this.account.shelves.shelves.set(this.#hidden.id, this.#hidden)
    this.#hidden = null
  }

  contents(): Record<string, string[]> {
    const contents = [...this.account.shelves.shelves.values()].map(({ path, things }): [string, string[]] => [
      path.join('/'),
      [...things.values()].map(({ bytes }) => sha256(bytes)).sort(),
    ])
    return Object.fromEntries(contents)
  }
}
