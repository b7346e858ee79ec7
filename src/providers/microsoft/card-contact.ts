/** A vCard of any version as a contact of Microsoft Graph; the inverse of `contactCard` where it was made by that. */
import type { Contact, PhysicalAddress } from '@microsoft/microsoft-graph-types'
import type { Originals } from '../../core/items.ts'
import {
  cardBookkeeping,
  dateOfValue,
  decodedUri,
  fieldsNamed,
  labelOf,
  listOf,
  photoOf,
  plainText,
  textOfField,
  withoutEmpty,
} from '../../formats/card-reader.ts'
import { type CardField, cardFields, describeCard } from '../../formats/vcard.ts'
import { type MoreField, moreFields } from './contact-fields.ts'

export interface CardContact {
  readonly contact: Contact
  readonly photo: Buffer | null
  /** What Outlook has no room for, one sentence each. */
  readonly losses: readonly string[]
}

type Writable = { -readonly [name in keyof Contact]: Contact[name] }

/** Fields of a card that are taken one by one; what is left over in the end is lost. */
class Reading {
  readonly contact: Writable = {}
  readonly more = new Map<MoreField, string>()
  readonly losses = new Set<string>()
  readonly fields: readonly CardField[]
  readonly #taken = new Set<CardField>()

  constructor(fields: readonly CardField[]) {
    this.fields = fields
  }

