/** One message as the viewer shows it: its text, its HTML as it came, its attachments, and what the search index gets. */
import { isUtf8 } from 'node:buffer'
import type { Address, Attachment, Email } from 'postal-mime'
import { textOfHtml } from '../../formats/html-text.ts'
import { bareContentId, contentIdsIn, isInText } from '../../formats/inline-pictures.ts'
import { readMailHeader } from '../../formats/mail-header.ts'
import { type AttachmentInfo, type MailAddress, type MailDetail, marks } from '../format-documents.ts'
import { documentKind, isDocument, kindMark } from '../kinds.ts'
import { mimeOptions } from '../mime-options.ts'
import type { Allocate } from './base64.ts'
import { cutFields } from './cut-fields.ts'
import { QuickMime } from './quick-mime.ts'
import { emptyLine, slimMessage, takenOut } from './slim.ts'
import { declaresUtf7, decodeUtf7 } from './utf7.ts'

/** Longer texts are cut in the viewer; the original has all of it. Characters. */
const longestText = 1_000_000
const longestHtml = 4_000_000
const longestHeaders = 64 * 1024
/** Of a message that cannot be read as MIME, so much is shown. Octets. */
const longestSource = 256 * 1024

export interface ReadMail {
  /** Without the attachments' `file` and `image`. */
  readonly detail: MailDetail
  readonly html: string | null
  readonly subject: string
  readonly date: number | null
  readonly marks: number
  /** Message-IDs of the conversation: its own last, the eldest known first. */
  readonly conversation: readonly string[]
  /** The body as the index knows it, where it is not the detail's text. */
  readonly body: string | null
  /** As many as `detail.attachments`; of those that nobody keeps nothing. */
  readonly contents: readonly Uint8Array[]
}

/**
 * Never throws: what is no MIME is shown as source.
 * @param message the original octets, or their beginning when `isCut`; it may have LF for CRLF
 * @param allocate for what the attachments hold
 */
export async function readMail(message: Uint8Array, isCut: boolean, allocate: Allocate = Buffer.allocUnsafe): Promise<ReadMail> {
  const header = readMailHeader(message)
  const bytes = withDecodableText(message)
  const base = {
    subject: header.subject,
    date: header.date === '' ? null : Date.parse(header.date) / 1000,
    headers: cut(headerBlock(bytes), longestHeaders),
    messageId: header.messageId,
  }
  try {
    return readable(await parsed(bytes, allocate), base, declaresUtf7(bytes), isCut)
  } catch {
    return broken(bytes, base)
  }
}

async function parsed(whole: Uint8Array, allocate: Allocate): Promise<Email> {
  const message = cutFields(Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength))
  const { bytes, parts } = slimMessage(message)
  const email = await new QuickMime(mimeOptions).parse(bytes)
  if (parts.size === 0) return email
  const contents = email.attachments.map(({ content }) => takenOut(octetsOf(content), parts, allocate))
  if (contents.filter((content) => content !== null).length !== parts.size) return await new QuickMime(mimeOptions).parse(message)
  return {
    ...email,
    attachments: email.attachments.map((attachment, at) => ({ ...attachment, content: contents[at] ?? attachment.content })),
  }
}

function isKept(attachment: AttachmentInfo | undefined): boolean {
  return attachment !== undefined && (attachment.inline || isDocument(attachment))
}

type Base = Pick<ReadMail, 'subject' | 'date'> & Pick<MailDetail, 'headers' | 'messageId'>

function readable(email: Email, { subject, date, headers, messageId }: Base, isUtf7: boolean, isCut: boolean): ReadMail {
  const decode = (text: string) => (isUtf7 ? decodeUtf7(text) : text)
  const wholeHtml = email.html === undefined ? null : decode(email.html)
  const wholeText = email.text === undefined ? null : decode(email.text).replaceAll(/\r\n?/g, '\n')
  const html = wholeHtml === null ? null : cut(wholeHtml, longestHtml)
  const text = wholeText === null && html === null ? '' : wholeText === null ? null : cut(wholeText, longestText)
  const htmlToo = text !== null && html !== null && saysLess(text, html)
  const shown = contentIdsIn(html ?? '')
  const attachments = email.attachments.map((attachment) => attachmentInfo(attachment, shown))
  const detail: MailDetail = {
    ...{ text, headers, messageId, attachments },
    from: mailboxes(email.from === undefined ? [] : [email.from]),
    to: mailboxes(email.to),
    cc: mailboxes(email.cc),
    bcc: mailboxes(email.bcc),
    replyTo: mailboxes(email.replyTo),
    cut: isCut || wholeHtml?.length !== html?.length || (wholeText?.length ?? 0) > longestText,
    source: null,
    ...(htmlToo ? { htmlToo } : {}),
  }
  return {
    ...{ detail, html, subject, date },
    marks: marksOf(email, attachments, html),
    conversation: conversationOf(email),
    body: text === null || htmlToo ? cut(`${text ?? ''}\n${textOfHtml(html ?? '')}`, longestText) : null,
    contents: email.attachments.map(({ content }, at) => (isKept(attachments[at]) ? octetsOf(content) : new Uint8Array())),
  }
}

