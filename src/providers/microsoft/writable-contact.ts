/** What of a contact Graph takes when it is made, and when two contacts say the same. */
import type { Contact } from '@microsoft/microsoft-graph-types'
import { canonicalJson } from '../shared/canonical.ts'
import { checksumProperty, type MoreField, moreFields, moreFieldsOf, uidProperty } from './contact-fields.ts'

const writable = [
  ...['assistantName', 'birthday', 'businessAddress', 'businessHomePage', 'businessPhones', 'categories', 'children'],
  ...['companyName', 'department', 'displayName', 'emailAddresses', 'fileAs', 'generation', 'givenName', 'homeAddress'],
  ...['homePhones', 'imAddresses', 'initials', 'jobTitle', 'manager', 'middleName', 'mobilePhone', 'nickName'],
  ...['officeLocation', 'otherAddress', 'personalNotes', 'profession', 'spouseName', 'surname', 'title', 'yomiCompanyName'],
  ...['yomiGivenName', 'yomiSurname'],
] as const satisfies readonly (keyof Contact)[]

/** Of what the contact says. `noted`: where it came from, for the next restore and backup. */
export function writableContact(contact: Contact, noted: { readonly uid: string; readonly sha256: string }): Contact {
  const kept = writable.flatMap((name) => (isEmpty(contact[name]) ? [] : [[name, contact[name]]]))
  const more = Object.entries(moreFieldsOf(contact)).map(([name, value]) => ({ id: moreFields[name as MoreField], value }))
  const own = [
    { id: uidProperty, value: noted.uid },
    { id: checksumProperty, value: noted.sha256 },
  ].filter(({ value }) => value !== '')
  return { ...(Object.fromEntries(kept) as Contact), singleValueExtendedProperties: [...more, ...own] }
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true
  return typeof value === 'object' && Object.values(value).every(isEmpty)
}

/** Equal for contacts that say the same. */
export function contactText(contact: Contact): string {
  const kept = writable.flatMap((name): [string, unknown][] =>
    isEmpty(contact[name]) ? [] : [[name, plain(name, contact[name])]],
  )
  return canonicalJson([Object.fromEntries(kept), moreFieldsOf(contact)])
}

/** The time of a birthday and a name that repeats the address say nothing. */
function plain(name: string, value: unknown): unknown {
  if (name === 'birthday') return String(value).slice(0, 10)
  if (name !== 'emailAddresses') return withoutEmpty(value)
  return (value as NonNullable<Contact['emailAddresses']>).map(({ address }) => address)
}

function withoutEmpty(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([, part]) => !isEmpty(part)))
}
