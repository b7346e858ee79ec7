/** The calls to the People API that are needed here, all of them reading. */
import { people, type people_v1 } from '@googleapis/people'
import { AppError } from '../../core/errors.ts'
import { isRefusedWith } from './errors.ts'
import type { Person } from './person-card.ts'
import type { Session } from './session.ts'

export interface PeoplePage {
  readonly people: readonly Person[]
  /** On the last page. */
  readonly syncToken: string | null
}

export type BookKey = 'contacts' | 'other'

const pageSize = 1_000
/** Everything that the reference lets a caller ask for about a person. */
const documentedFields =
  'addresses,ageRanges,biographies,birthdays,calendarUrls,clientData,coverPhotos,emailAddresses,events,externalIds,genders,imClients,interests,locales,locations,memberships,metadata,miscKeywords,names,nicknames,occupations,organizations,phoneNumbers,photos,relations,sipAddresses,skills,urls,userDefined'
/** The resource has it and other programs ask for it, but the reference does not list it among what may be asked for. */
const everyField = `${documentedFields},fileAses`
/** Enough to know what has changed; the rest comes with `persons`. */
const listedFields = 'memberships,metadata,photos'
const otherFields = 'emailAddresses,metadata,names,phoneNumbers,photos'
const batchSize = 200
/** `google.rpc.Code` of what is not there. */
const notFoundCode = 5
const largestPhoto = 16 << 20

export class People {
  readonly session: Session
  readonly #api: people_v1.People
  readonly #signal: AbortSignal
  #fields = everyField

  constructor(session: Session, signal: AbortSignal) {
    this.session = session
    this.#api = people({ version: 'v1', ...session.clientOptions })
    this.#signal = signal
  }

  async count(): Promise<number> {
    const parameters = { resourceName: 'people/me', personFields: 'metadata', pageSize: 1, fields: 'totalItems' }
    const data = await this.session.call<people_v1.Schema$ListConnectionsResponse>(
      'people.connections.list',
      this.#signal,
      (options) => this.#api.people.connections.list(parameters, options),
    )
    return data.totalItems ?? 0
  }

  async countOthers(): Promise<number> {
    const parameters = { readMask: 'metadata', pageSize: 1, fields: 'totalSize' }
    const data = await this.session.call<people_v1.Schema$ListOtherContactsResponse>(
      'people.otherContacts.list',
      this.#signal,
      (options) => this.#api.otherContacts.list(parameters, options),
    )
    return data.totalSize ?? 0
  }

  async groups(): Promise<readonly people_v1.Schema$ContactGroup[]> {
    const groups: people_v1.Schema$ContactGroup[] = []
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const data = await this.session.call<people_v1.Schema$ListContactGroupsResponse>(
        'people.contactGroups.list',
        this.#signal,
        (options) =>
          this.#api.contactGroups.list({ pageSize, groupFields: 'clientData,groupType,metadata,name', ...at }, options),
      )
      groups.push(...(data.contactGroups ?? []))
      if (!data.nextPageToken) return groups
      pageToken = data.nextPageToken
    }
  }

  /**
   * A page at a time; everything without a token.
   * @throws AppError `cursor-expired` seven days after the last full listing
   */
  async *list(book: BookKey, syncToken: string | null): AsyncGenerator<PeoplePage, void, undefined> {
    const since = syncToken === null ? {} : { syncToken }
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const page = await (book === 'contacts' ? this.#connections({ ...since, ...at }) : this.#others({ ...since, ...at }))
      yield { people: page.people, syncToken: page.nextSyncToken ?? null }
      if (!page.nextPageToken) return
      pageToken = page.nextPageToken
    }
  }

  async #connections(at: { readonly syncToken?: string; readonly pageToken?: string }) {
    const parameters = { resourceName: 'people/me', personFields: listedFields, pageSize, requestSyncToken: true, ...at }
    const data = await this.#synced(
      this.session.call<people_v1.Schema$ListConnectionsResponse>('people.connections.list', this.#signal, (options) =>
        this.#api.people.connections.list(parameters, options),
      ),
    )
    return { ...data, people: data.connections ?? [] }
  }

  async #others(at: { readonly syncToken?: string; readonly pageToken?: string }) {
    const parameters = { readMask: otherFields, pageSize, requestSyncToken: true, ...at }
    const data = await this.#synced(
      this.session.call<people_v1.Schema$ListOtherContactsResponse>('people.otherContacts.list', this.#signal, (options) =>
        this.#api.otherContacts.list(parameters, options),
      ),
    )
    return { ...data, people: data.otherContacts ?? [] }
  }

  /** Whatever is wrong with a token, a full listing needs none. */
  async #synced<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (error instanceof AppError && error.code === 'unsupported') {
        throw new AppError('cursor-expired', 'Google has forgotten what changed in the contacts since the last run.')
      }
      throw error
    }
  }

  /** Whole persons, and why Google does not give one; one that is gone is left out. */
  async persons(names: readonly string[]): Promise<ReadonlyMap<string, Person | AppError>> {
    const found = new Map<string, Person | AppError>()
    for (let at = 0; at < names.length; at += batchSize) {
      const resourceNames = names.slice(at, at + batchSize)
      const data = await this.#batch(resourceNames)
      for (const { requestedResourceName, person, status, httpStatusCode } of data.responses ?? []) {
        if (!requestedResourceName) continue
        if (person) found.set(requestedResourceName, person)
        else if (status?.code !== notFoundCode)
          found.set(
            requestedResourceName,
            new AppError('network', `Google fails at this contact (HTTP ${httpStatusCode ?? 'unknown'}).`),
          )
      }
    }
    return found
  }

  async #batch(resourceNames: string[]): Promise<people_v1.Schema$GetPeopleResponse> {
    const ask = (personFields: string) =>
      this.session.call<people_v1.Schema$GetPeopleResponse>('people.getBatchGet', this.#signal, (options) =>
        this.#api.people.getBatchGet({ resourceNames, personFields }, options),
      )
    // Of several questions at once, all may be refused.
    const asked = this.#fields
    try {
      return await ask(asked)
    } catch (error) {
      if (asked === documentedFields || !isRefusedWith(error, 400)) throw error
      this.#fields = documentedFields
      return await ask(documentedFields)
    }
  }

  async photo(url: string): Promise<{ readonly mime: string; readonly octets: Buffer }> {
    const address = fullSize(url)
    const own = this.session.clientOptions.rootUrl
    const isGoogles =
      own === undefined ? address?.protocol === 'https:' && photoHost.test(address.hostname) : address?.origin === own
    if (address === null || !isGoogles) throw new AppError('unsupported', 'The picture does not lie at Google.')
    return await this.session.picture('people.photo', address, largestPhoto, this.#signal)
  }
}

const photoHost = /^([\w-]+\.)*(googleusercontent\.com|ggpht\.com|google\.com)$/

/** The address names a size (`=s100`, `/s100/` or `?sz=50`): 0 stands for that of the original. */
function fullSize(url: string): URL | null {
  const sized = url.replace(/=[swh]\d+(?:-[\w-]+)?$/, '=s0').replace(/\/s\d+(?:-[\w-]+)?\//, '/s0/')
  const address = URL.parse(sized)
  address?.searchParams.delete('sz')
  return address
}
