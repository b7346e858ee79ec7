/** Mail by Microsoft Graph: one collection for each folder, moves recognised by ids that stay. */
import { z } from 'zod'
import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Collection, Content, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched, Source } from '../../core/source.ts'
import { readCursor } from '../shared/cursor.ts'
import { inParallel, octetsHeld } from '../shared/in-parallel.ts'
import { OnceOpen } from '../shared/once-open.ts'
import { joined } from '../shared/whole.ts'
import { ServerFault } from './errors.ts'
import { type Folder, Mail } from './mail.ts'
import { changesSince, everything } from './mail-changes.ts'
import { mailFolders } from './mail-folders.ts'
import { type Opened, type Session, sessionOf } from './session.ts'

/** As many as Microsoft lets a mailbox be asked at once. */
const atOnce = 4
const streamedFrom = 4 << 20
/** The delta may leave out changes of the read state: now and then everything is listed, which downloads nothing. */
const listedAnewAfter = 7 * 86_400_000
/** A listing that Microsoft forgets in its middle begins again. */
const listings = 3

const cursorSchema = z.object({
  link: z.string(),
  /** When everything was listed last: RFC 3339. */
  listed: z.string(),
})

type CursorData = Readonly<z.infer<typeof cursorSchema>>

interface Mailbox {
  readonly session: Session
  readonly mail: Mail
}

export class MailSource implements Source {
  readonly concurrency = atOnce
  readonly #account: Account
  readonly #context: Context
  readonly #mailbox = new OnceOpen<Mailbox>()

  constructor(account: Account, context: Context) {
    this.#account = account
    this.#context = context
  }

  async *collections(signal: AbortSignal): AsyncGenerator<Collection> {
    const { mail, session } = await this.#open(signal)
    const folders: readonly Folder[] = await mail.folders()
    yield* mailFolders(folders, await mail.wellKnown(), session.settings.mail)
  }

  async *changes(c: Collection, since: Cursor | null, signal: AbortSignal): AsyncGenerator<Change> {
    const { mail } = await this.#open(signal)
    if (since !== null) {
      const cursor = readCursor(cursorSchema, since)
      if (this.#now().getTime() - Date.parse(cursor.listed) > listedAnewAfter) {
        throw new AppError('cursor-expired', 'Once a week all messages are listed again, for what Microsoft may not have told.')
      }
      const link = yield* changesSince(mail, c.key, cursor.link)
      yield checkpoint({ ...cursor, link })
      return
    }
    const listed = this.#now().toISOString()
    const link = yield* this.#everything(mail, c)
    yield { kind: 'all-listed' }
    yield checkpoint({ link, listed })
  }

  async *fetch(_c: Collection, items: readonly Item[], signal: AbortSignal): AsyncGenerator<Fetched> {
    const { mail, session } = await this.#open(signal)
    yield* inParallel(items, atOnce, ({ key }) => fetchOne(mail, session, key, signal), signal, octetsHeld)
  }

  async close(): Promise<void> {
    const mailbox = await this.#mailbox.opened()
    mailbox?.session.close()
  }

  #now(): Date {
    return this.#context.clock.now()
  }

  #open(signal: AbortSignal): Promise<Mailbox> {
    return this.#mailbox.open(async () => {
      const session = await sessionOf(this.#account, this.#context)
      return { session, mail: new Mail(session, signal) }
    })
  }

  async *#everything(mail: Mail, { key, count }: Collection): AsyncGenerator<Change, string> {
    for (let n = 1; ; n++) {
      try {
        return yield* everything(mail, key, count === 0)
      } catch (error) {
        if (n === listings || !hasCode(error, 'cursor-expired')) throw error
      }
    }
  }
}

function checkpoint(cursor: CursorData): Change {
  return { kind: 'checkpoint', cursor: JSON.stringify(cursor) }
}

async function fetchOne(mail: Mail, session: Session, key: string, signal: AbortSignal): Promise<Fetched> {
  try {
    return { key, content: await contentOf(() => mail.mime(key), session, signal) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    if (error instanceof ServerFault) {
      // Throws where Microsoft as a whole is out of order.
      await mail.look()
      return { key, error }
    }
    if (hasCode(error, 'not-found', 'unsupported', 'permission')) return { key, error }
    throw error
  }
}

/** Small content whole, so that it is asked for again where it broke on its way; large content as it comes. */
async function contentOf(open: () => Promise<Opened>, session: Session, signal: AbortSignal): Promise<Content> {
  return await session.patiently(signal, async () => {
    const parts: Uint8Array[] = []
    let size = 0
    const content = (await open()).content[Symbol.asyncIterator]()
    while (size <= streamedFrom) {
      const next = await content.next()
      if (next.done === true) return joined(parts)
      parts.push(next.value)
      size += next.value.length
    }
    return rest(parts, content)
  })
}

async function* rest(parts: Uint8Array[], content: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for (let part = parts.shift(); part !== undefined; part = parts.shift()) yield part
    for (let next = await content.next(); next.done !== true; next = await content.next()) yield next.value
  } finally {
    await content.return?.()
  }
}
