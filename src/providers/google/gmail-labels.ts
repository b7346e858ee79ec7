/** Gmail's labels: what each is called, and what a message's labels say in the words of mail. */
import type { MailMeta } from '../../core/items.ts'

/** As Google's own export names the labels that every account has. */
const systemNames: Readonly<Record<string, string>> = {
  INBOX: 'Inbox',
  SENT: 'Sent',
  DRAFT: 'Drafts',
  SPAM: 'Spam',
  TRASH: 'Trash',
  UNREAD: 'Unread',
  STARRED: 'Starred',
  IMPORTANT: 'Important',
  CHAT: 'Chat',
  CATEGORY_PERSONAL: 'Category Personal',
  CATEGORY_SOCIAL: 'Category Social',
  CATEGORY_PROMOTIONS: 'Category Promotions',
  CATEGORY_UPDATES: 'Category Updates',
  CATEGORY_FORUMS: 'Category Forums',
}

const systemIds: ReadonlyMap<string, string> = new Map(Object.entries(systemNames).map(([id, name]) => [name, id]))

/** Of a label that every account has, by the name that Google's export gives it; null for a person's own. */
export function systemLabelId(name: string): string | null {
  return systemIds.get(name) ?? null
}

/** Name of each label by its id. */
export type LabelNames = ReadonlyMap<string, string>

export function labelNames(labels: readonly { readonly id?: string | null; readonly name?: string | null }[]): LabelNames {
  return new Map(labels.flatMap(({ id, name }) => (id ? [[id, systemNames[id] ?? name ?? id]] : [])))
}

/** The same labels give the same meta, whatever way they were learnt. A label that is not known goes by its id. */
export function messageMeta(labelIds: Iterable<string>, names: LabelNames, thread: string): MailMeta {
  const ids = new Set(labelIds)
  const flags = [ids.has('DRAFT') ? '\\Draft' : '', ids.has('STARRED') ? '\\Flagged' : '', ids.has('UNREAD') ? '' : '\\Seen']
  return {
    flags: flags.filter((flag) => flag !== '').sort(),
    labels: [...new Set([...ids].map((id) => names.get(id) ?? id))].sort(),
    thread: threadNumber(thread),
  }
}

/** X-GM-THRID is the decimal form of the API's thread id. */
function threadNumber(thread: string): string {
  return /^[0-9a-f]{1,16}$/.test(thread) ? BigInt(`0x${thread}`).toString() : thread
}

/** The three places in which a message can be; every message is in exactly one. */
export type PlaceKey = 'all' | 'spam' | 'trash'

export function placeOf(labelIds: ReadonlySet<string>): PlaceKey {
  if (labelIds.has('TRASH')) return 'trash'
  return labelIds.has('SPAM') ? 'spam' : 'all'
}
