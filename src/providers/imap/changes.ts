/** What changed in a mailbox since a cursor: by QRESYNC or CONDSTORE (RFC 7162) where the server has them. */
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { Item } from '../../core/items.ts'
import type { Change, Cursor } from '../../core/source.ts'
import { LimitExceeded, Refusal } from './errors.ts'
import type { Mailbox } from './mailboxes.ts'
import { flagsIn, type ListedMessage, listedOf, metaItems } from './message-list.ts'
import type { Run } from './pool.ts'
import { type Attribute, atom, text } from './protocol.ts'
import type { Session, Snapshot } from './session.ts'
import { countOf, formatKey, parseSet, type UidRange } from './uids.ts'

/** Messages listed by one command: small enough to be held in memory before they are handed on. */
const listStep = 2_000
/** The same for commands that answer with changed messages only. */
const changeStep = 10_000
/** More than any one of these commands has honest answers for. */
const mostListed = 25_000
const octetsPerMessage = 600
/** How often a mailbox that loses messages meanwhile is listed at most. */
const mostListings = 5
/** Ranges into which the largest mailbox is cut. */
const mostBounds = 2_000

const cursorSchema = z.object({
  uidvalidity: z.string(),
  uidnext: z.number(),
  messages: z.number(),
  modseq: z.string().regex(/^\d+$/).nullable(),
})
type CursorState = Readonly<z.infer<typeof cursorSchema>>

/**
 * `run` is called once per command, so that no connection is held while a change waits to be consumed.
 * @throws AppError `cursor-expired` when `since` belongs to an earlier life of the mailbox
 */
export async function* changesOf(mailbox: Mailbox, since: Cursor | null, run: Run): AsyncGenerator<Change> {
  const known = since === null ? null : readCursor(since)
  if (known !== null && isUnchanged(mailbox, known)) {
    yield { kind: 'checkpoint', cursor: since ?? '' }
    return
  }
  const snapshot = await run((session) => session.examine(mailbox.name))
  if (known !== null && known.uidvalidity !== snapshot.uidvalidity) throw expired()
  const listing = new Listing(mailbox, snapshot, run)
  const complete = known !== null && (yield* listing.since(known))
  if (!complete) yield* listing.everything()
  yield { kind: 'checkpoint', cursor: JSON.stringify(listing.cursor()) }
}

function readCursor(since: Cursor): CursorState {
  try {
    return cursorSchema.parse(JSON.parse(since))
  } catch {
    throw expired()
  }
}

function expired(): AppError {
  return new AppError('cursor-expired', 'The server has numbered the messages of this folder anew.')
}

/** By the STATUS that came with the list of mailboxes: no command is needed then. */
function isUnchanged({ status }: Mailbox, known: CursorState): boolean {
  return (
    status !== null &&
    known.modseq !== null &&
    status.modseq === known.modseq &&
    status.uidvalidity === known.uidvalidity &&
    status.uidnext === known.uidnext &&
    status.messages === known.messages
  )
}

class Listing {
  readonly #mailbox: Mailbox
  #snapshot: Snapshot
  readonly #run: Run
  /** Messages from here on came after the snapshot: they are named, and named again by the next run. */
  #end: number
  #highest = 0
  #qresync = false
  /** An answer could not be read: a message may be missing from the lists. */
  #lossy = false
  /** The server told of changes while it made the last list. */
  #hasChanged = false
  /** Everything was listed, and still less than the server counts: the next run lists again. */
  #incomplete = false

  constructor(mailbox: Mailbox, snapshot: Snapshot, run: Run) {
    this.#mailbox = mailbox
    this.#snapshot = snapshot
    this.#run = run
    this.#end = snapshot.uidnext ?? Number.MAX_SAFE_INTEGER
  }

