/** Adds contacts to a Google account. Other address books than Google's own become groups. What is there stays. */
import { AppError, toAppError } from '../../core/errors.ts'
import type { Collection, Originals } from '../../core/items.ts'
import type { CheckOutcome, PutOutcome, RestoreItem, Target, TargetPlace } from '../../core/target.ts'
import { flatName, isFlatBelow } from '../shared/restored-names.ts'
import { whole } from '../shared/whole.ts'
import type { WritingSession } from '../shared/writing-session.ts'
import { type CardPerson, cardPerson } from './card-person.ts'
import { People } from './people.ts'
import { contactsAtOnce, WritingPeople } from './people-writing.ts'
import { type Person, personCard } from './person-card.ts'
import type { Session } from './session.ts'
import { personText, writablePerson } from './writable-person.ts'

const itemLimit = 64 << 20
const ownGroup = 'contactGroups/myContacts'

interface Contacts {
  readonly session: Session
  readonly people: People
  readonly writing: WritingPeople
  /** Resource name of each group by its name. */
  readonly groups: Map<string, string>
}

/** What is to be written of one item. */
interface Wanted extends Pick<CardPerson, 'categories' | 'photo'> {
  readonly item: RestoreItem
  readonly person: Person
  readonly text: string
  readonly bytes: Uint8Array
  readonly originals: Originals | null
  readonly losses: readonly string[]
  note?: string
}

interface There {
  readonly resourceName: string
  readonly person: Person
}

export class PeopleTarget implements Target {
  readonly concurrency = 1
  readonly keepsLabels = false
  readonly #at: WritingSession<Contacts>
  /** The group of each place; null for Google's own book. */
  readonly #groupOf = new Map<TargetPlace, string | null>()
  /** What is there, by what it says; several may say the same. */
  #byText = new Map<string, There[]>()
  #byName = new Map<string, There>()

  constructor(at: WritingSession<Contacts>) {
    this.#at = at
  }

