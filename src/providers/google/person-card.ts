/** A person of the People API as a vCard 4.0 (RFC 6350). What has no property of its own gets one with a label beside it. */
import type { people_v1 } from '@googleapis/people'
import { CardWriter, dateValue } from '../../formats/card-writer.ts'
import { type Params, plainValue, structuredValue, textValue } from '../../formats/line-writer.ts'

export type Person = people_v1.Schema$Person

/** A picture, or only its address. */
export type Photo = { readonly mime: string; readonly octets: Buffer } | { readonly url: string }

interface Surroundings {
  /** Name of each group by its resource name. */
  readonly groups: ReadonlyMap<string, string>
  readonly photos: readonly Photo[]
}

/** Types that RFC 6350 knows, by Google's names; others become labels. */
const placeTypes: Readonly<Record<string, readonly string[]>> = { home: ['home'], work: ['work'] }
const urlTypes: Readonly<Record<string, readonly string[]>> = { ...placeTypes, homePage: ['home'] }
const phoneTypes: Readonly<Record<string, readonly string[]>> = {
  ...placeTypes,
  mobile: ['cell'],
  homeFax: ['home', 'fax'],
  workFax: ['work', 'fax'],
  workMobile: ['work', 'cell'],
  workPager: ['work', 'pager'],
  pager: ['pager'],
}
const relationTypes: Readonly<Record<string, string>> = {
  spouse: 'spouse',
  child: 'child',
  parent: 'parent',
  brother: 'sibling',
  sister: 'sibling',
  friend: 'friend',
  relative: 'kin',
  domesticPartner: 'sweetheart',
  manager: 'co-worker',
  assistant: 'co-worker',
}
/** RFC 6350 section 6.4.3 wants a URI. */
const imSchemes: Readonly<Record<string, string>> = {
  aim: 'aim',
  msn: 'msnim',
  yahoo: 'ymsgr',
  skype: 'skype',
  qq: 'x-qq',
  googleTalk: 'xmpp',
  icq: 'icq',
  jabber: 'xmpp',
  netMeeting: 'x-netmeeting',
}

export function personCard(person: Person, surroundings: Surroundings): Buffer {
  const card = new CardWriter()
  names(card, person)
  ways(card, person)
  dates(card, person)
  rest(card, person, surroundings)
  return card.end(person.resourceName ?? '')
}

/** A field of which one may be the primary. */
interface Field {
  readonly metadata?: people_v1.Schema$FieldMetadata
}

interface TypedField extends Field {
  readonly type?: string | null
  readonly formattedType?: string | null
}

/** With a label beside it where `type` is none that is known. */
function typed(
  card: CardWriter,
  name: string,
  field: TypedField,
  known: Readonly<Record<string, readonly string[]>>,
  params: Params,
  value: string,
): void {
  const types = known[field.type ?? '']
  const all = { ...params, ...(types === undefined ? {} : { TYPE: types }), ...pref(field) }
  if (types !== undefined || !field.type) card.add(name, all, value)
  else card.labelled(name, field.formattedType || field.type, all, value)
}

function pref({ metadata }: Field): Params {
  return metadata?.primary === true ? { PREF: '1' } : {}
}

const primaryFirst = <T extends Field>(fields: readonly T[] | undefined): T[] =>
  [...(fields ?? [])].sort((a, b) => Number(b.metadata?.primary === true) - Number(a.metadata?.primary === true))

const text = (value: string | null | undefined): string => textValue(value ?? '')

