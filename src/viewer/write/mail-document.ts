/** A message becomes a row, a text block, perhaps an HTML block and pictures, and terms of the index. */
import { hash } from 'node:crypto'
import type { MailRow } from '../columns.ts'
import type { AttachmentInfo, MailAddress } from '../format-documents.ts'
import type { PutChange } from '../input.ts'
import { isDocument } from '../kinds.ts'
import { fieldBits } from '../terms.ts'
import type { DocumentContext, Streams } from './document-context.ts'
import { shortHash } from './folder.ts'
import type { ReadMail } from './mail.ts'
import { jsonOctets } from './shards.ts'
import type { Stream } from './stream.ts'

const shownRecipients = 3

export async function mailDocument(change: PutChange, streams: Streams, context: DocumentContext): Promise<number> {
  const stream = streams.mail
  const mail = await context.mail(change)
  const date = mail.date ?? received(change)
  const sender = addressText(mail.detail.from[0])
  const doc = stream.writer.nextDoc
  const thread = conversation(mail, change, doc, stream, context)
  await stream.writer.document(rowOf(mail, change, { doc, date, sender }, thread), change.sha256)
  const attachments = await attachmentsOf(mail, change, { doc, date, sender }, stream, context)
  await stream.writer.texts.add(doc, jsonOctets({ ...mail.detail, attachments }))
  if (mail.html !== null) await stream.writer.html.add(doc, Buffer.from(mail.html))
  indexMail(mail, doc, stream)
  context.newest.describe({ doc, date, from: sender, subject: mail.subject, marks: mail.marks })
  return doc
}

function received({ date }: PutChange): number {
  const time = Date.parse(date)
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000)
}

function rowOf(mail: ReadMail, { size }: PutChange, { date, sender: from }: Around, thread: number): MailRow {
  const recipients = [...mail.detail.to, ...mail.detail.cc].map(addressText)
  const to = recipients.slice(0, shownRecipients)
  const toMore = recipients.length - to.length
  return { from, to, toMore, date, subject: mail.subject, size, marks: mail.marks, thread }
}

function addressText(address: MailAddress | undefined): string {
  if (address === undefined) return ''
  if (address.name === '') return address.address
  return address.address === '' ? address.name : `${address.name} <${address.address}>`
}

function conversation(
  mail: ReadMail,
  { meta, collection }: PutChange,
  doc: number,
  stream: Stream<'mail'>,
  context: DocumentContext,
): number {
  const provider = typeof meta['thread'] === 'string' ? [`${collection.account}\0${meta['thread']}`] : []
  const hashes = [...provider, ...mail.conversation].map(shortHash)
  const thread = context.lookup.thread(hashes) ?? doc
  for (const one of hashes) if (context.lookup.addThread(one, thread)) stream.writer.thread(one, thread)
  return thread
}

interface Around {
  readonly doc: number
  readonly date: number
  readonly sender: string
}

async function attachmentsOf(
  mail: ReadMail,
  change: PutChange,
  { doc, date, sender }: Around,
  stream: Stream<'mail'>,
  { input, lookup }: DocumentContext,
): Promise<AttachmentInfo[]> {
  const attachments: AttachmentInfo[] = []
  let pictures = 0
  for (const [number, info] of mail.detail.attachments.entries()) {
    const content = mail.contents[number] ?? new Uint8Array()
    const { name, type, kind } = info
    if (info.inline) {
      const sum = hash('sha256', content, 'hex').slice(0, 32)
      const known = lookup.picture(sum)
      const image = known ?? { doc, block: pictures++ }
      if (known === null) {
        await stream.writer.images.add(doc, new Uint8Array(content))
        lookup.addPicture(sum, image)
      }
      attachments.push({ ...info, image })
      continue
    }
    const account = change.collection.account
    const file = isDocument(info) ? await input.document({ account, date: isoDate(date), sender, name, type, kind, content }) : ''
    attachments.push({ ...info, file })
    await stream.writer.attachment({ doc, number, name, kind, size: info.size, file })
  }
  return attachments
}

function isoDate(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString()
}

function indexMail(mail: ReadMail, doc: number, { index }: Stream<'mail'>): void {
  const { from, to, cc, bcc, replyTo, attachments } = mail.detail
  index.add(doc, fieldBits.subject, mail.subject)
  for (const one of [...from, ...replyTo]) index.add(doc, fieldBits.from, addressText(one))
  for (const one of [...to, ...cc, ...bcc]) index.add(doc, fieldBits.to, addressText(one))
  for (const { name } of attachments) index.add(doc, fieldBits.attachment, name)
  index.add(doc, fieldBits.body, mail.body ?? mail.detail.text ?? '')
}
