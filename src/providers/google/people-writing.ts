/** What a restore writes to Google's contacts. */
import { people, type people_v1 } from '@googleapis/people'
import { AppError } from '../../core/errors.ts'
import { isRefusedWith } from './errors.ts'
import type { Person } from './person-card.ts'
import type { Session } from './session.ts'
import { personText, writableFields } from './writable-person.ts'

/** "Limited to 200 contacts." */
export const contactsAtOnce = 200

export class WritingPeople {
  readonly #session: Session
  readonly #api: people_v1.People
  readonly #signal: AbortSignal

  constructor(session: Session, signal: AbortSignal) {
    this.#session = session
    this.#api = people({ version: 'v1', ...session.clientOptions })
    this.#signal = signal
  }

  /**
   * At most `contactsAtOnce`. @returns the resource names in the order of `persons`
   * @param arrived what of them is there although the answer was lost, or null
   */
  async create(
    persons: readonly Person[],
    arrived: () => Promise<readonly string[] | null>,
  ): Promise<readonly (string | null)[]> {
    const requestBody = {
      contacts: persons.map((contactPerson) => ({ contactPerson })),
      readMask: `metadata,${writableFields.join(',')}`,
    }
    const data = await this.#session.callOnce<people_v1.Schema$BatchCreateContactsResponse>(
      'people.batchCreateContacts',
      this.#signal,
      (options) => this.#api.people.batchCreateContacts({ requestBody }, options),
      async () => {
        const names = await arrived()
        return names === null ? null : { createdPeople: names.map((resourceName) => ({ person: { resourceName } })) }
      },
    )
    return namesOf(persons, data.createdPeople ?? [])
  }

  /** In place of what the contact is `now`: nothing where Google has another version of it by then. */
  async update(person: Person, now: Person): Promise<void> {
    const { resourceName, ...rest } = person
    const sources = (now.metadata?.sources ?? []).filter(({ type }) => type === 'CONTACT')
    await this.#session.call<Person>('people.updateContact', this.#signal, (options) =>
      this.#api.people.updateContact(
        {
          resourceName: resourceName ?? '',
          updatePersonFields: [...writableFields, 'memberships'].join(','),
          requestBody: { ...rest, etag: now.etag ?? null, metadata: { sources } },
        },
        options,
      ),
    )
  }

  async setPhoto(resourceName: string, octets: Buffer): Promise<void> {
    const photoBytes = octets.toString('base64')
    await this.#session.call(
      'people.updateContactPhoto',
      this.#signal,
      (options) => this.#api.people.updateContactPhoto({ resourceName, requestBody: { photoBytes } }, options),
      { octets: photoBytes.length },
    )
  }

  /** @returns its resource name */
  async createGroup(name: string, known: () => Promise<ReadonlyMap<string, string>>): Promise<string> {
    try {
      const data = await this.#session.call<people_v1.Schema$ContactGroup>(
        'people.contactGroups.create',
        this.#signal,
        (options) => this.#api.contactGroups.create({ requestBody: { contactGroup: { name } } }, options),
      )
      if (data.resourceName) return data.resourceName
    } catch (error) {
      if (!isRefusedWith(error, 409)) throw error
      const found = (await known()).get(name)
      if (found !== undefined) return found
      throw error
    }
    throw new AppError('suspicious', "Google's answer to a new group is not as documented.")
  }

  /** With the contacts in it. */
  async deleteGroup(resourceName: string): Promise<void> {
    await this.#session.call<object>('people.contactGroups.delete', this.#signal, (options) =>
      this.#api.contactGroups.delete({ resourceName, deleteContacts: true }, options),
    )
  }
}

/** Nothing says that Google answers in the order of the question: each is told by what it says, and only the rest by its place. */
function namesOf(persons: readonly Person[], created: readonly people_v1.Schema$PersonResponse[]): (string | null)[] {
  const byText = Map.groupBy(created, ({ person }) => personText(person ?? {}))
  const found = persons.map((person) => byText.get(personText(person))?.shift() ?? null)
  const rest = created.filter((one) => !found.includes(one))
  return found.map((one) => (one ?? rest.shift())?.person?.resourceName ?? null)
}
