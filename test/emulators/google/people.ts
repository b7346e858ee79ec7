/** People API v1. */
import { type ApiCall, ApiError, type ApiMethod, badRequest, errorInfo, notFound, type Reply } from './api.ts'
import { numberOf, Pages } from './pages.ts'
import type { Book, PeopleStore, Person } from './people-store.ts'

export interface PeopleUser {
  readonly email: string
  readonly people: PeopleStore
}

type Call = ApiCall<PeopleUser>
type Method = ApiMethod<PeopleUser>

const contacts = ['contacts', 'contacts.readonly']
/** "Sync tokens expire 7 days after the full sync." */
const tokenLifetime = 7 * 86_400_000

/** Valid values of `personFields` and `readMask`, as the reference lists them. */
export const personFields = new Set(
  `addresses ageRanges biographies birthdays calendarUrls clientData coverPhotos emailAddresses events externalIds genders
  imClients interests locales locations memberships metadata miscKeywords names nicknames occupations organizations
  phoneNumbers photos relations sipAddresses skills urls userDefined`.split(/\s+/),
)
const otherFields = new Set(['emailAddresses', 'metadata', 'names', 'phoneNumbers', 'photos'])

export function peopleMethods(now: () => number): readonly Method[] {
  const pages = new Pages()
  const method = (id: string, path: string, scopes: readonly string[], handle: Method['handle'], units = 1): Method => ({
    ...{ id: `people.${id}`, api: 'people', http: 'GET', path, units, scopes, handle },
  })
  return [
    method('people.connections.list', '/v1/people/me/connections', contacts, (call) => ({
      json: listBook(
        call,
        pages,
        now(),
        call.user.people.connections,
        'connections',
        fieldsOf(call, 'personFields', personFields),
      ),
    })),
    method('otherContacts.list', '/v1/otherContacts', ['contacts.other.readonly'], (call) => ({
      json: listBook(call, pages, now(), call.user.people.others, 'otherContacts', fieldsOf(call, 'readMask', otherFields)),
    })),
    method('people.getBatchGet', '/v1/people:batchGet', contacts, (call) => ({ json: batchGet(call) })),
    method('contactGroups.list', '/v1/contactGroups', contacts, (call) => ({ json: listGroups(call, pages) })),
    { ...method('photo', '/photos/{name=**}', [], photo, 0), isPublic: true },
  ]
}

export function fieldsOf({ query }: Pick<Call, 'query'>, name: string, valid: ReadonlySet<string>): ReadonlySet<string> {
  const fields = (query.get(name) ?? '').split(',').filter((field) => field !== '')
  if (fields.length === 0) throw badRequest(`${name} mask is required. Please specify one or more valid paths.`)
  for (const field of fields) if (!valid.has(field)) throw badRequest(`Invalid ${name} mask path: "${field}".`)
  return new Set(fields)
}

function listBook(call: Call, pages: Pages, now: number, book: Book, member: string, fields: ReadonlySet<string>): object {
  const { user, query } = call
  const since = query.get('syncToken')
  const parameters = [...query]
    .filter(([name]) => !/^(syncToken|pageToken|pageSize|fields|requestSyncToken)$/.test(name))
    .sort()
    .join('&')
  const known = since === null ? undefined : user.people.tokenData(since)
  if (since !== null) {
    if (known === undefined || known.book !== member) throw badRequest('Sync token is invalid.')
    if (known.parameters !== parameters) throw badRequest('Request parameters do not match those of the sync token.')
    if (now - known.fullSync > tokenLifetime) {
      throw new ApiError(
        400,
        'FAILED_PRECONDITION',
        'Sync token is expired. Clear local cache and retry call without the sync token.',
        {
          details: [errorInfo('EXPIRED_SYNC_TOKEN')],
        },
      )
    }
  }
  const list = () => (known === undefined ? user.people.living(book) : user.people.changedAfter(book, known.change))
  const { items, nextPageToken } = pages.page(`${user.email} ${member}`, query, numberOf(query, 'pageSize', 100, 1_000), list)
  const isLast = nextPageToken === undefined
  const token = () => user.people.token(member, known?.fullSync ?? now, parameters)
  return {
    ...(items.length === 0 ? {} : { [member]: items.map((person) => masked(person, fields)) }),
    ...(isLast ? {} : { nextPageToken }),
    ...(isLast && query.get('requestSyncToken') === 'true' ? { nextSyncToken: token() } : {}),
    ...(member === 'connections'
      ? { totalPeople: user.people.living(book).length, totalItems: user.people.living(book).length }
      : { totalSize: user.people.living(book).length }),
  }
}

export function masked(person: Person, fields: ReadonlySet<string>): object {
  return Object.fromEntries(
    Object.entries(person).filter(([name]) => name === 'resourceName' || name === 'etag' || fields.has(name)),
  )
}

function batchGet(call: Call): object {
  const { user, query } = call
  const fields = fieldsOf(call, 'personFields', user.people.givesFileAs ? new Set([...personFields, 'fileAses']) : personFields)
  const names = query.getAll('resourceNames')
  if (names.length === 0 || names.length > 200) throw badRequest('resource_names must hold 1 to 200 names.')
  return {
    responses: names.map((requestedResourceName) => {
      if (user.people.unavailable.has(requestedResourceName)) {
        return { requestedResourceName, httpStatusCode: 500, status: { code: 13, message: 'Internal error encountered.' } }
      }
      const entry = user.people.connections.entries.get(requestedResourceName)
      if (entry === undefined || entry.isDeleted) {
        return { requestedResourceName, httpStatusCode: 404, status: { code: 5, message: 'Person not found' } }
      }
      return { requestedResourceName, httpStatusCode: 200, person: masked(entry.person, fields) }
    }),
  }
}

function listGroups({ user, query }: Call, pages: Pages): object {
  const list = () =>
    [...user.people.groups].map(([id, name]) => ({
      ...{ resourceName: `contactGroups/${id}`, name, formattedName: name },
      groupType: id === 'myContacts' || id === 'starred' ? 'SYSTEM_CONTACT_GROUP' : 'USER_CONTACT_GROUP',
    }))
  const { items, nextPageToken } = pages.page(`${user.email} groups`, query, numberOf(query, 'pageSize', 30, 1_000), list)
  return { contactGroups: items, totalItems: user.people.groups.size, ...(nextPageToken === undefined ? {} : { nextPageToken }) }
}

/** The picture that `photos[].url` names; the size after `=s` is what is asked for, the octets here tell it. */
function photo({ user, params, headers }: Call): Reply {
  if (headers.authorization !== undefined) throw badRequest('A token has no business here.')
  const [, name = '', size = ''] = /^(\w+)=s(\d+)$/.exec(params['name'] ?? '') ?? []
  const octets = user.people.photos.get(name)
  if (octets === undefined) throw notFound()
  return { bytes: Buffer.concat([octets, Buffer.from(`s${size}`)]), headers: { 'content-type': 'image/jpeg' } }
}
