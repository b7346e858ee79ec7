/** A vCard of any version as a person of the People API; the inverse of `personCard` where it was made by that. */
import type { people_v1 } from '@googleapis/people'
import {
  cardBookkeeping,
  dateOfField,
  decodedUri,
  fieldsNamed,
  labelOf,
  listOf,
  photoOf,
  plainText,
  textOfField,
  withoutEmpty,
} from '../../formats/card-reader.ts'
import { type CardField, cardFields } from '../../formats/vcard.ts'
import type { Person } from './person-card.ts'

export interface CardPerson {
  readonly person: Person
  readonly categories: readonly string[]
  readonly photo: Buffer | null
  /** Names of properties that say something for which Google has no field. */
  readonly left: readonly string[]
}

type Filler = (fields: readonly CardField[], person: Writable) => void
type Writable = { -readonly [name in keyof Person]: Person[name] }

export function cardPerson(bytes: Uint8Array): CardPerson {
  const fields = cardFields(bytes).filter(({ value }) => !/^[;,]*$/.test(value))
  const person: Writable = {}
  for (const fill of fillers) fill(fields, person)
  const categories = fieldsNamed(fields, 'CATEGORIES').flatMap(({ value }) => listOf(value))
  const left = fields.map(({ name }) => name).filter((name) => !known.has(name) && !cardBookkeeping.test(name))
  return { person, categories, photo: photoOf(fields), left: [...new Set(left)].sort() }
}

function typed<T extends object>(field: CardField, value: T, typeOf: (types: readonly string[]) => string | undefined): T {
  const type = field.label || typeOf(field.types)
  return type ? { ...value, type } : value
}

function place(types: readonly string[]): string | undefined {
  return types.find((type) => type === 'home' || type === 'work') ?? types.find((type) => /^(?:other|x-)/.test(type))
}

function phoneType(types: readonly string[]): string | undefined {
  const has = (...wanted: readonly string[]) => wanted.every((type) => types.includes(type))
  if (has('fax')) return has('work') ? 'workFax' : has('home') ? 'homeFax' : 'otherFax'
  if (has('pager')) return has('work') ? 'workPager' : 'pager'
  if (has('cell')) return has('work') ? 'workMobile' : 'mobile'
  return types.includes('main') ? 'main' : place(types)
}

function names(fields: readonly CardField[], person: Writable): void {
  const [name] = fieldsNamed(fields, 'N')
  const [full] = fieldsNamed(fields, 'FN')
  const [familyName, givenName, middleName, honorificPrefix, honorificSuffix] = name?.components ?? []
  const sound = (which: string) => fieldsNamed(fields, `X-PHONETIC-${which}-NAME`).map(textOfField)[0]
  const parts = withoutEmpty({
    ...{ familyName, givenName, middleName, honorificPrefix, honorificSuffix },
    ...{ phoneticFamilyName: sound('LAST'), phoneticGivenName: sound('FIRST'), phoneticMiddleName: sound('MIDDLE') },
  })
  if (Object.keys(parts).length > 0) person.names = [parts]
  else if (full !== undefined) person.names = [{ unstructuredName: textOfField(full) }]
  const nicknames = fieldsNamed(fields, 'NICKNAME').flatMap((field) =>
    listOf(field.value).map((value) => (field.label ? { value, type: field.label } : { value })),
  )
  if (nicknames.length > 0) person.nicknames = nicknames
}

function ways(fields: readonly CardField[], person: Writable): void {
  fill(person, 'emailAddresses', fieldsNamed(fields, 'EMAIL'), (field) => typed(field, { value: textOfField(field) }, place))
  fill(person, 'phoneNumbers', fieldsNamed(fields, 'TEL'), (field) =>
    typed(field, { value: textOfField(field).replace(/^tel:/i, '') }, phoneType),
  )
  fill(person, 'addresses', fieldsNamed(fields, 'ADR'), (field) => typed(field, address(field), place))
  fill(person, 'urls', fieldsNamed(fields, 'URL'), (field) => typed(field, { value: plainText(field.value) }, place))
  const impp = fieldsNamed(fields, 'IMPP')
  const isSip = ({ value }: CardField) => /^sips?:/i.test(value)
  fill(person, 'sipAddresses', impp.filter(isSip), (field) => typed(field, { value: field.value.replace(/^sip:/i, '') }, place))
  fill(
    person,
    'imClients',
    impp.filter((field) => !isSip(field)),
    imClient,
  )
  const calendars = fieldsNamed(fields, 'CALURI', 'FBURL').map(({ name, value }) => ({
    ...{ url: value, type: name === 'FBURL' ? 'freeBusy' : 'home' },
  }))
  if (calendars.length > 0) person.calendarUrls = calendars
}

function fill<Name extends keyof Person>(
  person: Writable,
  name: Name,
  fields: readonly CardField[],
  make: (field: CardField) => NonNullable<Person[Name]> extends readonly (infer Entry)[] ? Entry : never,
): void {
  if (fields.length > 0) person[name] = fields.map(make) as unknown as Writable[Name]
}

function address(field: CardField): people_v1.Schema$Address {
  const [poBox, extendedAddress, streetAddress, city, region, postalCode, country] = field.components
  return withoutEmpty({
    poBox,
    extendedAddress,
    streetAddress,
    city,
    region,
    postalCode,
    country,
    formattedValue: labelOf(field),
  })
}

const protocols: Readonly<Record<string, string>> = {
  ...{
    aim: 'aim',
    msnim: 'msn',
    ymsgr: 'yahoo',
    skype: 'skype',
    xmpp: 'jabber',
    icq: 'icq',
    'x-qq': 'qq',
    'x-netmeeting': 'netMeeting',
  },
}

