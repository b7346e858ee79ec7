/** What Microsoft says of a message beside its content, in the words of mail. */
import { hash } from 'node:crypto'
import type { Item, MailMeta } from '../../core/items.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Message } from './mail.ts'
import { flagOfVerb, verbIn } from './mail-properties.ts'

/** `verb`: PidTagLastVerbExecuted, where it was learned apart from the message. */
export function itemOf(message: Message, verb: string | null = verbIn(message)): Item {
  const { id, receivedDateTime, subject } = message
  const date = rfc3339(receivedDateTime)
  const version = versionOf(message)
  return {
    key: id,
    version,
    identities: [`graph ${id} ${version}`],
    meta: metaOf(message, verb),
    ...(date === null ? {} : { date }),
    ...(subject ? { title: subject.slice(0, 200) } : {}),
  }
}

/**
 * Says when the content changed. Exchange makes the MIME anew each time, so that its octets say nothing; a change key changes
 * with each flag, so that it says something of drafts alone, which are what people rewrite.
 */
function versionOf({ isDraft, changeKey, subject, hasAttachments, sentDateTime }: Message): string {
  if (isDraft === true) return `draft ${changeKey ?? ''}`
  return hash('sha256', JSON.stringify([subject ?? '', hasAttachments ?? false, sentDateTime ?? '']), 'hex').slice(0, 16)
}

function metaOf(
  { isRead, isDraft, flag, importance, inferenceClassification, categories, conversationId }: Message,
  verb: string | null,
): MailMeta & JsonObject {
  const flags = [
    flagOfVerb(verb) ?? '',
    isDraft === true ? '\\Draft' : '',
    flag?.flagStatus === 'flagged' ? '\\Flagged' : '',
    isRead === true ? '\\Seen' : '',
    flag?.flagStatus === 'complete' ? '$Completed' : '',
  ]
  return {
    flags: flags.filter((one) => one !== '').sort(),
    ...(conversationId ? { thread: conversationId } : {}),
    ...(categories && categories.length > 0 ? { categories: [...categories].sort() } : {}),
    ...(importance && importance !== 'normal' ? { importance } : {}),
    ...(inferenceClassification ? { inbox: inferenceClassification } : {}),
  }
}

function rfc3339(text: string | null | undefined): string | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}
