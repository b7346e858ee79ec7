/** What the properties of a vCard of any version say, for a provider that keeps contacts in another form. */
import type { CardField } from './vcard.ts'

/** What says nothing of the person. */
export const cardBookkeeping =
  /^(?:VERSION|PRODID|UID|REV|FN|KIND|CLIENTPIDMAP|X-ABUID|X-ABLABEL|X-ABADR|PROFILE|SOURCE|SORT-STRING|X-FILE-AS)$/

/** In the order of the card. `names` in capitals. */
export function fieldsNamed(fields: readonly CardField[], ...names: readonly string[]): CardField[] {
  return fields.filter(({ name }) => names.includes(name))
}

/** Parts of a value that a comma parts, decoded. */
export function listOf(value: string): string[] {
  return value
    .split(/(?<!\\),/)
    .map(plainText)
    .filter((part) => part !== '')
}

/** A text without its escapes (RFC 6350 section 3.4) and the blanks around it. */
export function plainText(value: string): string {
  return value.replace(/\\([nN,;:\\"])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped)).trim()
}

export const textOfField = ({ components }: CardField): string => components[0] ?? ''

/** The address as on an envelope; undefined without. */
export function labelOf({ params }: CardField): string | undefined {
  return params.find(([name]) => name === 'LABEL')?.[1]
}

/** The user's name of an IMPP without its scheme. */
export function decodedUri(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** RFC 6350 section 4.3.1, and the dashes of vCard 3.0. Parts that are not known are 0; null where it is no date. */
export function dateOfValue(value: string): { readonly year: number; readonly month: number; readonly day: number } | null {
  const day = value.split('T', 1)[0] ?? ''
  const [, year, month, date] = /^(\d{4}|--)-?(\d{2})?-?(\d{2})?$/.exec(day) ?? []
  if (year === undefined || (year === '--' && month === undefined)) return null
  return { year: Number(year === '--' ? 0 : year), month: Number(month ?? 0), day: Number(date ?? 0) }
}

/** Where no year is known Apple writes one all the same, and beside it which (X-APPLE-OMIT-YEAR). */
export function dateOfField(field: CardField): ReturnType<typeof dateOfValue> {
  const date = dateOfValue(textOfField(field))
  const omitted = field.params.find(([name]) => name === 'X-APPLE-OMIT-YEAR')?.[1]
  return date !== null && Number(omitted) === date.year ? { ...date, year: 0 } : date
}

/** A picture that stands in the card itself. */
export function photoOf(fields: readonly CardField[]): Buffer | null {
  for (const { value, params } of fieldsNamed(fields, 'PHOTO')) {
    const inUri = /^data:image\/[\w.+-]+;base64,([A-Za-z0-9+/=\s]+)$/.exec(value)?.[1]
    const isBase64 = params.some(([name, param]) => name === 'ENCODING' && /^(?:b|base64)$/i.test(param))
    const base64 = inUri ?? (isBase64 ? value : undefined)
    if (base64 !== undefined) return Buffer.from(base64, 'base64')
  }
  return null
}

/** Without the members that are undefined or ''. */
export function withoutEmpty<T extends object>(value: T): { [name in keyof T]?: Exclude<T[name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined && part !== '')) as {
    [name in keyof T]?: Exclude<T[name], undefined>
  }
}
