/** One attachment's octets out of a message's. */
import PostalMime from 'postal-mime'
import type { AttachmentInfo } from '../../format-documents.ts'
import { mimeOptions } from '../../mime-options.ts'

/**
 * @param number position among the message's attachments
 * @throws when the message has no such attachment
 */
export async function attachmentOctets(
  message: Uint8Array,
  info: AttachmentInfo,
  number: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { attachments } = await PostalMime.parse(message, { ...mimeOptions, attachmentEncoding: 'arraybuffer' })
  const bare = (id: string | undefined): string => (id ?? '').replace(/^<|>$/g, '')
  const fits = ({ filename, contentId }: (typeof attachments)[number]): boolean =>
    (filename ?? '') === info.name && (info.contentId === '' || bare(contentId) === info.contentId)
  const there = attachments[number]
  const found = there && fits(there) ? there : (attachments.find(fits) ?? there)
  if (!found) throw new Error('The message has no such attachment')
  return typeof found.content === 'string'
    ? new TextEncoder().encode(found.content)
    : new Uint8Array(found.content as ArrayBuffer)
}
