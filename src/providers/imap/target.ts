/** Adds mail to an account over IMAP. Makes folders and messages; never deletes or changes what was there. */

import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import type { Collection } from '../../core/items.ts'
import { defaultRetry, type RetryOptions, retry } from '../../core/retry.ts'
import type { CheckOutcome, PutOutcome, RestoreItem, Target, TargetOptions, TargetPlace } from '../../core/target.ts'
import { openSessionAs } from './connection.ts'
import { Busy, Refusal } from './errors.ts'
import { listAllMailboxes } from './mailboxes.ts'
import { listedOf, metaItems } from './message-list.ts'
import { type Batch, Outgoing } from './outgoing.ts'
import { Pool, type Run } from './pool.ts'
import { parseSettings } from './settings.ts'
import { type Destination, prefixPath, TargetFolders } from './target-folders.ts'
import { TargetIndex } from './target-index.ts'
import { withLabels } from './target-labels.ts'
import { type Created, createdOf, differences, flagLosses } from './target-messages.ts'
import { formatKey, formatSet } from './uids.ts'
import { type AddedAt, type Addition, WritingSession } from './writing-session.ts'

/** So many messages in a row that do not fit: then the account is full, and the rest need not be sent. */
const patienceWhenFull = 5
/** How often a connection may break over the same message before that is the message's fault. */
const triesPerMessage = 3

interface Folder {
  readonly destination: Destination
  readonly place: TargetPlace
  /** Null where the folder is only to be made. */
  index: TargetIndex | null
  /** By UID. */
  readonly created: Map<number, Created>
}

export class ImapTarget implements Target {
  readonly #context: Context
  readonly #options: TargetOptions
  readonly #retry: RetryOptions
  readonly #pool: Pool<WritingSession>
  readonly #folders = new Map<TargetPlace, Folder>()
  readonly #outgoing = new Outgoing()
  #map: TargetFolders | null = null
  #gmail = false
  #refusedAsFull = 0

