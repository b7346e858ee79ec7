/** The methods of the People API v1 that write. Writes of one person must follow each other. */
import { type ApiCall, ApiError, type ApiMethod, badRequest, errorInfo, notFound } from './api.ts'
import { fieldsOf, masked, type PeopleUser, personFields } from './people.ts'
import type { Person } from './people-store.ts'
import { jsonOf } from './uploads.ts'

type Call = ApiCall<PeopleUser>
type Method = ApiMethod<PeopleUser>

const writing = ['contacts']
/** Of `people.updateContact`; what is not here is refused there and ignored when a contact is made. */
const writable = new Set(
  `addresses biographies birthdays calendarUrls clientData emailAddresses events externalIds genders imClients interests
  locales locations memberships miscKeywords names nicknames occupations organizations phoneNumbers relations sipAddresses
  urls userDefined`.split(/\s+/),
)
/** "Any fields that are singletons for contact sources": more than one is refused. */
const singletons = ['biographies', 'birthdays', 'genders', 'names'] as const

/** Each call costs one: Google publishes no figure, a new project's console shows 90 critical writes a minute and user. */
export function peopleWritingMethods(): readonly Method[] {
  const method = (id: string, http: Method['http'], path: string, handle: Method['handle']): Method => ({
    ...{ id: `people.${id}`, api: 'people', http, path, units: 1, scopes: writing, handle },
  })
  return [
    method('contactGroups.create', 'POST', '/v1/contactGroups', (call) => ({ json: createGroup(call) })),
    method('contactGroups.delete', 'DELETE', '/v1/{resourceName=**}', (call) => ({ json: deleteGroup(call) })),
    method('people.batchCreateContacts', 'POST', '/v1/people:batchCreateContacts', (call) => ({ json: batchCreate(call) })),
    method('people.updateContact', 'PATCH', '/v1/{resourceName=**}:updateContact', (call) => ({ json: update(call) })),
    method('people.updateContactPhoto', 'PATCH', '/v1/{resourceName=**}:updateContactPhoto', (call) => ({
      json: setPhoto(call),
    })),
  ]
}

function createGroup({ user, body }: Call): object {
  const { contactGroup } = jsonOf(body) as { contactGroup?: { name?: unknown } }
  const name = contactGroup?.name
  if (typeof name !== 'string' || name === '') throw badRequest('Contact group name is required.')
  if ([...user.people.groups.values()].includes(name))
    throw new ApiError(409, 'ALREADY_EXISTS', 'Contact group name already exists.')
  const id = user.people.addGroup(name)
  return { resourceName: `contactGroups/${id}`, etag: id, groupType: 'USER_CONTACT_GROUP', name, formattedName: name }
}

function deleteGroup({ user, params, query }: Call): object {
  const resourceName = params['resourceName'] ?? ''
  const id = resourceName.replace(/^contactGroups\//, '')
  if (!user.people.groups.has(id) || id === resourceName) throw notFound()
  if (id === 'myContacts' || id === 'starred') throw badRequest('System contact groups cannot be deleted.')
  const members = user.people
    .living(user.people.connections)
    .filter(({ memberships }) =>
      memberships?.some((one) => one.contactGroupMembership?.contactGroupResourceName === resourceName),
    )
  if (query.get('deleteContacts') === 'true') for (const { resourceName: name } of members) if (name) user.people.delete(name)
  user.people.groups.delete(id)
  return {}
}

function batchCreate(call: Call): object {
  const { contacts, readMask } = jsonOf(call.body) as { contacts?: { contactPerson?: Person }[]; readMask?: string }
  if (contacts === undefined || contacts.length === 0 || contacts.length > 200)
    throw badRequest('contacts must hold 1 to 200 contacts.')
  const fields = fieldsOf({ ...call, query: new URLSearchParams({ readMask: readMask ?? '' }) }, 'readMask', personFields)
  const persons = contacts.map(({ contactPerson }) => acceptable(call, contactPerson ?? {}))
  return {
    // In no order that is documented.
    createdPeople: persons.toReversed().map((person) => {
      const resourceName = call.user.people.add(person)
      return {
        httpStatusCode: 200,
        requestedResourceName: resourceName,
        person: masked(call.user.people.person(resourceName), fields),
      }
    }),
  }
}

/** What Google keeps of it. */
function acceptable({ user }: Call, given: Person): Person {
  for (const name of singletons)
    if ((given[name]?.length ?? 0) > 1) throw badRequest(`Field ${name} is a singleton field and can only have one value.`)
  const groups = (given.memberships ?? []).map(
    ({ contactGroupMembership }) => contactGroupMembership?.contactGroupResourceName ?? '',
  )
  for (const group of groups)
    if (!user.people.groups.has(group.replace(/^contactGroups\//, ''))) throw badRequest(`Contact group ${group} does not exist.`)
  const kept = Object.entries(given).filter(([name]) => writable.has(name))
  const names = given.names?.map((name) => ({ ...name, displayName: displayNameOf(name) }))
  return { ...(Object.fromEntries(kept) as Person), ...(names === undefined ? {} : { names }) }
}

/** Google puts it together from the parts. */
function displayNameOf(name: NonNullable<Person['names']>[number]): string {
  const { honorificPrefix, givenName, middleName, familyName, honorificSuffix, unstructuredName } = name
  const parts = [honorificPrefix, givenName, middleName, familyName].filter((part) => part)
  if (parts.length === 0) return unstructuredName ?? ''
  return honorificSuffix ? `${parts.join(' ')}, ${honorificSuffix}` : parts.join(' ')
}

function update(call: Call): object {
  const { user, params, body, query } = call
  const resourceName = params['resourceName'] ?? ''
  const known = user.people.connections.entries.get(resourceName)
  if (known === undefined || known.isDeleted) throw notFound()
  const given = jsonOf(body) as Person
  const sources = given.metadata?.sources?.filter(({ type }) => type === 'CONTACT') ?? []
  // "The server returns a 400 error if person.metadata.sources is not specified for the contact to be updated."
  if (sources.length === 0) throw badRequest('person.metadata.sources must be specified.')
  const isKnown = sources.every(({ etag }) => known.person.metadata?.sources?.some((source) => source.etag === etag))
  if (given.etag !== known.person.etag || !isKnown) {
    throw new ApiError(
      400,
      'FAILED_PRECONDITION',
      'Request person.etag is different than the current person.etag. Clear local cache and get the latest person.',
      { details: [errorInfo('FAILED_PRECONDITION')] },
    )
  }
  const fields = fieldsOf({ ...call, query }, 'updatePersonFields', writable)
  const changed = acceptable(call, given)
  const others = Object.entries(known.person).filter(([name]) => !fields.has(name))
  user.people.edit(resourceName, { ...Object.fromEntries(others), ...changed } as Person)
  return user.people.person(resourceName)
}

function setPhoto({ user, params, body, origin }: Call): object {
  const resourceName = params['resourceName'] ?? ''
  const known = user.people.connections.entries.get(resourceName)
  if (known === undefined || known.isDeleted) throw notFound()
  const { photoBytes } = jsonOf(body)
  if (typeof photoBytes !== 'string' || photoBytes === '') throw badRequest('photo_bytes must be set.')
  const url = `${origin}/photos/${user.people.addPhoto(Buffer.from(photoBytes, 'base64'))}=s100`
  user.people.edit(resourceName, { ...known.person, photos: [{ url, metadata: { primary: true } }] })
  return { person: user.people.person(resourceName) }
}
