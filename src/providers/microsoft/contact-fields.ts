/**
 * What Outlook knows of a contact and the `contact` resource does not name: MAPI properties ([MS-OXOCNTC], [MS-OXPROPS]), asked
 * for and written as `singleValueExtendedProperties`.
 */
import type { Contact } from '@microsoft/microsoft-graph-types'

const contactProperty = (id: string) => `String {00062004-0000-0000-C000-000000000046} Id ${id}`

/** Identifiers as Graph takes them; it answers with the hexadecimal part in any case. */
export const moreFields = {
  businessFax: 'String 0x3A24',
  homeFax: 'String 0x3A25',
  otherFax: 'String 0x3A23',
  pager: 'String 0x3A21',
  carPhone: 'String 0x3A1E',
  radioPhone: 'String 0x3A1D',
  callbackPhone: 'String 0x3A02',
  otherPhone: 'String 0x3A1F',
  primaryPhone: 'String 0x3A1A',
  companyPhone: 'String 0x3A57',
  assistantPhone: 'String 0x3A2E',
  telex: 'String 0x3A2C',
  textPhone: 'String 0x3A4B',
  isdn: 'String 0x3A2D',
  anniversary: 'SystemTime 0x3A41',
  hobbies: 'String 0x3A43',
  gender: 'Short 0x3A4D',
  personalHomePage: 'String 0x3A50',
  language: 'String 0x3A0C',
  governmentId: 'String 0x3A07',
  customerId: 'String 0x3A4A',
  referredBy: 'String 0x3A47',
  userField1: contactProperty('0x804F'),
  userField2: contactProperty('0x8050'),
  userField3: contactProperty('0x8051'),
  userField4: contactProperty('0x8052'),
  freeBusyUrl: contactProperty('0x80D8'),
} as const

export type MoreField = keyof typeof moreFields

/** Under which a restore notes the UID that an item had where it came from (PS_PUBLIC_STRINGS). */
export const uidProperty = 'String {00020329-0000-0000-C000-000000000046} Name LifeboatUid'

/** Under which a restore notes the SHA-256 of what it put there. */
export const checksumProperty = 'String {00020329-0000-0000-C000-000000000046} Name LifeboatChecksum'

const nameOf = new Map(Object.entries(moreFields).map(([name, id]) => [id.toLowerCase(), name as MoreField]))

/** OData takes about twenty comparisons in a `$filter` (`MaxNodeCount`). */
const mostAtOnce = 15

/** For `$expand`, one after the other: no question may ask for all of them. */
export const contactExpands: readonly string[] = inParts([uidProperty, checksumProperty, ...Object.values(moreFields)]).map(
  (ids) => `singleValueExtendedProperties($filter=${ids.map((id) => `id eq '${id}'`).join(' or ')})`,
)

function inParts(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / mostAtOnce) }, (_, n) => ids.slice(n * mostAtOnce, (n + 1) * mostAtOnce))
}

export type MoreFields = { readonly [name in MoreField]?: string }

/** Values of what is not empty. */
export function moreFieldsOf({ singleValueExtendedProperties }: Contact): MoreFields {
  const entries = (singleValueExtendedProperties ?? []).flatMap(({ id, value }) => {
    const name = nameOf.get((id ?? '').toLowerCase())
    return name === undefined || !value ? [] : [[name, value]]
  })
  return Object.fromEntries(entries) as MoreFields
}

/** The UID and the checksum that a restore noted; empty where none did. */
export function notedIn(item: Pick<Contact, 'singleValueExtendedProperties'>): { readonly uid: string; readonly sha256: string } {
  const value = (wanted: string) =>
    item.singleValueExtendedProperties?.find(({ id }) => id?.toLowerCase() === wanted.toLowerCase())?.value ?? ''
  return { uid: value(uidProperty), sha256: value(checksumProperty) }
}
