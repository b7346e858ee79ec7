/** A message as text for a terminal. */
import PostalMime, { type Address } from 'postal-mime'
import { formatBytes } from './format.ts'
import { printable, printableText } from './printable.ts'

/** Larger messages are shown by their beginning: parsing needs several times their size in memory. */
export const readableLimit = 64 * 1024 * 1024

/** Header, text and the names of attachments. What cannot be parsed is shown as its source. */
export async function messageText(bytes: Uint8Array): Promise<string> {
  try {
    const email = await PostalMime.parse(bytes)
    const header: readonly (readonly [string, string | undefined])[] = [
      ['From', email.from && addressText(email.from)],
      ['To', email.to?.map(addressText).join(', ')],
      ['Cc', email.cc?.map(addressText).join(', ')],
      ['Date', email.date],
      ['Subject', email.subject],
    ]
    const attachments = email.attachments.map((attachment) => {
      const size = typeof attachment.content === 'string' ? attachment.content.length : attachment.content.byteLength
      return `Attachment: ${attachment.filename ?? '(no name)'} (${attachment.mimeType}, ${formatBytes(size)})`
    })
    const lines = header.flatMap(([name, value]) => (value ? [printable(`${name}: ${value}`)] : []))
    return [...lines, ...attachments.map(printable), '', printableText(email.text ?? withoutText(email.html))].join('\n')
  } catch {
    return sourceText(bytes)
  }
}

function addressText({ name, address, group }: Address): string {
  if (group !== undefined) return `${name}: ${group.map(addressText).join(', ')};`
  if (name === '' || !address) return name || (address ?? '')
  return `${name} <${address}>`
}

function withoutText(html: string | undefined): string {
  return html === undefined ? '(no text)' : '(This message is HTML only. Save it with --raw and open it in a mail program.)'
}

/** The message as it stands, for what is too large or too odd to be parsed. */
export function sourceText(bytes: Uint8Array): string {
  return printableText(new TextDecoder().decode(bytes))
}