function names(card: CardWriter, person: Person): void {
  const [name, ...others] = primaryFirst(person.names)
  const shown = [name, ...others].flatMap((one) => (one?.displayName ? [one.displayName] : []))
  const fallback = person.nicknames?.[0]?.value ?? person.organizations?.[0]?.name ?? person.emailAddresses?.[0]?.value
  const all = shown.length > 0 ? shown : [fallback || person.phoneNumbers?.[0]?.value || 'Unknown']
  for (const [n, one] of all.entries()) card.add('FN', all.length > 1 && n === 0 ? { PREF: '1' } : {}, textValue(one))
  if (name !== undefined) {
    const { familyName, givenName, middleName, honorificPrefix, honorificSuffix } = name
    card.add('N', {}, structuredValue([familyName, givenName, middleName, honorificPrefix, honorificSuffix]))
    card.add('X-PHONETIC-LAST-NAME', {}, text(name.phoneticFamilyName))
    card.add('X-PHONETIC-FIRST-NAME', {}, text(name.phoneticGivenName))
    card.add('X-PHONETIC-MIDDLE-NAME', {}, text(name.phoneticMiddleName))
  }
  for (const { value, type } of person.nicknames ?? []) {
    if (!type || type === 'DEFAULT') card.add('NICKNAME', {}, text(value))
    else card.labelled('NICKNAME', type, {}, text(value))
  }
  for (const { value } of person.fileAses ?? []) card.add('X-FILE-AS', {}, text(value))
}

/** How to reach the person. */
function ways(card: CardWriter, person: Person): void {
  for (const email of primaryFirst(person.emailAddresses)) typed(card, 'EMAIL', email, placeTypes, {}, text(email.value))
  for (const phone of primaryFirst(person.phoneNumbers)) typed(card, 'TEL', phone, phoneTypes, {}, text(phone.value))
  for (const address of primaryFirst(person.addresses)) {
    typed(
      card,
      'ADR',
      address,
      placeTypes,
      address.formattedValue ? { LABEL: address.formattedValue } : {},
      addressValue(address),
    )
  }
  for (const url of primaryFirst(person.urls)) typed(card, 'URL', url, urlTypes, {}, plainValue(url.value ?? ''))
  for (const im of primaryFirst(person.imClients)) typed(card, 'IMPP', im, placeTypes, {}, imValue(im))
  for (const sip of primaryFirst(person.sipAddresses)) typed(card, 'IMPP', sip, placeTypes, {}, sipValue(sip.value ?? ''))
  for (const { url, type } of person.calendarUrls ?? [])
    card.add(type === 'freeBusy' ? 'FBURL' : 'CALURI', {}, plainValue(url ?? ''))
}

/** The whole address as its street where Google knows no parts. */
function addressValue(address: people_v1.Schema$Address): string {
  const { poBox, extendedAddress, streetAddress, city, region, postalCode, country, countryCode, formattedValue } = address
  const parts = structuredValue([poBox, extendedAddress, streetAddress, city, region, postalCode, country || countryCode])
  return /^;*$/.test(parts) ? structuredValue([null, null, formattedValue, null, null, null, null]) : parts
}

function imValue({ protocol, username }: people_v1.Schema$ImClient): string {
  const known = imSchemes[protocol ?? '']
  const scheme = known ?? `x-${(protocol ?? 'im').toLowerCase().replace(/[^a-z0-9]+/g, '-')}`
  return username ? plainValue(`${scheme}:${encodeURI(username.toWellFormed())}`) : ''
}

function sipValue(address: string): string {
  return address === '' || /^sips?:/i.test(address) ? plainValue(address) : plainValue(`sip:${address}`)
}

function dates(card: CardWriter, person: Person): void {
  const [birthday, ...others] = primaryFirst(person.birthdays)
  if (birthday !== undefined) {
    const date = dateText(birthday.date)
    if (date !== '') card.add('BDAY', {}, date)
    else card.add('BDAY', { VALUE: 'text' }, textValue(birthday.text ?? ''))
  }
  for (const { date, text } of others) card.labelled('X-ABDATE', 'Birthday', {}, dateText(date) || textValue(text ?? ''))
  let hasAnniversary = false
  for (const event of primaryFirst(person.events)) {
    const isAnniversary: boolean = event.type === 'anniversary' && !hasAnniversary
    hasAnniversary ||= isAnniversary
    if (isAnniversary) card.add('ANNIVERSARY', {}, dateText(event.date))
    else card.labelled('X-ABDATE', event.formattedType || event.type || 'Event', {}, dateText(event.date))
  }
}

