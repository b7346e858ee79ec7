/** One message, ready to be shown. */
import type { AttachmentInfo, MailDetail } from '../../format-documents.ts'
import type { Library } from './library.ts'

export interface OpenMessage {
  readonly doc: number
  readonly detail: MailDetail
  readonly html: string | null
  /** Content-ID → data address of pictures that the HTML shows. */
  readonly pictures: ReadonlyMap<string, string>
}

export async function openMessage(library: Library, doc: number): Promise<OpenMessage | null> {
  const [detail, html] = await Promise.all([library.text<MailDetail>('mail', doc), library.html(doc)])
  if (!detail) return null
  const images = await imagesOf(library, detail.attachments)
  return { doc, detail, html, pictures: picturesOf(detail.attachments, images) }
}

/** Octets of the pictures in the text, by position of the attachment. */
async function imagesOf(library: Library, attachments: readonly AttachmentInfo[]): Promise<Map<number, Uint8Array<ArrayBuffer>>> {
  const images = new Map<number, Uint8Array<ArrayBuffer>>()
  for (const [number, { image }] of attachments.entries()) {
    // Equal pictures are kept once, with the document that had them first.
    const octets = image && (await library.images('mail', image.doc))[image.block]
    if (octets) images.set(number, octets)
  }
  return images
}

/** What may be shown as a picture; SVG is a program. */
const pictureTypes: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/bmp',
  'image/avif',
  'image/x-icon',
])

export function pictureType(type: string): string | null {
  const plain = type === 'image/jpg' || type === 'image/pjpeg' ? 'image/jpeg' : type
  return pictureTypes.has(plain) ? plain : null
}

function picturesOf(attachments: readonly AttachmentInfo[], images: ReadonlyMap<number, Uint8Array>): Map<string, string> {
  const pictures = new Map<string, string>()
  for (const [number, { contentId, type }] of attachments.entries()) {
    const octets = images.get(number)
    const known = pictureType(type)
    if (octets && known && contentId) pictures.set(contentId, dataAddress(octets, known))
  }
  return pictures
}

function dataAddress(octets: Uint8Array, type: string): string {
  let text = ''
  for (let at = 0; at < octets.length; at += 8192) text += String.fromCharCode(...octets.subarray(at, at + 8192))
  return `data:${type};base64,${btoa(text)}`
}
