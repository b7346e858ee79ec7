/** A vCard of any version as a person of the People API; the inverse of `personCard` where it was made by that. */
import type { people_v1 } from '@googleapis/people'
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

/** What says nothing of the person. */
const bookkeeping =
  /^(?:VERSION|PRODID|UID|REV|FN|KIND|CLIENTPIDMAP|X-ABUID|X-ABLABEL|X-ABADR|PROFILE|SOURCE|SORT-STRING|X-FILE-AS)$/

export function cardPerson(bytes: Uint8Array): CardPerson {
  const fields = cardFields(bytes).filter(({ value }) => !/^[;,]*$/.test(value))
  const person: Writable = {}
  for (const fill of fillers) fill(fields, person)
  const categories = named(fields, 'CATEGORIES').flatMap(({ value }) => list(value))
  const left = fields.map(({ name }) => name).filter((name) => !known.has(name) && !bookkeeping.test(name))
  return { person, categories, photo: photoOf(fields), left: [...new Set(left)].sort() }
}

function named(fields: readonly CardField[], ...names: readonly string[]): CardField[] {
  return fields.filter(({ name }) => names.includes(name))
}

/** Parts of a value that a comma parts, decoded. */
function list(value: string): string[] {
  return value
    .split(/(?<!\\),/)
    .map(plain)
    .filter((part) => part !== '')
}

function plain(value: string): string {
  return value.replace(/\\([nN,;:\\"])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped)).trim()
}

const text = ({ components }: CardField): string => components[0] ?? ''

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
  const [name] = named(fields, 'N')
  const [full] = named(fields, 'FN')
  const [familyName, givenName, middleName, honorificPrefix, honorificSuffix] = name?.components ?? []
  const sound = (which: string) => named(fields, `X-PHONETIC-${which}-NAME`).map(text)[0]
  const parts = withoutEmpty({
    ...{ familyName, givenName, middleName, honorificPrefix, honorificSuffix },
    ...{ phoneticFamilyName: sound('LAST'), phoneticGivenName: sound('FIRST'), phoneticMiddleName: sound('MIDDLE') },
  })
  if (Object.keys(parts).length > 0) person.names = [parts]
  else if (full !== undefined) person.names = [{ unstructuredName: text(full) }]
  const nicknames = named(fields, 'NICKNAME').flatMap((field) =>
    list(field.value).map((value) => (field.label ? { value, type: field.label } : { value })),
  )
  if (nicknames.length > 0) person.nicknames = nicknames
}

type Present<T> = { [name in keyof T]?: Exclude<T[name], undefined> }

function withoutEmpty<T extends object>(value: T): Present<T> {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined && part !== '')) as Present<T>
}