function imClient(field: CardField): people_v1.Schema$ImClient {
  const [, scheme = '', name = field.value] = /^([\w+.-]+):(.*)$/s.exec(field.value) ?? []
  const protocol = protocols[scheme.toLowerCase()] ?? scheme.replace(/^x-/i, '')
  const value = { username: decodedUri(name), ...(protocol === '' ? {} : { protocol }) }
  return typed(field, value, place)
}

function dates(fields: readonly CardField[], person: Writable): void {
  const [birthday] = fieldsNamed(fields, 'BDAY')
  if (birthday !== undefined) {
    const date = dateOf(birthday)
    person.birthdays = [date === null ? { text: textOfField(birthday) } : { date }]
  }
  const others = [
    ...fieldsNamed(fields, 'ANNIVERSARY', 'X-ANNIVERSARY').map((field) => ({ field, type: 'anniversary' })),
    ...fieldsNamed(fields, 'X-ABDATE').map((field) => ({ field, type: field.label || 'Event' })),
  ]
  const events = others.flatMap(({ field, type }) => {
    const date = dateOf(field)
    return date === null || type === 'Birthday' ? [] : [{ type, date }]
  })
  if (events.length > 0) person.events = events
}

function dateOf(field: CardField): people_v1.Schema$Date | null {
  const date = dateOfField(field)
  return date === null ? null : Object.fromEntries(Object.entries(date).filter(([, part]) => part > 0))
}

function work(fields: readonly CardField[], person: Writable): void {
  const isOccupation = ({ name, label }: CardField) => name === 'ROLE' && label === 'Occupation'
  const occupations = fields.filter(isOccupation).map((field) => ({ value: textOfField(field) }))
  if (occupations.length > 0) person.occupations = occupations
  const of = (name: string) => fields.filter((field) => field.name === name && !isOccupation(field))
  const [orgs, titles, roles] = [of('ORG'), of('TITLE'), of('ROLE')]
  const [sounds, symbols, places] = [of('X-PHONETIC-ORG'), of('X-ORG-SYMBOL'), of('X-ORG-LOCATION')]
  const count = Math.max(orgs.length, titles.length, roles.length)
  const organizations = Array.from({ length: count }, (_, n) => {
    const at = (list: readonly CardField[]) => (list[n] === undefined ? undefined : textOfField(list[n]))
    const [name, ...departments] = orgs[n]?.components ?? []
    return withoutEmpty({
      ...{ name, department: departments.filter((part) => part !== '').join(', '), title: at(titles), jobDescription: at(roles) },
      ...{ phoneticName: at(sounds), symbol: at(symbols), location: at(places) },
    })
  })
  if (organizations.length > 0) person.organizations = organizations
}

const relations: Readonly<Record<string, string>> = { sweetheart: 'domesticPartner', kin: 'relative', sibling: 'sibling' }

function rest(fields: readonly CardField[], person: Writable): void {
  fill(person, 'relations', fieldsNamed(fields, 'RELATED', 'X-ABRELATEDNAMES'), (field) =>
    typed({ ...field, label: field.label }, { person: textOfField(field) }, ([type]) => relations[type ?? ''] ?? type),
  )
  const notes = fieldsNamed(fields, 'NOTE').map(textOfField)
  if (notes.length > 0) person.biographies = [{ value: notes.join('\n\n'), contentType: 'TEXT_PLAIN' }]
  fill(person, 'interests', fieldsNamed(fields, 'INTEREST', 'HOBBY'), (field) => ({ value: textOfField(field) }))
  fill(person, 'skills', fieldsNamed(fields, 'EXPERTISE'), (field) => ({ value: textOfField(field) }))
  fill(person, 'locales', fieldsNamed(fields, 'LANG'), (field) => ({ value: textOfField(field) }))
  fill(person, 'locations', fieldsNamed(fields, 'X-LOCATION'), (field) => ({ value: textOfField(field) }))
  fill(person, 'userDefined', fieldsNamed(fields, 'X-CUSTOM'), (field) => ({
    key: field.label || 'Custom',
    value: textOfField(field),
  }))
  fill(person, 'externalIds', fieldsNamed(fields, 'X-EXTERNAL-ID'), (field) => ({
    value: textOfField(field),
    type: field.label || 'Id',
  }))
  const [gender] = fieldsNamed(fields, 'GENDER')
  if (gender !== undefined) person.genders = [{ value: genderOf(gender.components) }]
}

function genderOf([sex = '', words = '']: readonly string[]): string {
  if (/^m$/i.test(sex)) return 'male'
  return /^f$/i.test(sex) ? 'female' : words || 'unspecified'
}

const fillers: readonly Filler[] = [names, ways, dates, work, rest]

const known: ReadonlySet<string> = new Set([
  ...[
    'N',
    'NICKNAME',
    'EMAIL',
    'TEL',
    'ADR',
    'URL',
    'IMPP',
    'CALURI',
    'FBURL',
    'BDAY',
    'ANNIVERSARY',
    'X-ANNIVERSARY',
    'X-ABDATE',
  ],
  ...['ORG', 'TITLE', 'ROLE', 'X-PHONETIC-ORG', 'X-ORG-SYMBOL', 'X-ORG-LOCATION', 'RELATED', 'X-ABRELATEDNAMES', 'NOTE'],
  ...['INTEREST', 'HOBBY', 'EXPERTISE', 'LANG', 'GENDER', 'X-LOCATION', 'X-CUSTOM', 'X-EXTERNAL-ID', 'CATEGORIES', 'PHOTO'],
  ...['X-PHONETIC-FIRST-NAME', 'X-PHONETIC-MIDDLE-NAME', 'X-PHONETIC-LAST-NAME'],
])