const dateText = (date: people_v1.Schema$Date | undefined): string => (date === undefined ? '' : dateValue(date))

function rest(card: CardWriter, person: Person, { groups, photos }: Surroundings): void {
  work(card, person)
  for (const relation of primaryFirst(person.relations)) addRelation(card, relation)
  for (const { value } of person.biographies ?? []) card.add('NOTE', {}, text(value))
  for (const { value } of person.interests ?? []) card.add('INTEREST', {}, text(value))
  for (const { value } of person.skills ?? []) card.add('EXPERTISE', {}, text(value))
  for (const { value } of person.locales ?? []) card.add('LANG', {}, plainValue(value ?? ''))
  for (const { value } of person.genders ?? []) card.add('GENDER', {}, genderValue(value ?? ''))
  labelledExtras(card, person)
  card.add('CATEGORIES', {}, groupNames(person, groups).map(textValue).join(','))
  for (const photo of photos) card.add('PHOTO', {}, photoValue(photo))
  card.add('REV', {}, updateTime(person).replace(/[-:]/g, '').replace(/\.\d+/, ''))
}

function work(card: CardWriter, { organizations, occupations }: Person): void {
  for (const { name, department, title, jobDescription, symbol, location, phoneticName } of primaryFirst(organizations)) {
    card.together([
      ['ORG', {}, structuredValue(department ? [name, department] : [name])],
      ['TITLE', {}, text(title)],
      ['ROLE', {}, text(jobDescription)],
      ['X-PHONETIC-ORG', {}, text(phoneticName)],
      ['X-ORG-SYMBOL', {}, text(symbol)],
      ['X-ORG-LOCATION', {}, text(location)],
    ])
  }
  for (const { value } of occupations ?? []) card.labelled('ROLE', 'Occupation', {}, text(value))
}

function addRelation(card: CardWriter, { type, formattedType, person }: people_v1.Schema$Relation): void {
  const known = relationTypes[type ?? '']
  if (known !== undefined && known === type) card.add('RELATED', { VALUE: 'text', TYPE: known }, text(person))
  else card.labelled('RELATED', formattedType || type || 'Relation', { VALUE: 'text', TYPE: known }, text(person))
}

function labelledExtras(card: CardWriter, { locations, userDefined, externalIds }: Person): void {
  for (const { value, buildingId, floor } of locations ?? []) {
    card.labelled('X-LOCATION', 'Location', {}, textValue([value, buildingId, floor].filter(Boolean).join(', ')))
  }
  for (const { key, value } of userDefined ?? []) card.labelled('X-CUSTOM', key || 'Custom', {}, text(value))
  for (const id of externalIds ?? []) card.labelled('X-EXTERNAL-ID', id.formattedType || id.type || 'Id', {}, text(id.value))
}

function photoValue(photo: Photo): string {
  return 'url' in photo ? plainValue(photo.url) : `data:${photo.mime};base64,${photo.octets.toString('base64')}`
}

function updateTime({ metadata }: Person): string {
  const times = (metadata?.sources ?? []).flatMap((source) => source.updateTime ?? [])
  return plainValue(times.sort().at(-1) ?? '')
}

function genderValue(value: string): string {
  if (value === 'male') return 'M'
  if (value === 'female') return 'F'
  return value === '' || value === 'unspecified' ? '' : `O;${textValue(value)}`
}

/** `myContacts` holds every contact: no more than "is a contact". */
export function groupNames(person: Person, groups: ReadonlyMap<string, string>): string[] {
  const names = (person.memberships ?? []).flatMap(({ contactGroupMembership }) => {
    const group = contactGroupMembership?.contactGroupResourceName ?? ''
    if (group === '' || group === 'contactGroups/myContacts') return []
    return group === 'contactGroups/starred' ? ['Starred'] : [groups.get(group) ?? group]
  })
  return [...new Set(names)].sort()
}
