/** A contact of Microsoft Graph as a vCard 4.0 (RFC 6350). */
import type { Contact, PhysicalAddress } from '@microsoft/microsoft-graph-types'
import { CardWriter, dateValue } from '../../formats/card-writer.ts'
import { plainValue, structuredValue, textValue } from '../../formats/line-writer.ts'
import { type MoreField, moreFieldsOf, notedIn } from './contact-fields.ts'

export interface Picture {
  readonly mime: string
  readonly octets: Buffer
}

export function contactCard(contact: Contact, picture: Picture | null): Buffer {
  const card = new CardWriter()
  names(card, contact)
  ways(card, contact)
  dates(card, contact)
  work(card, contact)
  rest(card, contact)
  if (picture !== null) card.add('PHOTO', {}, `data:${picture.mime};base64,${picture.octets.toString('base64')}`)
  card.add('REV', {}, plainValue(contact.lastModifiedDateTime ?? '').replace(/[-:]|\.\d+/g, ''))
  return card.end(notedIn(contact).uid || (contact.id ?? ''))
}

const text = (value: string | null | undefined): string => textValue(value ?? '')

function names(card: CardWriter, contact: Contact): void {
  const [email] = contact.emailAddresses ?? []
  const { displayName, nickName, companyName, mobilePhone } = contact
  const phone = mobilePhone || contact.businessPhones?.[0] || contact.homePhones?.[0]
  card.add('FN', {}, text(displayName || nickName || companyName || email?.address || phone || 'Unknown'))
  const { surname, givenName, middleName, title, generation } = contact
  card.add('N', {}, structuredValue([surname, givenName, middleName, title, generation]))
  card.add('X-PHONETIC-LAST-NAME', {}, text(contact.yomiSurname))
  card.add('X-PHONETIC-FIRST-NAME', {}, text(contact.yomiGivenName))
  card.add('NICKNAME', {}, text(nickName))
  card.add('X-FILE-AS', {}, text(contact.fileAs))
  card.add('X-INITIALS', {}, text(contact.initials))
}

/** Types of RFC 6350, or a label, by the name of the field. */
const phoneKinds: Partial<Readonly<Record<MoreField, readonly string[] | string>>> = {
  businessFax: ['work', 'fax'],
  homeFax: ['home', 'fax'],
  otherFax: ['fax'],
  pager: ['pager'],
  textPhone: ['textphone'],
  ...{ carPhone: 'Car', radioPhone: 'Radio', callbackPhone: 'Callback', otherPhone: 'Other', primaryPhone: 'Primary' },
  ...{ companyPhone: 'Company', assistantPhone: 'Assistant', telex: 'Telex', isdn: 'ISDN' },
}

function mail(card: CardWriter, contact: Contact): void {
  const emails = (contact.emailAddresses ?? []).filter(({ address }) => address)
  for (const [n, { address, name }] of emails.entries()) {
    const isNamed = name && name !== address && name !== contact.displayName
    const pref = n === 0 && emails.length > 1 ? { PREF: '1' } : {}
    card.add('EMAIL', { ...pref, ...(isNamed ? { 'X-DISPLAY-NAME': name } : {}) }, text(address))
  }
}

/** How to reach the person. */
function ways(card: CardWriter, contact: Contact): void {
  mail(card, contact)
  for (const phone of contact.businessPhones ?? []) card.add('TEL', { TYPE: ['work'] }, text(phone))
  for (const phone of contact.homePhones ?? []) card.add('TEL', { TYPE: ['home'] }, text(phone))
  card.add('TEL', { TYPE: ['cell'] }, text(contact.mobilePhone))
  const more = moreFieldsOf(contact)
  for (const [name, kind] of Object.entries(phoneKinds)) {
    const value = text(more[name as MoreField])
    if (typeof kind === 'string') card.labelled('TEL', kind, {}, value)
    else card.add('TEL', { TYPE: kind }, value)
  }
  card.add('ADR', { TYPE: 'home' }, addressValue(contact.homeAddress))
  card.add('ADR', { TYPE: 'work' }, addressValue(contact.businessAddress))
  card.labelled('ADR', 'Other', {}, addressValue(contact.otherAddress))
  card.add('URL', { TYPE: 'work' }, plainValue(contact.businessHomePage ?? ''))
  card.add('URL', { TYPE: 'home' }, plainValue(more.personalHomePage ?? ''))
  for (const address of contact.imAddresses ?? []) card.add('IMPP', {}, imValue(address))
  card.add('FBURL', {}, plainValue(more.freeBusyUrl ?? ''))
}

