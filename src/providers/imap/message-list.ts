import type { MailMeta } from '../../core/items.ts'
import {
  type Attribute,
  atom,
  bigNumber,
  decodeModifiedUtf7,
  type FetchAnswer,
  number,
  readDate,
  textInList,
  texts,
} from './protocol.ts'
import type { Session } from './session.ts'

/** What a list says of a message. */
export interface ListedMessage {
  readonly uid: number
  /** RFC822.SIZE; some servers estimate it. */
  readonly size: number | null
  /** INTERNALDATE, RFC 3339 in UTC. */
  readonly date: string | null
  readonly identities: readonly string[]
  readonly meta: MailMeta
}

/** The data items that make up a `ListedMessage`. */
export function metaItems(session: Session): Attribute[] {
  const items = ['UID', 'FLAGS', 'INTERNALDATE', 'RFC822.SIZE']
  if (session.has('OBJECTID')) items.push('EMAILID')
  if (session.has('X-GM-EXT-1')) items.push('X-GM-MSGID', 'X-GM-THRID', 'X-GM-LABELS')
  return items.map(atom)
}

/** RFC 9051 section 2.3.1.1: 32 bits. */
const largestUid = 2 ** 32 - 1

/** null for an answer that is not to this question, e.g. the server's news about a flag. */
export function listedOf({ uid, data }: FetchAnswer): ListedMessage | null {
  if (uid === null || uid < 1 || uid > largestUid || !data.has('FLAGS') || !data.has('RFC822.SIZE')) return null
  return {
    uid,
    size: number(data.get('RFC822.SIZE')),
    date: readDate(data.get('INTERNALDATE')),
    identities: identitiesOf(data),
    meta: metaOf(data),
  }
}

/** As `ListedMessage.meta.flags`, joined; '' where the answer says nothing of them. */
export function flagsIn({ data }: FetchAnswer): string {
  return flagsOf(data).join(' ')
}

function flagsOf(data: FetchAnswer['data']): string[] {
  return [...new Set(texts(data.get('FLAGS')).map(usualCase))].filter((flag) => flag !== '\\Recent').sort()
}

function identitiesOf(data: FetchAnswer['data']): string[] {
  const identities: string[] = []
  const email = textInList(data.get('EMAILID'))
  if (email) identities.push(`emailid:${email}`)
  const gmail = bigNumber(data.get('X-GM-MSGID'))
  if (gmail) identities.push(`gm:${gmail}`)
  return identities
}

function metaOf(data: FetchAnswer['data']): MailMeta {
  const thread = bigNumber(data.get('X-GM-THRID'))
  return {
    flags: flagsOf(data),
    ...(data.has('X-GM-LABELS') && { labels: texts(data.get('X-GM-LABELS')).map(decodeModifiedUtf7).sort() }),
    ...(thread !== null && { thread }),
  }
}

/** System flags are the same in any case (RFC 9051 section 2.3.2); here they are always written `\Seen`. */
function usualCase(flag: string): string {
  return flag.startsWith('\\') ? flag.slice(0, 2).toUpperCase() + flag.slice(2).toLowerCase() : flag
}