  async open(_collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    await this.#at.open(signal, async (session) => {
      const people = new People(session, signal)
      const writing = new WritingPeople(session, signal)
      return { session, people, writing, groups: new Map(await groupsByName(people)) }
    })
    await this.#look()
  }

  get #open(): Contacts {
    return this.#at.opened
  }

  async #look(): Promise<void> {
    this.#byText = new Map()
    this.#byName = new Map()
    const names: string[] = []
    for await (const page of this.#open.people.list('contacts', null))
      for (const { resourceName } of page.people) if (resourceName) names.push(resourceName)
    for (const [resourceName, person] of await this.#open.people.persons(names))
      if (!(person instanceof AppError)) this.#note({ resourceName, person })
  }

  #note(there: There): void {
    const text = personText(there.person)
    this.#byText.set(text, [...(this.#byText.get(text) ?? []), there])
    this.#byName.set(there.resourceName, there)
  }

  /** Of those that say this, one that no item stands for yet. */
  #take(text: string): There | null {
    const all = this.#byText.get(text) ?? []
    const taken = all.shift()
    return taken ?? null
  }

  async ensure(c: Collection): Promise<TargetPlace> {
    const { into, dryRun } = this.#at.options
    const isOwn = c.path.length === 1 && c.path[0] === 'Contacts' && into.length === 0
    const name = flatName(into, c.path)
    const known = this.#open.groups.get(name)
    const group = isOwn ? null : (known ?? (dryRun ? '' : await this.#makeGroup(name)))
    const place: TargetPlace = { service: 'contacts', path: ['Contacts'], isNew: !isOwn && known === undefined, losses: [] }
    this.#groupOf.set(place, group)
    return place
  }

  async #makeGroup(name: string): Promise<string> {
    const { groups, writing, people } = this.#open
    const known = groups.get(name) ?? (await writing.createGroup(name, () => groupsByName(people)))
    groups.set(name, known)
    return known
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    let waiting: Wanted[] = []
    for (const item of items) {
      signal.throwIfAborted()
      const wanted = await this.#prepare(item)
      if ('kind' in wanted) yield wanted
      else {
        const outcome = await this.#recognise(wanted)
        if (outcome !== null) yield await this.#noted(place, wanted, outcome)
        else waiting.push(wanted)
      }
      if (waiting.length < contactsAtOnce) continue
      yield* this.#create(waiting, place)
      waiting = []
    }
    if (waiting.length > 0) yield* this.#create(waiting, place)
  }

  async #prepare(item: RestoreItem): Promise<Wanted | PutOutcome> {
    try {
      const bytes = await whole(item.content(), itemLimit)
      const card = cardPerson(bytes)
      const originals = (await item.originals?.()) ?? null
      const [original] = (originals ?? []).filter(isGoogles)
      const { person, losses } = writablePerson(original === undefined ? card.person : (original as Person))
      const left = original === undefined ? card.left.map((name) => `Google has no field for ${name}.`) : []
      const { categories, photo } = card
      return { item, person, text: personText(person), categories, photo, bytes, originals, losses: [...losses, ...left] }
    } catch (error) {
      return { key: item.key, kind: 'failed', error: toAppError(error) }
    }
  }

  /** Null where it is to be made. */
  async #recognise(wanted: Wanted): Promise<PutOutcome | null> {
    const { item, text } = wanted
    const same = this.#take(text)
    if (same !== null) return await this.#complete(wanted, same)
    const own = this.#byName.get(item.at ?? '') ?? this.#byName.get(item.key.replace(/^\d+\//, ''))
    const { conflict, dryRun, keep } = this.#at.options
    if (own === undefined) return dryRun ? { key: item.key, kind: 'created' } : null
    if (conflict === 'skip') return { key: item.key, kind: 'conflict', reason: 'Another version of this contact is there.' }
    if (conflict === 'keep-both') {
      wanted.note = 'Another version of it is there: kept beside it.'
      return dryRun ? { key: item.key, kind: 'created', note: wanted.note } : null
    }
    if (dryRun) return { key: item.key, kind: 'created', note: 'Another version of it is there; it would be kept elsewhere.' }
    const kept = await keep(`${item.title || 'contact'}.vcf`, personCard(own.person, { groups: new Map(), photos: [] }))
    const { memberships = [] } = own.person
    await this.#open.writing.update({ ...wanted.person, memberships, resourceName: own.resourceName }, own.person)
    const note = `The version that was there lies in ${kept} now.`
    return { key: item.key, kind: 'created', at: own.resourceName, losses: wanted.losses, note }
  }

  /** A picture follows its contact: where a restore broke in between, the contact is there without it. */
  async #complete({ item: { key }, photo, losses }: Wanted, { resourceName: at, person }: There): Promise<PutOutcome> {
    const isWhole = photo === null || (person.photos ?? []).some(({ url, default: isDrawn }) => url && isDrawn !== true)
    if (isWhole) return { key, kind: 'already-there', at }
    if (this.#at.options.dryRun) return { key, kind: 'created', note: 'It is there without its picture; that would be added.' }
    const refused = await this.#addPhoto(at, photo)
    if (refused.length > 0) return { key, kind: 'created', at, losses: [...losses, ...refused] }
    return { key, kind: 'created', at, losses, note: 'It was there without its picture; that was added.' }
  }

  async #noted(place: TargetPlace, { bytes, originals }: Wanted, outcome: PutOutcome): Promise<PutOutcome> {
    await this.#at.again.note(place, outcome, bytes, originals)
    return outcome
  }

  async *#create(batch: readonly Wanted[], place: TargetPlace): AsyncGenerator<PutOutcome> {
    const group = this.#groupOf.get(place) ?? null
    const persons: Person[] = []
    for (const wanted of batch) persons.push({ ...wanted.person, memberships: await this.#memberships(wanted, group) })
    const before = new Set(this.#byName.keys())
    let names: readonly (string | null)[]
    try {
      names = await this.#open.writing.create(persons, () => this.#arrived(batch, before))
    } catch (error) {
      const failure = toAppError(error)
      if (failure.code !== 'unsupported') throw failure
      // One of them is at fault: each on its own.
      if (batch.length > 1) for (const one of batch) yield* this.#create([one], place)
      else for (const { item } of batch) yield { key: item.key, kind: 'failed', error: failure }
      return
    }
    for (const [n, wanted] of batch.entries())
      yield await this.#noted(place, wanted, await this.#created(wanted, names[n] ?? null))
  }

  async #created({ item, losses, photo, note }: Wanted, at: string | null): Promise<PutOutcome> {
    const { key } = item
    if (at === null) return { key, kind: 'failed', error: new AppError('unsupported', 'Google did not take it.') }
    const lost = photo === null ? losses : [...losses, ...(await this.#addPhoto(at, photo))]
    return { key, kind: 'created', at, losses: lost, ...(note === undefined ? {} : { note }) }
  }

  async #memberships({ categories }: Wanted, group: string | null): Promise<Person['memberships'] & object> {
    const names = new Set([ownGroup, ...(group === null ? [] : [group])])
    for (const name of categories) names.add(name === 'Starred' ? 'contactGroups/starred' : await this.#makeGroup(name))
    return [...names].map((contactGroupResourceName) => ({ contactGroupMembership: { contactGroupResourceName } }))
  }

  /** The answer was lost: looks whether they came. All of one call come, or none. */
  async #arrived(batch: readonly Wanted[], before: ReadonlySet<string>): Promise<readonly string[] | null> {
    await this.#look()
    const found: string[] = []
    for (const { text } of batch) {
      const all = this.#byText.get(text) ?? []
      const at = all.findIndex(({ resourceName }) => !before.has(resourceName))
      const [there] = at < 0 ? [] : all.splice(at, 1)
      if (there === undefined) return null
      found.push(there.resourceName)
    }
    return found
  }

  async #addPhoto(resourceName: string, photo: Buffer): Promise<string[]> {
    try {
      await this.#open.writing.setPhoto(resourceName, photo)
      return []
    } catch (error) {
      const { code, message } = toAppError(error)
      if (code === 'auth' || code === 'cancelled') throw error
      return [`The picture was not taken: ${message}`]
    }
  }

  check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    return this.#at.again.of(place, 'contacts', signal)
  }

  async discard(_paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    if (!this.#at.isOpen) await this.open([], signal)
    for (const [name, group] of this.#open.groups)
      if (isFlatBelow(name, this.#at.options.into)) await this.#open.writing.deleteGroup(group)
  }

  async close(): Promise<void> {
    this.#at.close()
  }
}

/** What another provider said of a contact is none of Google's persons. */
function isGoogles(original: object): boolean {
  return 'resourceName' in original
}

async function groupsByName(people: People): Promise<ReadonlyMap<string, string>> {
  const groups = await people.groups()
  return new Map(groups.flatMap(({ name, resourceName }) => (name && resourceName ? [[name, resourceName]] : [])))
}
