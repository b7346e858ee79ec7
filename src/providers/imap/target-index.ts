/**
 * What is in a folder of the target, to recognise messages that are there already. Every message there stands for one of the
 * vault's: two equal messages in the vault are two at the target.
 */
import { createHash } from 'node:crypto'
import type { RestoreItem } from '../../core/target.ts'
import { identifyMessages } from './identify.ts'
import { listedOf, metaItems } from './message-list.ts'
import type { Run } from './pool.ts'
import { bodyPeek, octets } from './protocol.ts'
import { maxLiteral, type Session } from './session.ts'
import { formatKey } from './uids.ts'

interface Entry {
  readonly uid: number
  readonly size: number | null
  /** `headerIdentity`; undefined before the server was asked. */
  identity: string | null | undefined
  isTaken: boolean
}

export class TargetIndex {
  readonly uidvalidity: string
  readonly #run: Run
  readonly #anew: Run
  readonly #byUid = new Map<number, Entry>()
  /** By INTERNALDATE in seconds. */
  readonly #byDate = new Map<number, Entry[]>()
  /** UIDs of what this restore has put there. */
  readonly #own = new Set<number>()
  readonly #withoutLabels = new Set<number>()
  #newest = 0

  private constructor(uidvalidity: string, run: Run, anew: Run) {
    this.uidvalidity = uidvalidity
    this.#run = run
    this.#anew = anew
  }

  /** `run` works on a session that has the folder open, `anew` on one that has just opened it: it sees what is there now. */
  static async read(uidvalidity: string, run: Run, anew: Run): Promise<TargetIndex> {
    const index = new TargetIndex(uidvalidity, run, anew)
    await index.refresh()
    return index
  }

  /** Adds what has come since. */
  async refresh(): Promise<void> {
    const newest = this.#newest
    await this.#anew((session) =>
      session.fetch({
        set: `${newest + 1}:*`,
        items: metaItems(session),
        budget: Number.POSITIVE_INFINITY,
        onMessage: (answer) => {
          const message = listedOf(answer)
          if (message === null || message.uid <= newest) return
          this.#add(message.uid, message.size, message.date)
          if (message.meta.labels?.length === 0) this.#withoutLabels.add(message.uid)
        },
      }),
    )
  }

  #add(uid: number, size: number | null, date: string | null): void {
    this.#newest = Math.max(this.#newest, uid)
    if (this.#byUid.has(uid) || this.#own.has(uid)) return
    const entry: Entry = { uid, size, identity: undefined, isTaken: false }
    this.#byUid.set(uid, entry)
    const at = secondsOf(date ?? '')
    const others = this.#byDate.get(at)
    if (others === undefined) this.#byDate.set(at, [entry])
    else others.push(entry)
  }

  /** False where the server knows no labels (X-GM-EXT-1). */
  isWithoutLabels(uid: number): boolean {
    return this.#withoutLabels.has(uid)
  }

  /** One that this restore has put there: it stands for no other item. */
  addOwn(uid: number): void {
    this.#newest = Math.max(this.#newest, uid)
    this.#own.add(uid)
  }

  /** The UID that stands for each item; items that are not there are left out. Each UID is answered once for all times. */
  async take(items: readonly RestoreItem[]): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    if (this.#byUid.size === 0) return found
    const take = (item: RestoreItem, entry: Entry) => {
      entry.isTaken = true
      found.set(item.key, entry.uid)
    }
    for (const item of items) {
      const entry = this.#byUid.get(uidOf(item.at, this.uidvalidity))
      if (entry?.isTaken === false) take(item, entry)
    }
    const rest = items.filter(({ key }) => !found.has(key))
    await this.#identify(rest.flatMap((item) => (identityOf(item) === null ? [] : this.#candidates(item))))
    for (const item of rest) {
      for (const entry of this.#candidates(item)) {
        if (!(await this.#isSame(item, entry))) continue
        take(item, entry)
        break
      }
    }
    return found
  }

  /** A server that mends line ends makes a message larger. */
  #candidates(item: RestoreItem): Entry[] {
    const entries = this.#byDate.get(secondsOf(item.date)) ?? []
    return entries
      .filter(({ isTaken, size }) => !isTaken && (size === null || size >= item.size))
      .sort((a, b) => (a.size ?? 0) - (b.size ?? 0))
  }

  async #identify(entries: readonly Entry[]): Promise<void> {
    const unknown = new Map(
      entries.filter(({ identity }) => identity === undefined).map((entry) => [formatKey(this.uidvalidity, entry.uid), entry]),
    )
    const items = [...unknown.keys()].map((key) => ({ key, version: key, meta: {} }))
    for (const entry of unknown.values()) entry.identity = null
    for await (const { key, identities } of identifyMessages(this.uidvalidity, items, this.#run)) {
      const entry = unknown.get(key)
      if (entry !== undefined) entry.identity = identities[0] ?? null
    }
  }

  async #isSame(item: RestoreItem, entry: Entry): Promise<boolean> {
    const identity = identityOf(item)
    const alike = entry.size === null || entry.size === item.size
    if (identity !== null) return entry.identity === identity && (alike || entry.size === (await sizeWithCrlf(item)))
    // Nothing in the header tells it from others: its content does.
    if (!alike) return false
    if (item.size > maxLiteral) return true
    return (await this.#hashOf(entry.uid)) === item.sha256
  }

  async #hashOf(uid: number): Promise<string> {
    return await this.#run(async (session: Session) => {
      let sha256 = ''
      await session.fetch({
        set: String(uid),
        items: [{ type: 'ATOM', value: 'UID' }, bodyPeek()],
        budget: maxLiteral,
        onMessage: ({ body }) => {
          const content = body === null ? null : octets(body.value)
          if (content !== null) sha256 = createHash('sha256').update(content).digest('hex')
        },
      })
      return sha256
    })
  }
}

function identityOf(item: RestoreItem): string | null {
  return item.identities.find((identity) => identity.startsWith('headers:')) ?? null
}

function secondsOf(date: string): number {
  return Math.floor(Date.parse(date) / 1000)
}

function uidOf(at: string | null, uidvalidity: string): number {
  const [validity, uid] = at?.split('.') ?? []
  return validity === uidvalidity ? Number(uid) : Number.NaN
}

/** What the size becomes when each LF without a CR gets one (RFC 5322 knows only CRLF). */
async function sizeWithCrlf(item: RestoreItem): Promise<number> {
  let size = item.size
  let previous = 0
  for await (const chunk of item.content()) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
      if ((at === 0 ? previous : chunk[at - 1]) !== 13) size++
    }
    previous = chunk.at(-1) ?? previous
  }
  return size
}
