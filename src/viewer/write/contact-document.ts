/** A card becomes a row, its details, perhaps a photo, and terms of the index. */
import { dateOfField, listOf, textOfField } from '../../formats/card-reader.ts'
import { type CardField, cardFields } from '../../formats/vcard.ts'
import type { ContactDetail, ContactField } from '../format-documents.ts'
import type { PutChange } from '../input.ts'
import { fieldBits } from '../terms.ts'
import { fold } from '../tokens.ts'
import type { DocumentContext, Streams } from './document-context.ts'
import { jsonOctets } from './shards.ts'
import { sourceText } from './source-text.ts'

const largest = 8 * 1024 * 1024
const largestPhoto = 1024 * 1024

export async function contactDocument(change: PutChange, streams: Streams, _: DocumentContext): Promise<number> {
  const { writer, index } = streams.contacts
  const octets = await change.content(largest)
  const all = cardFields(octets)
  const photo = all.find(({ name }) => name === 'PHOTO')
  const picture = photo === undefined ? null : pictureOf(photo.params, photo.value)
  const fields: ContactField[] = all.map((field) => ({
    ...{ name: field.name, types: field.types, label: field.label },
    value: isBinary(field.name)
      ? []
      : isWithoutYear(field)
        ? [monthAndDay(field)]
        : field.components.filter((part) => part !== ''),
  }))
  const first = (name: string) => all.find((field) => field.name === name)?.components ?? []
  const values = (name: string) =>
    all.filter((field) => field.name === name).map(({ components }) => components.filter((part) => part !== '').join(' '))
  const [family = '', given = '', additional = '', prefix = '', suffix = ''] = first('N')
  const spoken = [prefix, given, additional, family, suffix].filter((part) => part !== '').join(' ')
  const organization = first('ORG')
    .filter((part) => part !== '')
    .join(', ')
  const name = values('FN')[0] || spoken || values('NICKNAME')[0] || organization || values('EMAIL')[0] || values('TEL')[0] || ''
  const row = {
    ...{ name, sort: fold([family, given].filter((part) => part !== '').join(' ') || name), organization },
    ...{ emails: values('EMAIL'), phones: values('TEL') },
    groups: all.filter((field) => field.name === 'CATEGORIES').flatMap(({ value }) => listOf(value)),
    photo: picture?.type ?? '',
    isGroup: all.some((field) => /^(X-ADDRESSBOOKSERVER-)?KIND$/.test(field.name) && /^group$/i.test(field.components[0] ?? '')),
  }
  const doc = writer.nextDoc
  await writer.document(row, change.sha256)
  const detail: ContactDetail = { fields, source: sourceText(octets) }
  await writer.texts.add(doc, jsonOctets(detail))
  if (picture !== null) await writer.images.add(doc, picture.octets)
  index.add(doc, fieldBits.subject, [name, spoken, ...values('NICKNAME')].join(' '))
  for (const { value, name: field } of fields) if (!isBinary(field)) index.add(doc, fieldBits.body, value.join(' '))
  return doc
}

/** Of days that have a year in the card, but none that is known. */
function isWithoutYear(field: CardField): boolean {
  return field.params.some(([name]) => name === 'X-APPLE-OMIT-YEAR') && dateOfField(field)?.year === 0
}

function monthAndDay(field: CardField): string {
  return textOfField(field).replace(/^\d{4}-?/, '--')
}

function isBinary(name: string): boolean {
  return name === 'PHOTO' || name === 'LOGO' || name === 'SOUND' || name === 'KEY'
}

/** What is in the card itself; an address on the network is not followed. */
function pictureOf(
  params: readonly (readonly [string, string])[],
  value: string,
): { readonly type: string; readonly octets: Uint8Array } | null {
  const [, dataType, data] = /^data:(image\/[a-z0-9.+-]+)[^,]*;base64,(.*)$/is.exec(value.replaceAll('\\', '')) ?? []
  const isEncoded = params.some(([name, text]) => (name === 'ENCODING' || name === '') && /^(b|base64)$/i.test(text))
  if (data === undefined && !isEncoded) return null
  const octets = Buffer.from(data ?? value, 'base64')
  const type = dataType?.toLowerCase() ?? pictureType(octets)
  return octets.length === 0 || octets.length > largestPhoto || type === '' || type.includes('svg') ? null : { type, octets }
}

function pictureType(octets: Buffer): string {
  const start = octets.subarray(0, 12).toString('latin1')
  if (start.startsWith('\u00ff\u00d8\u00ff')) return 'image/jpeg'
  if (start.startsWith('\u0089PNG')) return 'image/png'
  if (start.startsWith('GIF8')) return 'image/gif'
  return start.startsWith('RIFF') && start.endsWith('WEBP') ? 'image/webp' : ''
}