  /** Of the name and fitting, the first `most`; others stay. */
  take(name: string, most = 1, fits: (field: CardField) => boolean = () => true): CardField[] {
    const found = fieldsNamed(this.fields, name).filter((field) => !this.#taken.has(field) && fits(field))
    for (const field of found.slice(0, most)) this.#taken.add(field)
    return found.slice(0, most)
  }

  text(name: string, fits?: (field: CardField) => boolean): string | undefined {
    return this.take(name, 1, fits).map(textOfField)[0]
  }

  note(name: MoreField, value: string | undefined): void {
    if (value) this.more.set(name, value)
  }

  get left(): CardField[] {
    return this.fields.filter((field) => !this.#taken.has(field))
  }
}

/** From what Graph once said of it, else from the card; the picture is that of the card. */
export function contactOf(card: Uint8Array, originals: Originals | null): CardContact {
  const read = cardContact(card)
  const original = (originals ?? []).find((one) => 'changeKey' in one) as Contact | undefined
  return original === undefined ? read : { ...read, contact: original, losses: [] }
}

export function cardContact(bytes: Uint8Array): CardContact {
  const fields = cardFields(bytes).filter(({ value }) => !/^[;,]*$/.test(value))
  const reading = new Reading(fields)
  readNames(reading, describeCard(bytes).name)
  readWays(reading)
  readAddresses(reading)
  readWork(reading)
  readDates(reading)
  readRest(reading)
  const photo = photoOf(reading.take('PHOTO', Number.POSITIVE_INFINITY))
  for (const { name, label } of reading.left) if (!cardBookkeeping.test(name)) reading.losses.add(lossOf(name, label))
  const extended = [...reading.more].map(([name, value]) => ({ id: moreFields[name], value }))
  const contact = withoutEmpty({
    ...reading.contact,
    singleValueExtendedProperties: extended.length === 0 ? undefined : extended,
  }) as Contact
  return { contact, photo, losses: [...reading.losses] }
}

const plural: Readonly<Record<string, string>> = {
  ...{ EMAIL: 'three e-mail addresses', TEL: 'so many telephone numbers of each kind', ADR: 'one address of each kind' },
  ...{
    URL: 'two web pages',
    NICKNAME: 'one nickname',
    ORG: 'one employer',
    IMPP: 'three addresses for chats',
    TITLE: 'one job title',
    ROLE: 'one profession',
  },
}

function lossOf(name: string, label: string): string {
  const most = plural[name]
  if (most !== undefined) return `Outlook keeps only ${most}.`
  return `Outlook has no field for ${name}${label === '' ? '' : ` (${label})`}.`
}

function readNames(reading: Reading, shown: string): void {
  const { contact } = reading
  const [surname, givenName, middleName, title, generation] = reading.take('N')[0]?.components ?? []
  const [full] = fieldsNamed(reading.fields, 'FN')
  Object.assign(contact, withoutEmpty({ surname, givenName, middleName, title, generation }), {
    ...withoutEmpty({ displayName: full === undefined ? shown : textOfField(full) }),
    ...withoutEmpty({ yomiSurname: reading.text('X-PHONETIC-LAST-NAME'), yomiGivenName: reading.text('X-PHONETIC-FIRST-NAME') }),
    ...withoutEmpty({ nickName: reading.text('NICKNAME'), initials: reading.text('X-INITIALS') }),
    ...withoutEmpty({ fileAs: fieldsNamed(reading.fields, 'X-FILE-AS').map(textOfField)[0] }),
  })
}

const has =
  (...types: readonly string[]) =>
  (field: CardField) =>
    types.every((type) => field.types.includes(type))
const labelled =
  (...labels: readonly string[]) =>
  ({ label }: CardField) =>
    labels.includes(label.toLowerCase())

/** Which telephone number goes where: the first that fits and has room. */
const phones: readonly (readonly [MoreField, (field: CardField) => boolean])[] = [
  ['businessFax', has('fax', 'work')],
  ['homeFax', has('fax', 'home')],
  ['otherFax', has('fax')],
  ['pager', has('pager')],
  ['textPhone', has('textphone')],
  ['carPhone', (field) => has('car')(field) || labelled('car')(field)],
  ['isdn', (field) => has('isdn')(field) || labelled('isdn')(field)],
  ['radioPhone', labelled('radio')],
  ['callbackPhone', labelled('callback')],
  ['primaryPhone', labelled('primary', 'main')],
  ['companyPhone', labelled('company')],
  ['assistantPhone', labelled('assistant')],
  ['telex', labelled('telex')],
]

function readWays(reading: Reading): void {
  const { contact } = reading
  const isPreferred = (field: CardField) => field.params.some(([name]) => name === 'PREF') || field.types.includes('pref')
  const emails = reading.take('EMAIL', 1, isPreferred)
  emails.push(...reading.take('EMAIL', 3 - emails.length))
  if (emails.length > 0) contact.emailAddresses = emails.map((field) => emailOf(field, contact.displayName ?? ''))
  for (const [name, fits] of phones) reading.note(name, reading.text('TEL', fits)?.replace(/^tel:/i, ''))
  const number = (field: CardField) => textOfField(field).replace(/^tel:/i, '')
  const isVoice = (field: CardField) => !has('fax')(field) && !has('pager')(field)
  const mobile = reading.take('TEL', 1, has('cell')).map(number)[0]
  const business = reading.take('TEL', 2, (field) => has('work')(field) && isVoice(field)).map(number)
  const home = reading.take('TEL', 2, (field) => has('home')(field) && isVoice(field)).map(number)
  Object.assign(contact, {
    ...(mobile === undefined ? {} : { mobilePhone: mobile }),
    ...(business.length === 0 ? {} : { businessPhones: business }),
    ...(home.length === 0 ? {} : { homePhones: home }),
  })
  reading.note('otherPhone', reading.take('TEL', 1, isVoice).map(number)[0])
  const url = (fits?: (field: CardField) => boolean) => reading.take('URL', 1, fits).map(({ value }) => plainText(value))[0]
  reading.note('personalHomePage', url(has('home')))
  Object.assign(contact, withoutEmpty({ businessHomePage: url(has('work')) ?? url() }))
  if (!reading.more.has('personalHomePage')) reading.note('personalHomePage', url())
  const chats = reading.take('IMPP', 3).map(({ value }) => value.replace(/^x-im:(.*)$/s, (_, name: string) => decodedUri(name)))
  if (chats.length > 0) contact.imAddresses = chats
  reading.note('freeBusyUrl', reading.take('FBURL').map(({ value }) => value)[0])
}

function emailOf(field: CardField, displayName: string): { name: string; address: string } {
  const address = textOfField(field)
  const name = field.params.find(([param]) => param === 'X-DISPLAY-NAME')?.[1]
  return { address, name: name || displayName || address }
}

function readAddresses(reading: Reading): void {
  const { contact, losses } = reading
  const place = (fits: (field: CardField) => boolean): PhysicalAddress | undefined => {
    const [field] = reading.take('ADR', 1, fits)
    if (field === undefined) return undefined
    const [poBox, extended, street, city, state, postalCode, countryOrRegion] = field.components
    // Outlook's street may have several lines.
    const lines = [poBox, extended, street].filter((part) => part !== undefined && part !== '').join('\n')
    if (labelOf(field) !== undefined && lines === '' && !city) losses.add('An address stands in one piece.')
    return withoutEmpty({ street: lines || labelOf(field), city, state, postalCode, countryOrRegion })
  }
  const homeAddress = place(has('home'))
  const businessAddress = place(has('work'))
  const otherAddress = place(() => true)
  Object.assign(contact, withoutEmpty({ homeAddress, businessAddress, otherAddress }))
}

function readWork(reading: Reading): void {
  const { contact } = reading
  const [companyName, ...departments] = reading.take('ORG')[0]?.components ?? []
  const isOccupation = labelled('occupation')
  const jobTitle = reading.text('TITLE')
  const profession = reading.text('ROLE', isOccupation) ?? reading.text('ROLE')
  Object.assign(
    contact,
    withoutEmpty({
      ...{ companyName, department: departments.filter((part) => part !== '').join(', '), jobTitle, profession },
      ...{ yomiCompanyName: reading.text('X-PHONETIC-ORG'), officeLocation: reading.text('X-ORG-LOCATION') },
    }),
  )
}

function readDates(reading: Reading): void {
  const birthday = dayOf(reading.text('BDAY'))
  if (birthday !== null) reading.contact.birthday = birthday
  const anniversary =
    reading.text('ANNIVERSARY') ?? reading.text('X-ANNIVERSARY') ?? reading.text('X-ABDATE', labelled('anniversary'))
  reading.note('anniversary', dayOf(anniversary) ?? undefined)
}

/** As Outlook itself writes a day: at this time it is the same one everywhere in the world. Null where it is not a day. */
function dayOf(value: string | undefined): string | null {
  const date = value === undefined ? null : dateOfValue(value)
  if (date === null || date.month === 0 || date.day === 0) return null
  const two = (part: number) => String(part).padStart(2, '0')
  return `${String(date.year || 1604).padStart(4, '0')}-${two(date.month)}-${two(date.day)}T11:59:00Z`
}

const customs: readonly (readonly [MoreField, string])[] = [
  ['referredBy', 'referred by'],
  ['userField1', 'user field 1'],
  ['userField2', 'user field 2'],
  ['userField3', 'user field 3'],
  ['userField4', 'user field 4'],
]

function readRest(reading: Reading): void {
  const { contact } = reading
  const related = (fits: (field: CardField) => boolean) => {
    const [field] = [...reading.take('RELATED', 1, fits), ...reading.take('X-ABRELATEDNAMES', 1, fits)]
    return field === undefined ? undefined : textOfField(field)
  }
  const manager = related(labelled('manager'))
  const assistantName = related(labelled('assistant'))
  const spouseName = related((field) => has('spouse')(field) || labelled('spouse', 'partner')(field))
  const children = reading.take('RELATED', Number.POSITIVE_INFINITY, (field) => has('child')(field)).map(textOfField)
  const categories = reading.take('CATEGORIES', Number.POSITIVE_INFINITY).flatMap(({ value }) => listOf(value))
  const notes = reading.take('NOTE', Number.POSITIVE_INFINITY).map(textOfField)
  Object.assign(contact, withoutEmpty({ manager, assistantName, spouseName, personalNotes: notes.join('\n\n') }), {
    ...(children.length === 0 ? {} : { children }),
    ...(categories.length === 0 ? {} : { categories }),
  })
  reading.note(
    'hobbies',
    [...reading.take('INTEREST', Number.POSITIVE_INFINITY), ...reading.take('HOBBY', Number.POSITIVE_INFINITY)]
      .map(textOfField)
      .join(', '),
  )
  reading.note('language', reading.text('LANG'))
  reading.note('gender', genderOf(reading.take('GENDER', 1, ({ components }) => /^[mf]$/i.test(components[0] ?? ''))[0]))
  for (const [name, label] of customs) reading.note(name, reading.text('X-CUSTOM', labelled(label)))
  for (const name of ['userField1', 'userField2', 'userField3', 'userField4'] as const) {
    const [field] = reading.more.has(name) ? [] : reading.take('X-CUSTOM')
    if (field !== undefined) reading.note(name, field.label === '' ? textOfField(field) : `${field.label}: ${textOfField(field)}`)
  }
  reading.note('governmentId', reading.text('X-EXTERNAL-ID', labelled('government id')))
  reading.note('customerId', reading.text('X-EXTERNAL-ID', labelled('customer id', 'customer')))
}

function genderOf(field: CardField | undefined): string | undefined {
  return field === undefined ? undefined : /^f$/i.test(field.components[0] ?? '') ? '1' : '2'
}
