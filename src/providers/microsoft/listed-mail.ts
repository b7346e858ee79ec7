/** Messages that came into the mailbox by IMAP, as what Graph lists them: it gives them other ids, and octets of its own. */
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import type { Collection } from '../../core/items.ts'
import type { PutFolder, PutMail } from '../../core/provider.ts'
import type { CheckOutcome } from '../../core/target.ts'
import { Mail, type Message } from './mail.ts'
import { mailFolders } from './mail-folders.ts'
import { itemOf } from './mail-meta.ts'
import { sessionOf } from './session.ts'

/**
 * Of one folder. A message is known by its Message-ID and the second in which it came, where one alone was put there with them
 * and one alone is there: whatever is in doubt is left out, and downloaded by the next backup.
 */
export async function* listedMail(
  account: Account,
  context: Context,
  folder: PutFolder,
  put: readonly PutMail[],
  signal: AbortSignal,
): AsyncGenerator<CheckOutcome> {
  const session = await sessionOf(account, context)
  try {
    const mail = new Mail(session, signal)
    const folders = [...mailFolders(await mail.folders(), await mail.wellKnown(), session.settings.mail)]
    const collection = folderOf(folders, folder)
    if (collection === undefined) return
    const there = await messagesIn(mail, collection.key)
    for (const [mark, [one, ...others]] of Map.groupBy(put, ({ messageId, date }) => markOf(messageId, date))) {
      const [message, ...more] = there.get(mark) ?? []
      if (mark === null || one === undefined || message === undefined || others.length + more.length > 0) continue
      const { key, version } = message
      yield { key: one.key, losses: [], listed: { collection: collection.key, key, version } }
    }
  } finally {
    session.close()
  }
}

/** IMAP calls the inbox INBOX in every language, and the other folders of a use may have names of its own. */
function folderOf(folders: readonly Collection[], { path, role }: PutFolder): Collection | undefined {
  const [top = '', ...below] = path
  const inbox = folders.find((one) => one.role === 'inbox')
  const names = top.toUpperCase() === 'INBOX' && inbox !== undefined ? [...inbox.path, ...below] : path
  return (
    folders.find((one) => JSON.stringify(one.path) === JSON.stringify(names)) ??
    folders.find((one) => role !== null && one.role === role)
  )
}

interface There {
  readonly mark: string | null
  readonly key: string
  readonly version: string
}

async function messagesIn(mail: Mail, folder: string): Promise<ReadonlyMap<string | null, readonly There[]>> {
  const found = new Map<string, There>()
  for await (const { touched } of mail.delta(folder, null))
    for (const one of touched) if ('message' in one) note(found, one.message)
  return Map.groupBy(found.values(), ({ mark }) => mark)
}

function note(found: Map<string, There>, message: Message): void {
  const { key, version } = itemOf(message)
  // A draft that is rewritten stays the same message.
  if (message.isDraft !== false) found.delete(key)
  else found.set(key, { mark: markOf(message.internetMessageId, message.receivedDateTime), key, version })
}

/** Null for what cannot be told from another. */
function markOf(messageId: string | null | undefined, date: string | null | undefined): string | null {
  const second = Math.floor(Date.parse(date ?? '') / 1_000)
  return !messageId || Number.isNaN(second) ? null : `${second} ${messageId.replace(/^<|>$/g, '')}`
}