  constructor(account: Account, context: Context, options: TargetOptions, retrying: RetryOptions = defaultRetry) {
    this.#context = context
    this.#options = options
    this.#retry = retrying
    this.#pool = new Pool(parseSettings(account.settings), context, (settings, with_, signal) =>
      openSessionAs(WritingSession, settings, with_, signal),
    )
  }

  get concurrency(): number {
    return this.#pool.limit
  }

  get keepsLabels(): boolean {
    return this.#gmail
  }

  async open(collections: readonly Collection[], signal: AbortSignal): Promise<void> {
    this.#map = await this.#persist(async (session) => {
      this.#gmail = session.has('X-GM-EXT-1')
      const mailboxes = await listAllMailboxes(session)
      const naming = { ...(await session.personalNamespace()), utf8: session.enabled('UTF8=ACCEPT') }
      return new TargetFolders(mailboxes, naming, this.#options.into)
    }, signal)
    for (const collection of collections) this.#map.destination(collection)
  }

  async ensure(c: Collection, signal: AbortSignal): Promise<TargetPlace> {
    if (this.#map === null) throw new AppError('bug', 'The target was not opened.')
    const destination = this.#map.destination(c)
    const isNew = !destination.exists && (this.#options.dryRun || (await this.#create(destination, signal)))
    const place: TargetPlace = { service: 'mail', path: destination.path, isNew, losses: destination.losses }
    this.#folders.set(place, { destination, place, index: null, created: new Map() })
    return place
  }

  /** False where it was made in between, perhaps by an attempt of ours whose answer was lost. */
  async #create({ name, use }: Destination, signal: AbortSignal): Promise<boolean> {
    return await this.#persist(async (session) => {
      try {
        await session.create(name, use)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (!(await listAllMailboxes(session)).some((mailbox) => mailbox.name === name && !mailbox.collection.skipped)) {
          throw new AppError('unsupported', `The folder cannot be made at the target. ${error.message}`)
        }
        return false
      }
      // Many mail programs show only what is subscribed; a server without subscriptions does as well.
      await session.subscribe(name).catch(ignoreRefusal)
      return true
    }, signal)
  }

  async *put(place: TargetPlace, items: readonly RestoreItem[], signal: AbortSignal): AsyncGenerator<PutOutcome> {
    const folder = this.#folder(place)
    const there = await this.#findThere(folder, items, signal)
    // A message without any label is one whose labels an earlier attempt did not come to.
    const bare = this.#options.dryRun ? [] : [...there].filter(([, uid]) => folder.index?.isWithoutLabels(uid) === true)
    const known = [...there].map(([key, uid]) => ({ key, kind: 'already-there', at: this.#at(folder, uid) }) as const)
    const unlabelled = new Set(bare.map(([key]) => key))
    await this.#labelled(
      folder,
      known.filter(({ key }) => unlabelled.has(key)),
      items,
      signal,
    )
    yield* known
    const missing = items.filter(({ key }) => !there.has(key))
    if (this.#options.dryRun) {
      for (const { key } of missing) yield { key, kind: 'created' }
      return
    }
    for (const batch of this.#outgoing.batches(missing)) yield* this.#putBatch(folder, batch, signal)
  }

  #folder(place: TargetPlace): Folder {
    const folder = this.#folders.get(place)
    if (folder === undefined) throw new AppError('bug', 'The folder was not made ready.')
    return folder
  }

  #at(folder: Folder, uid: number): string {
    return formatKey(folder.index?.uidvalidity ?? '', uid)
  }

  async #findThere(folder: Folder, items: readonly RestoreItem[], signal: AbortSignal): Promise<Map<string, number>> {
    if (this.#options.dryRun && !folder.destination.exists) return new Map()
    folder.index ??= await this.#readIndex(folder, signal)
    return await folder.index.take(items)
  }

  async #readIndex({ destination }: Folder, signal: AbortSignal): Promise<TargetIndex> {
    const { uidvalidity } = await this.#persist((session) => session.examine(destination.name), signal)
    const run: Run = (work) => this.#again(() => this.#pool.inMailbox(destination.name, uidvalidity, signal, work), signal)
    const anew: Run = (work) => this.#again(() => this.#pool.inMailboxAnew(destination.name, uidvalidity, signal, work), signal)
    return await TargetIndex.read(uidvalidity, run, anew)
  }

  /** Never throws for a single message's sake; throws when the server stays away. */
  async *#putBatch(folder: Folder, batch: Batch, signal: AbortSignal): AsyncGenerator<PutOutcome> {
    let now = batch
    for (let broken = 0; now.items.length > 0; broken++) {
      const attempt = await this.#attempt(folder, now, broken, signal)
      yield* await this.#labelled(folder, attempt.outcomes, now.items, signal)
      const answered = new Set(attempt.outcomes.map(({ key }) => key))
      const waiting = now.items.filter(({ key }) => !answered.has(key))
      if (!attempt.again) {
        // Each on its own, to find the one at fault.
        for (const item of waiting) yield* this.#putBatch(folder, this.#outgoing.batch([item]), signal)
        return
      }
      now = this.#outgoing.batch(waiting)
    }
  }

  /** `again`: the connection broke, and it is too early to blame one of the messages. */
  async #attempt(
    folder: Folder,
    batch: Batch,
    broken: number,
    signal: AbortSignal,
  ): Promise<{ readonly outcomes: readonly PutOutcome[]; readonly again: boolean }> {
    const { items } = batch
    if (this.#refusedAsFull >= patienceWhenFull) {
      const error = fullError(this.#fullWords)
      return { outcomes: items.map(({ key }) => ({ key, kind: 'failed', error })), again: false }
    }
    try {
      return { outcomes: await this.#append(folder, batch, signal), again: false }
    } catch (error) {
      signal.throwIfAborted()
      const isRefused = error instanceof Refusal || isFull(error) || hasCode(error, 'corrupt', 'disk-absent')
      if (isRefused) return { outcomes: items.length === 1 ? [this.#failed(items, error)] : [], again: false }
      const arrived = await this.#afterBreak(folder, items, broken + 1, error, signal)
      const isLast = broken + 1 >= triesPerMessage
      const isAtFault = isLast && items.length === 1 && arrived.length === 0
      return { outcomes: isAtFault ? [this.#failed(items, error)] : arrived, again: !isLast }
    }
  }

  /** The connection broke: nobody knows what arrived. Waits, and answers what did. */
  async #afterBreak(
    folder: Folder,
    items: readonly RestoreItem[],
    broken: number,
    error: unknown,
    signal: AbortSignal,
  ): Promise<PutOutcome[]> {
    if (!hasCode(error, 'network', 'rate-limit')) throw error
    await this.#context.clock.sleep(this.#delay(broken, error), signal)
    return await this.#arrived(folder, items, signal)
  }

  #fullWords = ''

  #failed([item]: readonly RestoreItem[], error: unknown): PutOutcome {
    if (isFull(error)) {
      this.#refusedAsFull++
      this.#fullWords = toAppError(error).message
    }
    return { key: item?.key ?? '', kind: 'failed', error: isFull(error) ? fullError(this.#fullWords) : toAppError(error) }
  }

  #delay(n: number, error: unknown): number {
    const asked = error instanceof AppError ? (error.retryAfter ?? 0) : 0
    return Math.max(asked, Math.min(this.#retry.maxDelay, this.#retry.delay * 2 ** (n - 1)))
  }

  async #arrived(folder: Folder, items: readonly RestoreItem[], signal: AbortSignal): Promise<PutOutcome[]> {
    folder.index ??= await this.#readIndex(folder, signal)
    await folder.index.refresh()
    const found = await folder.index.take(items)
    return items.flatMap((item) => {
      const uid = found.get(item.key)
      if (uid === undefined) return []
      this.#note(folder, item, uid)
      return [{ key: item.key, kind: 'created', at: this.#at(folder, uid) } as const]
    })
  }

  #note(folder: Folder, item: RestoreItem, uid: number): void {
    folder.created.set(uid, createdOf(item))
  }

  /** @throws Refusal, Busy: nothing was added; anything else: nobody knows */
  async #append(folder: Folder, batch: Batch, signal: AbortSignal): Promise<PutOutcome[]> {
    const { items } = batch
    const additions = await batch.additions()
    await using lease = await this.#pool.acquire(signal, folder.destination.name)
    const { session } = lease
    if (items.length > 1 && !session.has('MULTIAPPEND')) return await this.#appendSingly(session, folder, items, additions)
    const added = await session.append(folder.destination.name, additions)
    batch.sent()
    return this.#outcomes(folder, items, added)
  }

  async #appendSingly(
    session: WritingSession,
    folder: Folder,
    items: readonly RestoreItem[],
    additions: readonly Addition[],
  ): Promise<PutOutcome[]> {
    const outcomes: PutOutcome[] = []
    for (const [n, item] of items.entries()) {
      const addition = additions[n]
      if (addition === undefined) continue
      try {
        const added = await session.append(folder.destination.name, [addition])
        outcomes.push(...this.#outcomes(folder, [item], added))
      } catch (error) {
        if (!(error instanceof Refusal) && !isFull(error)) throw error
        outcomes.push(this.#failed([item], error))
      }
    }
    return outcomes
  }

  /** An item is answered only with its labels: what is not answered is looked at again. */
  async #labelled(
    { destination, created }: Folder,
    outcomes: readonly PutOutcome[],
    items: readonly RestoreItem[],
    signal: AbortSignal,
  ): Promise<readonly PutOutcome[]> {
    if (!this.#gmail) return outcomes
    return await withLabels(outcomes, items, created, (at, labels) =>
      this.#persist((session) => session.addLabels(destination.name, at, labels), signal, destination.name),
    )
  }

  #outcomes(folder: Folder, items: readonly RestoreItem[], added: AddedAt | null): PutOutcome[] {
    return items.map((item, n) => {
      const losses = flagLosses(item)
      const uid = added?.uids[n]
      if (uid === undefined) return { key: item.key, kind: 'created', losses }
      this.#note(folder, item, uid)
      if (folder.index?.uidvalidity === added?.uidvalidity) folder.index?.addOwn(uid)
      const at = formatKey(added?.uidvalidity ?? '', uid)
      return { key: item.key, kind: 'created', at, listed: { key: at, version: at }, losses }
    })
  }

  async *check(place: TargetPlace, signal: AbortSignal): AsyncGenerator<CheckOutcome> {
    const folder = this.#folder(place)
    const { created, index, destination } = folder
    if (index === null || created.size === 0) return
    const uids = [...created.keys()].sort((a, b) => a - b)
    for (let i = 0; i < uids.length; i += 500) {
      const found: { key: string; losses: readonly string[] }[] = []
      const read = (session: WritingSession) =>
        session.fetch({
          set: formatSet(uids.slice(i, i + 500)),
          items: metaItems(session),
          budget: Number.POSITIVE_INFINITY,
          onMessage: (answer) => {
            const listed = listedOf(answer)
            const asked = created.get(listed?.uid ?? -1)
            if (listed === null || asked === undefined) return
            const losses = differences(asked, listed)
            if (losses.length > 0) found.push({ key: asked.key, losses })
          },
        })
      await this.#again(async () => {
        found.length = 0
        await this.#pool.inMailbox(destination.name, index.uidvalidity, signal, read)
      }, signal)
      yield* found
    }
    created.clear()
  }

  async discard(paths: readonly (readonly string[])[], signal: AbortSignal): Promise<void> {
    await this.#persist(async (session) => {
      const naming = { ...(await session.personalNamespace()), utf8: session.enabled('UTF8=ACCEPT') }
      const into = [...prefixPath(naming), ...this.#options.into]
      const wanted = new Set(paths.map((path) => JSON.stringify(path)))
      const mailboxes = await listAllMailboxes(session)
      // Those below first. Folders that only hold others are left for the last.
      for (const { name, collection } of mailboxes.toReversed()) {
        const { path } = collection
        const isBelow = this.#options.into.length > 0 && into.every((level, depth) => path[depth] === level)
        if (isBelow && (wanted.has(JSON.stringify(path)) || path.length <= into.length))
          await session.deleteMailbox(name).catch(ignoreRefusal)
      }
    }, signal)
  }

  async #persist<T>(work: (session: WritingSession) => Promise<T>, signal: AbortSignal, mailbox?: string): Promise<T> {
    return await this.#again(async () => {
      await using lease = await this.#pool.acquire(signal, mailbox)
      return await work(lease.session)
    }, signal)
  }

  /** A server that is out of reach after all tries is so for every folder. */
  async #again<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await retry(attempt, this.#context.clock, signal, this.#retry)
    } catch (error) {
      if (error instanceof AppError && error.code === 'network') this.#pool.giveUp(error)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }
}

function ignoreRefusal(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}

/** The account has no room for it (RFC 5530 OVERQUOTA, RFC 9208). */
function isFull(error: unknown): boolean {
  return error instanceof Busy && error.responseCode === 'OVERQUOTA'
}

function fullError(words: string): AppError {
  return new AppError('permission', words, {
    advice: 'Make room in the account, or restore to another one; then run the command again.',
  })
}
