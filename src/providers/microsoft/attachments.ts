/** Attachments of messages and events, as a restore adds them ("Attach large files to Outlook messages or events"). */
import { AppError, hasCode } from '../../core/errors.ts'
import { retry } from '../../core/retry.ts'
import { isRefusedWith } from './errors.ts'
import type { Session } from './session.ts'
import { send, sendOnce } from './writing.ts'

/**
 * "Under 3 MB" in one request, more in an upload session, up to 150 MB. A session for less is refused, and whether a MB has 1,000,000
 * octets or 1,048,576 is not said.
 */
export const inOneRequest = 3_000_000
const tooSmall = 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize'
const partSize = 3_932_160
export const largestAttachment = 150 << 20
const tries = 5

export interface NewAttachment {
  readonly name: string
  readonly mime: string
  readonly octets: Uint8Array
  readonly contentId: string | null
  /** It stands in the text. */
  readonly isInline: boolean
}

export function attachmentResource({ name, mime, octets, contentId, isInline }: NewAttachment): object {
  const contentBytes = Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('base64')
  const inline = contentId === null ? {} : { isInline, contentId }
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

/**
 * @param place the path of the message or event
 * @param all what it is to have in the end, `attachment` among it: tells whether one came whose answer was lost
 */
export async function addAttachment(
  session: Session,
  place: string,
  attachment: NewAttachment,
  all: readonly NewAttachment[],
  signal: AbortSignal,
): Promise<void> {
  for (let n = 1; ; n++) {
    try {
      return await add(session, place, attachment, all, signal)
    } catch (error) {
      // Now and then Microsoft does not find at once what it has just made.
      if (n === tries || !hasCode(error, 'not-found')) throw error
      await session.context.clock.sleep(1_000 * 2 ** n, signal)
    }
  }
}

async function add(
  session: Session,
  place: string,
  attachment: NewAttachment,
  all: readonly NewAttachment[],
  signal: AbortSignal,
): Promise<void> {
  const isThere = async () => (await missingAttachments(session, place, all, [attachment], signal)).length === 0
  const inOne = async () => {
    const path = `${place}/attachments`
    const arrived = async () => ((await isThere()) ? {} : null)
    await sendOnce(session, 'outlook', 'POST', path, attachmentResource(attachment), signal, arrived)
  }
  if (attachment.octets.length < inOneRequest) return await inOne()
  const begun = await begin(session, place, attachment, signal).catch((error: unknown) => {
    if (isRefusedWith(error, 400, tooSmall)) return null
    throw error
  })
  if (begun === null) return await inOne()
  await inParts(session, place, attachment, begun, isThere, signal)
}

/** @returns where the parts go */
async function begin(
  session: Session,
  place: string,
  { name, mime, octets, contentId, isInline }: NewAttachment,
  signal: AbortSignal,
): Promise<URL> {
  const inline = contentId === null ? {} : { isInline, contentId }
  const wanted = { AttachmentItem: { attachmentType: 'file', name, contentType: mime, size: octets.length, ...inline } }
  const path = `${place}/attachments/createUploadSession`
  const { uploadUrl } = await send<{ readonly uploadUrl?: string }>(session, 'outlook', 'POST', path, wanted, signal)
  const url = URL.parse(uploadUrl ?? '')
  if (url === null) throw new AppError('suspicious', 'Microsoft names no place for a large attachment.')
  return url
}

/** A part whose answer was lost may have come or not: unless the whole has arrived, it begins anew. */
async function inParts(
  session: Session,
  place: string,
  attachment: NewAttachment,
  begun: URL,
  isThere: () => Promise<boolean>,
  signal: AbortSignal,
): Promise<void> {
  let first: URL | null = begun
  const once = async () => {
    const url = first ?? (await begin(session, place, attachment, signal))
    first = null
    try {
      await putParts(session, url, attachment.octets, signal)
    } catch (error) {
      if (!hasCode(error, 'network') || !(await isThere())) throw error
    }
  }
  await retry(once, session.context.clock, signal, { tries, delay: 1_000, maxDelay: 64_000 })
}

async function putParts(session: Session, url: URL, octets: Uint8Array, signal: AbortSignal): Promise<void> {
  for (let at = 0; at < octets.length; at += partSize) {
    const body = octets.subarray(at, at + partSize)
    const range = `bytes ${at}-${at + body.length - 1}/${octets.length}`
    const headers = { 'Content-Range': range, 'Content-Type': 'application/octet-stream' }
    for await (const _ of (await session.openElsewhere(url, signal, { method: 'PUT', body, headers, tries: 1 })).content);
  }
}