  /** Covers what was named and nothing more: taken from the snapshot, which is older than every list. */
  cursor(): CursorState {
    const { uidvalidity, uidnext, messages, modseq } = this.#snapshot
    return { uidvalidity, uidnext: uidnext ?? this.#highest + 1, messages, modseq: this.#incomplete ? null : modseq }
  }

  /** Names the changes after `known`; false where that is not possible and everything has to be listed. */
  async *since(known: CursorState): AsyncGenerator<Change, boolean> {
    const { modseq, uidnext } = this.#snapshot
    if (known.modseq === null || modseq === null || uidnext === null) return false
    if (BigInt(modseq) < BigInt(known.modseq) || uidnext < known.uidnext) return false
    let added = 0
    const vanished: UidRange[] = []
    try {
      for await (const list of this.#settledLists(changeStep, known.modseq, vanished)) {
        for (const message of list) {
          if (message.uid >= known.uidnext && message.uid < this.#end) added++
          yield this.#item(message)
        }
      }
    } catch (error) {
      // A list of vanished messages too long to be parsed in reasonable time: the whole list is cheaper.
      if (error instanceof LimitExceeded) return false
      throw error
    }
    const most = known.messages + added
    // With more than can be, something that is new was not named.
    if (this.#lossy || this.#snapshot.messages > most) return false
    if (!this.#qresync) return this.#snapshot.messages === most
    return yield* this.#removed(vanished, known)
  }

  /** False where naming them all would take too long. */
  *#removed(vanished: readonly UidRange[], known: CursorState): Generator<Change, boolean> {
    // A server may name every number that is not in use. Beyond a measure the whole list says the same in less time.
    const gone = vanished.map(({ first, last }) => ({ first, last: Math.min(last, this.#end - 1) }))
    if (countOf(gone.filter(({ first, last }) => first <= last)) > known.messages * 10 + 10_000) return false
    for (const { first, last } of gone) {
      for (let uid = first; uid <= last; uid++) yield { kind: 'removed', key: formatKey(this.#snapshot.uidvalidity, uid) }
    }
    return true
  }

  async *everything(): AsyncGenerator<Change> {
    let count = 0
    for await (const list of this.#settledLists(listStep, null, null)) {
      count += list.filter(({ uid }) => uid < this.#end).length
      for (const message of list) yield this.#item(message)
    }
    // Fewer than announced: messages went meanwhile, or an answer was lost. Only the first may count as removal.
    const isShort = count < this.#snapshot.messages
    this.#incomplete = isShort && (this.#lossy || count < (await this.#leastNow()))
    if (!this.#incomplete) yield { kind: 'all-listed' }
  }

  /**
   * What one command lists is taken anew where the mailbox changed meanwhile: a server may tell of the newest marks beside
   * messages that have gone before, or leave out what came before, and that would be a mailbox that never was.
   */
  async *#settledLists(step: number, since: string | null, vanished: UidRange[] | null): AsyncGenerator<ListedMessage[]> {
    for (let attempt = 1; this.#snapshot.messages <= step * 2; attempt++) {
      const list: ListedMessage[] = []
      const gone: UidRange[] = []
      this.#hasChanged = false
      for await (const part of this.#lists(step, since, vanished === null ? null : gone)) list.push(...part)
      const isWhole = since !== null || list.filter(({ uid }) => uid < this.#end).length >= this.#snapshot.messages
      if ((isWhole && !this.#hasChanged) || attempt >= mostListings) {
        vanished?.push(...gone)
        yield list
        return
      }
      await this.#lookAgain()
    }
    yield* this.#lists(step, since, vanished)
  }

  async #lookAgain(): Promise<void> {
    this.#adopt(await this.#run((session) => session.examine(this.#mailbox.name)))
  }

  #adopt(now: Snapshot): void {
    if (now.uidvalidity !== this.#snapshot.uidvalidity) throw expired()
    this.#snapshot = now
    this.#end = now.uidnext ?? Number.MAX_SAFE_INTEGER
  }

  /** How many of the listed messages there must be by now at least. */
  async #leastNow(): Promise<number> {
    const now = await this.#run((session) => session.examine(this.#mailbox.name))
    if (now.uidvalidity !== this.#snapshot.uidvalidity) throw expired()
    // Nobody can tell then how many came since the list: rather one list too many than a lost answer taken for a removal.
    if (now.uidnext === null || this.#snapshot.uidnext === null) return now.messages
    return now.messages - Math.max(0, now.uidnext - this.#snapshot.uidnext)
  }

  /** The messages of the snapshot, ascending by range, each list as one command brings it. */
  async *#lists(step: number, since: string | null, vanished: UidRange[] | null): AsyncGenerator<ListedMessage[]> {
    if (this.#snapshot.messages === 0 && since === null) return
    const ranges = await this.#ranges(step)
    for (const range of ranges) {
      yield await this.#open(async (session) => {
        // The list of one command is of one moment: this one.
        if (ranges.length === 1 && session.selected !== null) this.#adopt(session.selected.snapshot)
        return await this.#list(session, range, since, vanished)
      })
    }
  }

  async #list(session: Session, range: UidRange, since: string | null, vanished: UidRange[] | null): Promise<ListedMessage[]> {
    const list = new Map<number, ListedMessage>()
    const gone: UidRange[] = []
    const news = new Map<number, string>()
    const unreadable = session.unreadable
    this.#qresync = since !== null && session.enabled('QRESYNC')
    await session.fetch({
      set: range.last === Number.MAX_SAFE_INTEGER ? `${range.first}:*` : `${range.first}:${range.last}`,
      items: metaItems(session),
      ...(since !== null && { changedSince: since }),
      onComeOrGone: () => {
        this.#hasChanged = true
      },
      ...(this.#qresync && { onVanished: (set: Attribute | undefined) => gone.push(...readVanished(set)) }),
      budget: Math.min(this.#snapshot.messages, 2 * (since === null ? listStep : changeStep)) * octetsPerMessage,
      onMessage: (answer) => {
        const message = listedOf(answer)
        if (message === null && answer.uid !== null) news.set(answer.uid, flagsIn(answer))
        if (message === null || message.uid < range.first || message.uid > range.last) return
        if (list.size >= mostListed) session.kill(new AppError('suspicious', 'The server lists messages without end.'))
        list.set(message.uid, message)
      },
    })
    vanished?.push(...gone)
    for (const [uid, flags] of news) if (list.get(uid)?.meta.flags.join(' ') !== flags) this.#hasChanged = true
    if (session.unreadable > unreadable) this.#lossy = true
    for (const uid of list.keys()) this.#highest = Math.max(this.#highest, uid)
    return [...list.values()]
  }

  /**
   * Cuts the mailbox into ranges of about `step` messages, by asking for the UID of every `step`-th one. The last range has no
   * end: a list that lacks both what came after the snapshot and what went meanwhile is of a mailbox that never was.
   */
  async #ranges(step: number): Promise<UidRange[]> {
    const last = Number.MAX_SAFE_INTEGER
    if (this.#snapshot.messages <= step * 2) return [{ first: 1, last }]
    const bounds = await this.#open((session) =>
      this.#bounds(session, Math.max(step, Math.ceil(this.#snapshot.messages / mostBounds))),
    )
    const ranges: UidRange[] = []
    let first = 1
    for (const bound of [...bounds, last]) {
      ranges.push({ first, last: bound })
      first = bound + 1
    }
    return ranges
  }

  async #bounds(session: Session, step: number): Promise<number[]> {
    const wanted: number[] = []
    for (let position = step; position < this.#snapshot.messages; position += step) wanted.push(position)
    const uids = new Set<number>()
    const ask = (positions: readonly number[]) =>
      session.fetch({
        set: positions.join(','),
        byNumber: true,
        items: [atom('UID')],
        budget: 0,
        onMessage: ({ uid }) => {
          if (uid !== null && uids.size < mostBounds) uids.add(uid)
        },
      })
    for (let i = 0; i < wanted.length; i += 100) {
      const positions = wanted.slice(i, i + 100)
      if (await accepted(ask(positions))) continue
      // Messages went meanwhile, and with them the highest numbers.
      for (const position of positions) if (!(await accepted(ask([position])))) break
    }
    return [...uids].sort((a, b) => a - b)
  }

  /**
   * A server may go on telling a connection of the mailbox as it was when that connection opened it (RFC 3501 section 7.4.1),
   * or of a mixture: one that had it open before the snapshot opens it anew.
   */
  #open<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return this.#run(async (session) => {
      const isOfSnapshot = session.selected?.mailbox === this.#mailbox.name && session.selected.snapshot === this.#snapshot
      if (!isOfSnapshot) await session.examine(this.#mailbox.name)
      if (session.selected?.uidvalidity !== this.#snapshot.uidvalidity) throw expired()
      return await work(session)
    })
  }

  #item(message: ListedMessage): Change {
    const key = formatKey(this.#snapshot.uidvalidity, message.uid)
    const { size, date, identities, meta } = message
    const item: Item = { key, version: key, ...(size !== null && { size }), ...(date !== null && { date }), identities, meta }
    return { kind: 'item', item }
  }
}

function readVanished(set: Attribute | undefined): UidRange[] {
  return parseSet(text(set) ?? '') ?? []
}

/** false where the server refuses the command. */
async function accepted(command: Promise<void>): Promise<boolean> {
  try {
    await command
    return true
  } catch (error) {
    if (error instanceof Refusal) return false
    throw error
  }
}