function addressValue(address: PhysicalAddress | null | undefined): string {
  const { street, city, state, postalCode, countryOrRegion } = address ?? {}
  return structuredValue([null, null, street, city, state, postalCode, countryOrRegion])
}

/** RFC 6350 section 6.4.3 wants a URI. */
function imValue(address: string): string {
  return /^[a-z][a-z0-9+.-]*:\S/i.test(address) ? plainValue(address) : plainValue(`x-im:${encodeURI(address.toWellFormed())}`)
}

/** Outlook's year of a day whose year is not known. */
const noYear = 1604

function dates(card: CardWriter, contact: Contact): void {
  card.add('BDAY', {}, dayValue(contact.birthday))
  card.add('ANNIVERSARY', {}, dayValue(moreFieldsOf(contact).anniversary))
}

/** Outlook's own programs write a day as noon or midnight of it in UTC. */
function dayValue(time: string | null | undefined): string {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)T/.exec(time ?? '') ?? []
  if (year === undefined || Number(year) === 1) return ''
  return dateValue({ year: Number(year) === noYear ? 0 : Number(year), month: Number(month), day: Number(day) })
}

function work(card: CardWriter, contact: Contact): void {
  const { companyName, department } = contact
  card.together([
    ['ORG', {}, structuredValue(department ? [companyName, department] : [companyName])],
    ['TITLE', {}, text(contact.jobTitle)],
    ['X-PHONETIC-ORG', {}, text(contact.yomiCompanyName)],
    ['X-ORG-LOCATION', {}, text(contact.officeLocation)],
  ])
  if (contact.profession) card.labelled('ROLE', 'Occupation', {}, text(contact.profession))
}

const ids: readonly (readonly [MoreField, string])[] = [
  ['governmentId', 'Government id'],
  ['customerId', 'Customer id'],
]
const customs: readonly (readonly [MoreField, string])[] = [
  ['referredBy', 'Referred by'],
  ['userField1', 'User field 1'],
  ['userField2', 'User field 2'],
  ['userField3', 'User field 3'],
  ['userField4', 'User field 4'],
]
/** PidTagGender, [MS-OXOCNTC] section 2.2.1.10.2. */
const genders: Readonly<Record<string, string>> = { 1: 'F', 2: 'M' }

function rest(card: CardWriter, contact: Contact): void {
  const more = moreFieldsOf(contact)
  card.add('RELATED', { VALUE: 'text', TYPE: 'spouse' }, text(contact.spouseName))
  for (const child of contact.children ?? []) card.add('RELATED', { VALUE: 'text', TYPE: 'child' }, text(child))
  card.labelled('RELATED', 'Manager', { VALUE: 'text', TYPE: 'co-worker' }, text(contact.manager))
  card.labelled('RELATED', 'Assistant', { VALUE: 'text', TYPE: 'co-worker' }, text(contact.assistantName))
  card.add('NOTE', {}, text(contact.personalNotes))
  card.add('INTEREST', {}, text(more.hobbies))
  card.add('LANG', {}, plainValue(more.language ?? ''))
  card.add('GENDER', {}, genders[more.gender ?? ''] ?? '')
  for (const [name, label] of customs) card.labelled('X-CUSTOM', label, {}, text(more[name]))
  for (const [name, label] of ids) card.labelled('X-EXTERNAL-ID', label, {}, text(more[name]))
  card.add('CATEGORIES', {}, (contact.categories ?? []).map(textValue).join(','))
}
