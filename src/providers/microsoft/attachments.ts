/** Attachments of messages and events, as a restore adds them ("Attach large files to Outlook messages or events"). */
import { AppError } from '../../core/errors.ts'
import type { Session } from './session.ts'
import { send } from './writing.ts'

/** Up to 3 MB in one request, more in an upload session, up to 150 MB. */
export const inOneRequest = 3 << 20
const partSize = 3_932_160
export const largestAttachment = 150 << 20

export interface NewAttachment {
  readonly name: string
  readonly mime: string
  readonly octets: Uint8Array
  /** Of a part that stands in the text. */
  readonly contentId: string | null
}

export function attachmentResource({ name, mime, octets, contentId }: NewAttachment): object {
  const contentBytes = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64')
  const inline = contentId === null ? {} : { isInline: true, contentId }
  return { '@odata.type': '#microsoft.graph.fileAttachment', name, contentType: mime, contentBytes, ...inline }
}

interface Listed {
  readonly '@odata.type'?: string
  readonly name?: string | null
  readonly size?: number | null
}

/** What Exchange counts of an attachment besides its octets. */
const atMostMore = 64 << 10

/**
 * Those of `doubtful` that do not hang on the item ("List attachments"). Another name alone makes none missing: Exchange may change
 * one, but not how large the file is. Where as many hang on it as it had, none is missing, whatever they are called.
 * @param item the path of the message or event
 * @param all what the item had where it came from, `doubtful` among it
 */
export async function missingAttachments(
  session: Session,
  item: string,
  all: readonly NewAttachment[],
  doubtful: readonly NewAttachment[],
  signal: AbortSignal,
): Promise<readonly NewAttachment[]> {
  const there: Listed[] = []
  const path = `${item}/attachments?$select=id,name,size,contentType`
  for await (const { value } of session.pages<Listed>('outlook', path, signal)) there.push(...value)
  const without = (wanted: readonly NewAttachment[], isIt: (one: Listed, wanted: NewAttachment) => boolean) =>
    wanted.filter((each) => {
      const at = there.findIndex((one) => isIt(one, each))
      if (at >= 0) there.splice(at, 1)
      return at < 0
    })
  // They are added in this order: the last are missing.
  const atMost = Math.max(0, all.length - there.length)
  const unnamed = without(all, (one, { name }) => one.name === name)
  const unsized = without(unnamed, ({ size }, { octets }) => isSizeOf(size ?? 0, octets.length))
  const missing = without(unsized, ({ '@odata.type': type }, { mime }) => /itemAttachment$/.test(type ?? '') && isOfOutlook(mime))
  const found = missing.filter((one) => doubtful.includes(one))
  return found.slice(Math.max(0, found.length - atMost))
}

/** What hangs on an item as a message, an event or a contact. */
function isOfOutlook(mime: string): boolean {
  return /^(?:message\/rfc822|text\/(?:calendar|vcard|x-vcard))$/i.test(mime)
}

function isSizeOf(size: number, octets: number): boolean {
  return size >= octets && size <= octets + atMostMore
}

/** @param item the path of the message or event */
export async function uploadAttachment(
  session: Session,
  item: string,
  { name, mime, octets, contentId }: NewAttachment,
  signal: AbortSignal,
): Promise<void> {
  const inline = contentId === null ? {} : { isInline: true, contentId }
  const about = { attachmentType: 'file', name, contentType: mime, size: octets.length, ...inline }
  const path = `${item}/attachments/createUploadSession`
  const wanted = { AttachmentItem: about }
  const { uploadUrl } = await send<{ readonly uploadUrl?: string }>(session, 'outlook', 'POST', path, wanted, signal)
  const url = URL.parse(uploadUrl ?? '')
  if (url === null) throw new AppError('suspicious', 'Microsoft names no place for a large attachment.')
  for (let at = 0; at < octets.length; at += partSize) {
    const body = octets.subarray(at, at + partSize)
    const range = `bytes ${at}-${at + body.length - 1}/${octets.length}`
    const headers = { 'Content-Range': range, 'Content-Type': 'application/octet-stream' }
    for await (const _ of (await session.openElsewhere(url, signal, { method: 'PUT', body, headers })).content);
  }
}
