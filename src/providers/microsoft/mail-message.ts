/** A message as Graph takes it, with the properties that make it one that was received and not a draft. */
import type { Message, Recipient } from '@microsoft/microsoft-graph-types'
import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime'
import type { JsonObject } from '../../core/json.ts'
import type { NewAttachment } from './attachments.ts'
import { deliveryTime, lastVerb, messageFlags, readFlag, submitTime, unsentFlag, verbOf } from './mail-properties.ts'

export interface NewMessage {
  /** For `POST …/messages`, without attachments. */
  readonly body: Message
  readonly attachments: readonly NewAttachment[]
  /** What Graph has no place for, one sentence each. */
  readonly losses: readonly string[]
}

/** Of every message. */
export const putTogetherAnew =
  'Microsoft puts each message together anew from its parts: text, people, dates and attachments stay, the path it took and signatures over it do not.'

/** `date`: when it was received, RFC 3339. */
export async function newMessage(octets: Uint8Array, date: string, meta: JsonObject): Promise<NewMessage> {
  const email = await PostalMime.parse(octets, { attachmentEncoding: 'arraybuffer' })
  const flags = Array.isArray(meta['flags']) ? meta['flags'] : []
  const isDraft = flags.includes('\\Draft')
  const isRead = flags.includes('\\Seen')
  const sent = rfc3339(email.date)
  const verb = verbOf(flags.map(String))
  const properties = [
    { id: messageFlags, value: String((isRead ? readFlag : 0) + (isDraft ? unsentFlag : 0)) },
    { id: deliveryTime, value: date },
    { id: submitTime, value: sent ?? date },
    ...(verb === null ? [] : [{ id: lastVerb, value: verb }]),
  ]
  const { categories, importance, inbox } = meta
  const body: Message = {
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
    ...(Array.isArray(categories) ? { categories: categories.map(String) } : {}),
    ...(inbox === 'focused' || inbox === 'other' ? { inferenceClassification: inbox } : {}),
    singleValueExtendedProperties: properties,
  }
  const losses = [...lossesOf(flags.map(String), sent !== null), ...lostReplies(email)]
  return { body, attachments: email.attachments.map(attachmentOf), losses }
}

/** Microsoft refuses a message with a reply address that is none (ErrorInvalidRecipients); it takes anything for the others. */
const replyAddress = /^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+\.[^\s@.<>"(),:;[\]\\]+$/

function lostReplies({ replyTo = [] }: Email): string[] {
  return replyTo
    .flatMap(recipients)
    .flatMap(({ emailAddress }) => (replyAddress.test(emailAddress?.address ?? '') ? [] : [emailAddress?.address ?? '']))
    .map((address) => `Replies were to go to “${address}”, which is no address for Microsoft: it was left out.`)
}

const held: ReadonlySet<string> = new Set([
  '\\Seen',
  '\\Draft',
  '\\Flagged',
  '\\Answered',
  '\\Recent',
  '$Forwarded',
  '$Completed',
])

function lossesOf(flags: readonly string[], hasDate: boolean): string[] {
  const others = flags.filter((flag) => !held.has(flag))
  const areBoth = (one: string, other: string) => flags.includes(one) && flags.includes(other)
  return [
    ...(others.length === 0 ? [] : [`Outlook has no mark for ${others.join(', ')}.`]),
    ...(areBoth('\\Answered', '$Forwarded') ? ['Outlook marks a message as answered or as forwarded: it is answered now.'] : []),
    ...(areBoth('\\Flagged', '$Completed') ? ['Outlook marks a message as flagged or as completed: it is flagged now.'] : []),
    ...(hasDate ? [] : ['It had no date of its own: it bears the one at which it came.']),
  ]
}

function people({ from, sender, to, cc, bcc, replyTo }: Email): Message {
  const list = (addresses: readonly Address[] | undefined) => (addresses ?? []).flatMap(recipients)
  const [first] = from === undefined ? [] : recipients(from)
  const [by] = sender === undefined ? [] : recipients(sender)
  return {
    ...(first === undefined ? {} : { from: first, sender: by ?? first }),
    toRecipients: list(to),
    ccRecipients: list(cc),
    bccRecipients: list(bcc),
    replyTo: list(replyTo).filter(({ emailAddress }) => replyAddress.test(emailAddress?.address ?? '')),
  }
}

function recipients(address: Address): Recipient[] {
  if (address.group !== undefined) return address.group.flatMap(recipients)
  if (!address.address) return []
  return [{ emailAddress: { address: address.address, ...(address.name ? { name: address.name } : {}) } }]
}

function attachmentOf({ filename, mimeType, content, contentId, disposition, related }: Attachment): NewAttachment {
  const octets = typeof content === 'string' ? Buffer.from(content, 'utf8') : new Uint8Array(content)
  return {
    name: filename ?? (mimeType === 'message/rfc822' ? 'message.eml' : 'attachment'),
    mime: mimeType,
    octets,
    contentId: contentId === undefined ? null : contentId.replace(/^<|>$/g, ''),
    isInline: contentId !== undefined && (disposition === 'inline' || (disposition !== 'attachment' && related === true)),
  }
}

function rfc3339(text: string | undefined): string | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