function ways(fields: readonly CardField[], person: Writable): void {
  fill(person, 'emailAddresses', named(fields, 'EMAIL'), (field) => typed(field, { value: text(field) }, place))
  fill(person, 'phoneNumbers', named(fields, 'TEL'), (field) =>
    typed(field, { value: text(field).replace(/^tel:/i, '') }, phoneType),
  )
  fill(person, 'addresses', named(fields, 'ADR'), (field) => typed(field, address(field), place))
  fill(person, 'urls', named(fields, 'URL'), (field) => typed(field, { value: plain(field.value) }, place))
  const impp = named(fields, 'IMPP')
  const isSip = ({ value }: CardField) => /^sips?:/i.test(value)
  fill(person, 'sipAddresses', impp.filter(isSip), (field) => typed(field, { value: field.value.replace(/^sip:/i, '') }, place))
  fill(
    person,
    'imClients',
    impp.filter((field) => !isSip(field)),
    imClient,
  )
  const calendars = named(fields, 'CALURI', 'FBURL').map(({ name, value }) => ({
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

function address({ components, params }: CardField): people_v1.Schema$Address {
  const [poBox, extendedAddress, streetAddress, city, region, postalCode, country] = components
  const label = params.find(([name]) => name === 'LABEL')?.[1]?.replace(/\^(.)/g, (_, code: string) => carets[code] ?? code)
  return withoutEmpty({ poBox, extendedAddress, streetAddress, city, region, postalCode, country, formattedValue: label })
}

/** RFC 6868. */
const carets: Readonly<Record<string, string>> = { n: '\n', '^': '^', "'": '"' }

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
  const value = { username: decoded(name), ...(protocol === '' ? {} : { protocol }) }
  return typed(field, value, place)
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function dates(fields: readonly CardField[], person: Writable): void {
  const [birthday] = named(fields, 'BDAY')
  if (birthday !== undefined) {
    const date = dateOf(text(birthday))
    person.birthdays = [date === null ? { text: text(birthday) } : { date }]
  }
  const others = [
    ...named(fields, 'ANNIVERSARY', 'X-ANNIVERSARY').map((field) => ({ field, type: 'anniversary' })),
    ...named(fields, 'X-ABDATE').map((field) => ({ field, type: field.label || 'Event' })),
  ]
  const events = others.flatMap(({ field, type }) => {
    const date = dateOf(text(field))
    return date === null || type === 'Birthday' ? [] : [{ type, date }]
  })
  if (events.length > 0) person.events = events
}

/** RFC 6350 section 4.3.1, and the dashes of vCard 3.0. */
function dateOf(value: string): people_v1.Schema$Date | null {
  const day = value.split('T', 1)[0] ?? ''
  const [, year, month, date] = /^(\d{4}|--)-?(\d{2})?-?(\d{2})?$/.exec(day) ?? []
  if (year === undefined || (year === '--' && month === undefined)) return null
  const parts = { year: Number(year === '--' ? 0 : year), month: Number(month ?? 0), day: Number(date ?? 0) }
  return Object.fromEntries(Object.entries(parts).filter(([, part]) => part > 0))
}

function work(fields: readonly CardField[], person: Writable): void {
  const isOccupation = ({ name, label }: CardField) => name === 'ROLE' && label === 'Occupation'
  const occupations = fields.filter(isOccupation).map((field) => ({ value: text(field) }))
  if (occupations.length > 0) person.occupations = occupations
  const of = (name: string) => fields.filter((field) => field.name === name && !isOccupation(field))
  const [orgs, titles, roles] = [of('ORG'), of('TITLE'), of('ROLE')]
  const [sounds, symbols, places] = [of('X-PHONETIC-ORG'), of('X-ORG-SYMBOL'), of('X-ORG-LOCATION')]
  const count = Math.max(orgs.length, titles.length, roles.length)
  const organizations = Array.from({ length: count }, (_, n) => {
    const at = (list: readonly CardField[]) => (list[n] === undefined ? undefined : text(list[n]))
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
  fill(person, 'relations', named(fields, 'RELATED', 'X-ABRELATEDNAMES'), (field) =>
    typed({ ...field, label: field.label }, { person: text(field) }, ([type]) => relations[type ?? ''] ?? type),
  )
  const notes = named(fields, 'NOTE').map(text)
  if (notes.length > 0) person.biographies = [{ value: notes.join('\n\n'), contentType: 'TEXT_PLAIN' }]
  fill(person, 'interests', named(fields, 'INTEREST', 'HOBBY'), (field) => ({ value: text(field) }))
  fill(person, 'skills', named(fields, 'EXPERTISE'), (field) => ({ value: text(field) }))
  fill(person, 'locales', named(fields, 'LANG'), (field) => ({ value: text(field) }))
  fill(person, 'locations', named(fields, 'X-LOCATION'), (field) => ({ value: text(field) }))
  fill(person, 'userDefined', named(fields, 'X-CUSTOM'), (field) => ({ key: field.label || 'Custom', value: text(field) }))
  fill(person, 'externalIds', named(fields, 'X-EXTERNAL-ID'), (field) => ({ value: text(field), type: field.label || 'Id' }))
  const [gender] = named(fields, 'GENDER')
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

/** A picture that stands in the card itself. */
function photoOf(fields: readonly CardField[]): Buffer | null {
  for (const { value, params } of named(fields, 'PHOTO')) {
    const inUri = /^data:image\/[\w.+-]+;base64,([A-Za-z0-9+/=\s]+)$/.exec(value)?.[1]
    const isBase64 = params.some(([name, param]) => name === 'ENCODING' && /^(?:b|base64)$/i.test(param))
    const base64 = inUri ?? (isBase64 ? value : undefined)
    if (base64 !== undefined) return Buffer.from(base64, 'base64')
  }
  return null
}
