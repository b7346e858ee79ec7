/** What of a person Google takes when a contact is made (`people.createContact`). */
import type { people_v1 } from '@googleapis/people'
import { canonicalJson } from '../shared/canonical.ts'
import type { Person } from './person-card.ts'

export interface WritablePerson {
  /** Without memberships: groups have other names of their own at every account. */
  readonly person: Person
  /** Members of the person that Google does not take, in words. */
  readonly losses: readonly string[]
}

/** "Valid values" of `updatePersonFields`, but memberships. */
export const writableFields = [
  ...['addresses', 'biographies', 'birthdays', 'calendarUrls', 'clientData', 'emailAddresses', 'events', 'externalIds'],
  ...['genders', 'imClients', 'interests', 'locales', 'locations', 'miscKeywords', 'names', 'nicknames', 'occupations'],
  ...['organizations', 'phoneNumbers', 'relations', 'sipAddresses', 'urls', 'userDefined'],
] as const satisfies readonly (keyof Person)[]

/** "Singletons for contact sources": one of each at most. */
const singletons: ReadonlySet<string> = new Set(['biographies', 'birthdays', 'genders', 'names'])

/** "Output only" in the reference. */
const told = [
  'metadata',
  'formattedType',
  'formattedProtocol',
  'canonicalForm',
  'displayName',
  'displayNameLastFirst',
  'addressMeAs',
]
/** Fields whose `displayName` is not output only. */
const named: ReadonlySet<string> = new Set(['emailAddresses'])

const notTaken: Readonly<Partial<Record<keyof Person, string>>> = {
  skills: 'Google takes no skills.',
  fileAses: 'Google takes no “file as” name.',
}

/** `person`: as Google gives it, or as `cardPerson` makes it. */
export function writablePerson(person: Person): WritablePerson {
  const losses: string[] = []
  for (const [name, text] of Object.entries(notTaken))
    if ((person[name as keyof Person] as readonly unknown[] | undefined)?.length) losses.push(text)
  const kept: Record<string, object[]> = {}
  for (const name of writableFields) {
    const entries = ((person[name] ?? []) as readonly Entry[]).filter(isOwn)
    const ordered = entries.toSorted((a, b) => Number(b.metadata?.primary === true) - Number(a.metadata?.primary === true))
    const taken = singletons.has(name) ? ordered.slice(0, 1) : entries
    if (taken.length < entries.length) losses.push(`Google takes one of these: ${name}.`)
    const values = taken.map((entry) => valuesOf(name, entry)).filter((entry) => Object.keys(entry).length > 0)
    if (values.length > 0) kept[name] = values
  }
  return { person: kept as Person, losses }
}

interface Entry {
  readonly metadata?: people_v1.Schema$FieldMetadata
}

/** Not what the other person's profile at Google says. */
function isOwn({ metadata }: Entry): boolean {
  const type = metadata?.source?.type
  return type === undefined || type === null || type === 'CONTACT' || type === 'OTHER_CONTACT'
}

function valuesOf(field: string, entry: Entry): object {
  const values = Object.entries(entry).filter(
    ([name, value]) => value !== null && value !== '' && (!told.includes(name) || (name === 'displayName' && named.has(field))),
  )
  if (field !== 'names') return Object.fromEntries(values)
  const { displayName, unstructuredName } = entry as people_v1.Schema$Name
  const parts = values.filter(([name]) => name !== 'unstructuredName')
  return parts.length > 0 ? Object.fromEntries(parts) : { unstructuredName: unstructuredName || displayName || '' }
}

/** Equal for persons that say the same, in whatever order. */
export function personText(person: Person): string {
  const { person: own } = writablePerson(person)
  const sorted = Object.entries(own).map(([name, entries]) => [name, (entries as object[]).map(canonicalJson).sort()])
  return JSON.stringify(sorted.sort())
}
