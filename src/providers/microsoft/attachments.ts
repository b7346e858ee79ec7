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
