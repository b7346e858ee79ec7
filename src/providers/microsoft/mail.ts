/** The calls for mail that are needed here, all of them reading, with their answers checked. */
import { z } from 'zod'
import { AppError, hasCode } from '../../core/errors.ts'
import { type Batched, batch } from './batch.ts'
import { pagesSince } from './link-cursor.ts'
import { flagOfVerb, lastVerb, verbIn } from './mail-properties.ts'
import type { Opened, Session } from './session.ts'

const folderSchema = z.object({
  id: z.string().min(1),
  displayName: z.string().nullish(),
  parentFolderId: z.string().nullish(),
  childFolderCount: z.number().nullish(),
  totalItemCount: z.number().nullish(),
  isHidden: z.boolean().nullish(),
  '@odata.type': z.string().optional(),
})

export type Folder = Readonly<z.infer<typeof folderSchema>>

// What is not as documented is left out: one odd message must not end a backup.
const text = z.string().nullish().catch(null)
const truth = z.boolean().nullish().catch(null)
const property = z.object({ id: z.string(), value: z.string().nullish() })

/** A member that Microsoft did not name is undefined. */
const messageSchema = z.object({
  id: z.string().min(1),
  parentFolderId: text,
  subject: text,
  receivedDateTime: text,
  sentDateTime: text,
  internetMessageId: text,
  conversationId: text,
  changeKey: text,
  isRead: truth,
  isDraft: truth,
  hasAttachments: truth,
  importance: text,
  inferenceClassification: text,
  categories: z.array(z.string()).nullish().catch(null),
  flag: z.object({ flagStatus: text }).nullish().catch(null),
  singleValueExtendedProperties: z.array(property).nullish().catch(null),
})

export type Message = Readonly<z.infer<typeof messageSchema>>

const removedSchema = z.object({ id: z.string().min(1), '@removed': z.object({}) })

export type Touched = { readonly message: Message } | { readonly removed: string }

export const wellKnownNames = ['inbox', 'archive', 'drafts', 'sentitems', 'deleteditems', 'junkemail', 'outbox'] as const
export type WellKnown = (typeof wellKnownNames)[number]

const folderFields = 'id,displayName,parentFolderId,childFolderCount,totalItemCount,isHidden'
const messageFields =
  'id,parentFolderId,subject,receivedDateTime,sentDateTime,internetMessageId,conversationId,changeKey,isRead,isDraft,hasAttachments,importance,inferenceClassification,categories,flag'
