/** A message as Graph takes it, with the properties that make it one that was received and not a draft. */
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime'
import type { JsonObject } from '../../core/types.ts'

/** MAPI properties ([MS-OXCMSG], [MS-OXPROPS]) in Graph's spelling. */
const messageFlags = 'Integer 0x0E07'
const deliveryTime = 'SystemTime 0x0E06'
const submitTime = 'SystemTime 0x0039'
/** PidTagMessageFlags: mfRead; without mfUnsent (8) it is no draft. */
const readFlag = 1
const unsentFlag = 8

export interface NewMessage {
  /** For `POST …/messages`, without attachments. */
  readonly body: object
  readonly attachments: readonly NewAttachment[]
  /** What Graph has no place for, one sentence each. */
  readonly losses: readonly string[]
}

export interface NewAttachment {
  readonly name: string
  readonly mime: string
  readonly octets: Uint8Array
  readonly contentId: string | null
}

const putTogetherAnew =
  'Microsoft puts the message together anew from its parts: text, people, dates and attachments stay, the path it took and signatures over it do not.'

/** `date`: when it was received, RFC 3339. */
export async function newMessage(octets: Uint8Array, date: string, meta: JsonObject): Promise<NewMessage> {
  const email = await PostalMime.parse(octets, { attachmentEncoding: 'arraybuffer' })
  const flags = Array.isArray(meta['flags']) ? meta['flags'] : []
  const isDraft = flags.includes('\\Draft')
  const isRead = flags.includes('\\Seen')
  const sent = rfc3339(email.date) ?? date
  const properties = [
    { id: messageFlags, value: String((isRead ? readFlag : 0) + (isDraft ? unsentFlag : 0)) },
    { id: deliveryTime, value: date },
    { id: submitTime, value: sent },
  ]
  const { categories, importance, inbox } = meta
  const body = {
    subject: email.subject ?? '',
    body:
      email.html === undefined
        ? { contentType: 'text', content: email.text ?? '' }
        : { contentType: 'html', content: email.html },
    ...people(email),
    ...(email.messageId ? { internetMessageId: email.messageId } : {}),
    isRead,
    importance: importance === 'high' || importance === 'low' ? importance : 'normal',
    flag: { flagStatus: flags.includes('\\Flagged') ? 'flagged' : flags.includes('$Completed') ? 'complete' : 'notFlagged' },
    ...(Array.isArray(categories) ? { categories } : {}),
    ...(inbox === 'focused' || inbox === 'other' ? { inferenceClassification: inbox } : {}),
    singleValueExtendedProperties: properties,
  }
  return { body, attachments: email.attachments.map(attachmentOf), losses: [putTogetherAnew] }
}

function people({ from, sender, to, cc, bcc, replyTo }: Email): object {
  const list = (addresses: readonly Address[] | undefined) => (addresses ?? []).flatMap(recipients)
  const [first] = from === undefined ? [] : recipients(from)
  const [by] = sender === undefined ? [] : recipients(sender)
  return {
    ...(first === undefined ? {} : { from: first, sender: by ?? first }),
    toRecipients: list(to),
    ccRecipients: list(cc),
    bccRecipients: list(bcc),
    replyTo: list(replyTo),
  }
}

function recipients(address: Address): { readonly emailAddress: object }[] {
  if (address.group !== undefined) return address.group.flatMap(recipients)
  if (!address.address) return []
  return [{ emailAddress: { address: address.address, ...(address.name ? { name: address.name } : {}) } }]
}

function attachmentOf({ filename, mimeType, content, contentId, disposition }: Attachment): NewAttachment {
  const octets = typeof content === 'string' ? Buffer.from(content, 'utf8') : new Uint8Array(content)
  const isInline = disposition === 'inline' && contentId !== undefined
  return {
    name: filename ?? (mimeType === 'message/rfc822' ? 'message.eml' : 'attachment'),
    mime: mimeType,
    octets,
    contentId: isInline ? contentId.replace(/^<|>$/g, '') : null,
  }
}

function rfc3339(text: string | undefined): string | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