function broken(bytes: Uint8Array, { subject, date, headers, messageId }: Base): ReadMail {
  const source = decodeOctets(bytes.subarray(0, longestSource))
  const detail: MailDetail = {
    ...{ text: null, headers, messageId, attachments: [], from: [], to: [], cc: [], bcc: [], replyTo: [] },
    ...{ cut: bytes.length > longestSource, source },
  }
  const conversation = messageId === '' ? [] : [messageId]
  return { detail, html: null, subject, date, marks: marks.broken, conversation, body: source, contents: [] }
}

/** Of a short text, or one that is nothing beside the HTML: as a rule it says no more than that one should look at that. */
function saysLess(text: string, html: string): boolean {
  return text.length < 400 || text.length * 30 < html.length
}

function attachmentInfo({ filename, mimeType, content, contentId }: Attachment, shown: ReadonlySet<string>): AttachmentInfo {
  const name = filename ?? ''
  const size = octetsOf(content).length
  const id = bareContentId(contentId ?? '')
  return {
    ...{ name, type: mimeType, kind: documentKind(name, mimeType), size, contentId: id },
    inline: isInText(id, mimeType, size, shown),
    ...{ file: '', image: null },
  }
}

function octetsOf(content: Attachment['content']): Uint8Array {
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof Uint8Array ? content : new Uint8Array(content)
}

function mailboxes(addresses: readonly Address[] | undefined): MailAddress[] {
  return (addresses ?? []).flatMap((one) =>
    one.group === undefined
      ? [{ name: one.name, address: one.address }]
      : one.group.map(({ name, address }) => ({ name, address })),
  )
}

function marksOf(email: Email, attachments: readonly AttachmentInfo[], html: string | null): number {
  let bits = html === null ? 0 : marks.html
  const type = headerValue(email, 'content-type').toLowerCase()
  if (type.startsWith('multipart/signed')) bits |= marks.signed
  if (/^(multipart\/encrypted|application\/(x-)?pkcs7-mime)/.test(type)) bits |= marks.encrypted
  if (/^[12]\b/.test(headerValue(email, 'x-priority')) || /^high$/i.test(headerValue(email, 'importance')))
    bits |= marks.important
  for (const { inline, kind, type: part } of attachments) {
    if (inline || /^application\/(x-)?(pkcs7|pgp)-signature$/.test(part)) continue
    bits |= marks.attachment | kindMark(kind)
    if (/^text\/(x-v)?calendar$/.test(part)) bits |= marks.invitation
  }
  return bits
}

function headerValue(email: Email, name: string): string {
  return email.headers.find(({ key }) => key === name)?.value ?? ''
}

function conversationOf(email: Email): string[] {
  const ids = [email.references, email.inReplyTo, email.messageId].flatMap((value) => value?.match(/<[^<>\s]{1,250}>/g) ?? [])
  // A thread of a thousand answers names them all.
  return [...new Set(ids.length > 40 ? [...ids.slice(0, 20), ...ids.slice(-20)] : ids)]
}

const windows1252 = new TextDecoder('windows-1252')

function decodeOctets(octets: Uint8Array): string {
  // The cut may have gone through a character.
  for (let end = octets.length; end > octets.length - 4 && end > 0; end--)
    if (isUtf8(octets.subarray(0, end))) return Buffer.from(octets.subarray(0, end)).toString()
  return windows1252.decode(octets)
}

function headerBlock(bytes: Uint8Array): string {
  return decodeOctets(bytes.subarray(0, headerEnd(bytes))).replaceAll('\r\n', '\n')
}

function headerEnd(bytes: Uint8Array): number {
  const end = emptyLine(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  return end < 0 ? bytes.length : end + 1
}

/**
 * Raw 8-bit text where no charset says what it is: the parser takes it for UTF-8, so where it is not, it is made so. The body
 * only where there is one part, which cannot hold octets of something else.
 */
function withDecodableText(bytes: Uint8Array): Uint8Array {
  const end = headerEnd(bytes)
  const head = bytes.subarray(0, end)
  const fixedHead = isUtf8(head) ? head : Buffer.from(windows1252.decode(head))
  const headers = Buffer.from(fixedHead).toString('latin1')
  const body = bytes.subarray(end)
  const isPlain =
    !/^content-type:/im.test(headers) || /^content-type:\s*text\/(?![^\n]*(?:\n[ \t][^\n]*)*charset)/im.test(headers)
  const fixedBody = isPlain && !isUtf8(body) ? Buffer.from(windows1252.decode(body)) : body
  return fixedHead === head && fixedBody === body ? bytes : Buffer.concat([fixedHead, fixedBody])
}

/** Never within a surrogate pair. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return text.slice(0, (text.charCodeAt(length - 1) & 0xfc00) === 0xd800 ? length - 1 : length)
}