/** Microsoft's deltas fail at it (OData/odata.net#1667), whatever "Delta query support $select, $top, and $expand" says. */
const verbQuery = `$expand=${encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${lastVerb}')`)}`
const pageSize = ['odata.maxpagesize=500']
/** "List messages". */
const mostListed = 1_000
/** A message that Exchange always fails at is given up sooner than Microsoft itself. */
const triesForOne = 4

export class Mail {
  readonly #session: Session
  readonly #signal: AbortSignal
  #folders: ReadonlySet<string> = new Set()

  constructor(session: Session, signal: AbortSignal) {
    this.#session = session
    this.#signal = signal
  }

  /** One of the folders that were listed last. */
  knows(folder: string): boolean {
    return this.#folders.has(folder)
  }

  /** Every folder: those that are shown by their delta, which lists them flat; then the hidden ones. */
  async folders(): Promise<readonly Folder[]> {
    const { me } = this.#session
    const found = new Map<string, Folder>()
    const add = (folders: readonly unknown[]) => {
      for (const folder of folders) {
        const parsed = folderSchema.safeParse(folder)
        if (parsed.success && !removedSchema.safeParse(folder).success) found.set(parsed.data.id, parsed.data)
      }
    }
    for await (const { value } of this.#pages(`${me}/mailFolders/delta?$select=${folderFields}`)) add(value)
    const hidden = `includeHiddenFolders=true&$top=500&$select=${folderFields}`
    const known = new Set(found.keys())
    for await (const { value } of this.#pages(`${me}/mailFolders?${hidden}`)) add(value)
    const open = [...found.values()].filter(({ id, childFolderCount }) => !known.has(id) && (childFolderCount ?? 0) > 0)
    for (let folder = open.shift(); folder !== undefined; folder = open.shift()) {
      const before = new Set(found.keys())
      for await (const { value } of this.#pages(`${me}/mailFolders/${path(folder.id)}/childFolders?${hidden}`)) add(value)
      open.push(...[...found.values()].filter(({ id, childFolderCount }) => !before.has(id) && (childFolderCount ?? 0) > 0))
    }
    this.#folders = new Set(found.keys())
    return [...found.values()]
  }

  /** Which of the folders have a name that every mailbox knows, by their ids. */
  async wellKnown(): Promise<ReadonlyMap<string, WellKnown>> {
    const { me } = this.#session
    const paths = wellKnownNames.map((name) => `${me}/mailFolders/${name}?$select=id`)
    const answers = await batch<{ readonly id?: string }>(this.#session, 'outlook', paths, this.#signal)
    const ids = new Map<string, WellKnown>()
    for (const [n, answer] of answers.entries()) {
      const name = wellKnownNames[n]
      if ('error' in answer && !hasCode(answer.error, 'not-found')) throw answer.error
      if (name !== undefined && 'body' in answer && answer.body.id !== undefined) ids.set(answer.body.id, name)
    }
    return ids
  }

  /**
   * A page at a time: what happened in a folder since `link`, or all that is in it. The link of the last page goes on from there.
   * @throws AppError `cursor-expired` where Microsoft has forgotten
   */
  async *delta(
    folder: string,
    link: string | null,
  ): AsyncGenerator<{ readonly touched: readonly Touched[]; readonly link?: string }> {
    const all = () => this.#pages(`${this.#folder(folder)}/messages/delta?$select=${messageFields}`)
    const since = (from: string) => pagesSince<unknown>(this.#session, 'outlook', from, this.#signal, { prefer: pageSize })
    for await (const { value, deltaLink } of link === null ? all() : since(link)) {
      yield { touched: value.map(touchedOf), ...(deltaLink === undefined ? {} : { link: deltaLink }) }
    }
  }

  /** PidTagLastVerbExecuted of those messages of a folder that were answered or forwarded. */
  async verbs(folder: string): Promise<ReadonlyMap<string, string>> {
    const verbs = new Map<string, string>()
    const path = `${this.#folder(folder)}/messages?$select=id&$top=${mostListed}&${verbQuery}`
    for await (const { value } of this.#session.pages<unknown>('outlook', path, this.#signal)) {
      for (const one of value) {
        const message = messageSchema.safeParse(one).data
        const verb = message === undefined ? null : verbIn(message)
        if (message !== undefined && verb !== null && flagOfVerb(verb) !== null) verbs.set(message.id, verb)
      }
    }
    return verbs
  }

  /** Whole messages, with what was done last with them, in the order of `ids`. */
  async messages(ids: readonly string[]): Promise<readonly Batched<Message>[]> {
    const paths = ids.map((id) => `${this.#session.me}/messages/${path(id)}?$select=${messageFields}&${verbQuery}`)
    const answers = await batch<Message>(this.#session, 'outlook', paths, this.#signal)
    return answers.map((answer) => ('body' in answer ? { body: checked(answer.body) } : answer))
  }

  /** The message as Exchange puts it into MIME. */
  async mime(id: string): Promise<Opened> {
    return await this.#session.open('outlook', `${this.#session.me}/messages/${path(id)}/$value`, this.#signal, {
      tries: triesForOne,
    })
  }

  /** One cheap question. */
  async look(): Promise<void> {
    await this.#session.get('outlook', `${this.#session.me}/mailFolders/inbox?$select=id`, this.#signal)
  }

  #folder(id: string): string {
    return `${this.#session.me}/mailFolders/${path(id)}`
  }

  #pages(first: string) {
    return this.#session.pages<unknown>('outlook', first, this.#signal, { prefer: pageSize })
  }
}

function path(id: string): string {
  return encodeURIComponent(id)
}

function checked(value: unknown): Message {
  const parsed = messageSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new AppError('suspicious', "Microsoft's answer to the question for messages is not as documented.")
}

function touchedOf(value: unknown): Touched {
  const removed = removedSchema.safeParse(value)
  return removed.success ? { removed: removed.data.id } : { message: checked(value) }
}
