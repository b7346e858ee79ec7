/** Restores one service for real into a scratch target, reads that back and compares item by item. */
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Service } from '../core/account.ts'
import { toAppError } from '../core/errors.ts'
import type { Snapshot } from '../vault/snapshot.ts'
import type { AccountState } from '../vault/state.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'
import type { StrangerFindings } from '../vault/stranger.ts'
import type { Connection } from './account-backup.ts'
import { Comparison } from './drill-compare.ts'
import { general, type Judged } from './drill-findings.ts'
import type { DrillOptions } from './drill-options.ts'
import { type CameBack, dovecotKeywords, nearestFolder, readAccount, readFolders } from './drill-readback.ts'
import { foldersOfLabels, isApart, labelsOf } from './labels.ts'
import type { ProofFinding, ServiceProof } from './proof.ts'
import { fingerprintOf, hasListedMarks, type Placed, readPlaced } from './readback-by-key.ts'
import { discardRestored, restoreSnapshot } from './restore.ts'
import type { RestoreReport } from './restore-report.ts'

const folders: Readonly<Record<Service, string>> = { mail: 'Mail', contacts: 'Contacts', calendar: 'Calendars', files: 'Files' }

/** At the target, by the path in the vault or of a label. */
type Places = ReadonlyMap<string, readonly string[]>

interface Expected {
  readonly item: ItemRecord
  readonly found: readonly { readonly path: readonly string[]; readonly place: readonly string[] }[]
}

interface Counts {
  readonly collections: number
  readonly items: number
  readonly bytes: number
  readonly kept: number
  readonly pending: number
}

/** What is to come back. */
interface Rehearsed {
  readonly snapshot: Snapshot
  readonly vaultId: string
  /** What is in the files. */
  readonly stranger: StrangerFindings
}

export class Rehearsal {
  readonly #snapshot: Snapshot
  readonly #vaultId: string
  readonly #service: Service
  readonly #stranger: StrangerFindings
  readonly #judged: Judged
  readonly #options: DrillOptions
  readonly #into: readonly string[]
  /** By their place at the target; where everything is read back by its key, by the vault's collection as well. */
  readonly #comparisons = new Map<string, Comparison>()
  /** Where the target said that it put things. */
  readonly #placed: Placed[] = []
  #keepsLabels = true
  /** Items that should come back, each once, in however many folders. */
  #expected = 0
  /** Null: all of it. */
  #chosen: ReadonlySet<string> | null = null

  constructor({ snapshot, vaultId, stranger }: Rehearsed, service: Service, judged: Judged, options: DrillOptions) {
    this.#snapshot = snapshot
    this.#vaultId = vaultId
    this.#stranger = stranger
    this.#service = service
    this.#judged = judged
    this.#options = options
    this.#into = [options.target.kind === 'folder' ? snapshot.account.id : options.target.into]
  }

  async run(): Promise<ServiceProof> {
    const service = this.#service
    const counts = countService(this.#snapshot.state, service)
    const began = performance.now()
    const connection = this.#connection()
    if (counts.items > 0 && connection?.provider.target === undefined)
      this.#judged.untested.push(`Restoring ${service}: the target does not take it.`)
    if (counts.items === 0 || connection?.provider.target === undefined)
      return { service, ...counts, restored: 0, identical: 0, seconds: 0, fullSeconds: 0 }
    this.#chosen = await this.#choose(counts)
    const report = await this.#restore(connection)
    this.#options.signal.throwIfAborted()
    await this.#options.afterRestore?.()
    const places = this.#openComparisons(connection, report)
    // Threads read files while what is to come back is looked up.
    if (this.#options.target.kind === 'folder')
      await Promise.all([this.#readBack(connection, report), this.#expect(connection, places)])
    else {
      await this.#expect(connection, places)
      await this.#readBack(connection, report)
    }
    const expected = this.#expected
    if (this.#comparisons.size === 0)
      this.#judged.faults.push(general(report.failure?.message ?? `Nothing of ${service} could be restored.`))
    else if (report.failure !== undefined) this.#judged.faults.push(general(report.failure.message))
    const differing = this.#differences(report)
    await this.#discard(connection, report)
    const seconds = (performance.now() - began) / 1000
    const fullSeconds = expected === 0 ? seconds : (seconds * counts.items) / expected
    return { service, ...counts, restored: expected, identical: Math.max(0, expected - differing), seconds, fullSeconds }
  }

  #connection(): Connection | undefined {
    const { target } = this.#options
    if (target.kind === 'folder') return target.connection
    return target.connections.find(({ account }) => account.services.includes(this.#service))
  }

  async #choose(counts: Counts): Promise<ReadonlySet<string> | null> {
    const { sample, target } = this.#options
    const { untested } = this.#judged
    let most = sample ?? Number.POSITIVE_INFINITY
    if (target.kind === 'folder') {
      const { bavail, bsize } = await statfs(nearestFolder(target.path))
      const room = bavail * bsize * 0.8
      if (room < counts.bytes) {
        // At least one: what was not tried at all tells nothing.
        most = Math.min(most, Math.max(1, Math.floor((counts.items * room) / counts.bytes / 2)))
        untested.push(`Restoring all ${this.#service}: there is not enough room on this computer for a copy of it.`)
      }
    }
    if (most >= counts.items) return null
    if (sample !== null)
      untested.push(`Restoring ${counts.items - most} of ${counts.items} items of ${this.#service}: a sample was asked for.`)
    return new Set(this.#snapshot.state.sample(this.#service, most).map(keyOf))
  }

  async #restore(connection: Connection): Promise<RestoreReport> {
    const { vault, signal, onProgress } = this.#options
    const chosen = this.#chosen
    return await restoreSnapshot(this.#snapshot, this.#vaultId, {
      ...{ vault, account: this.#snapshot.account.id, moment: null, selection: { services: [this.#service] } },
      ...{
        target: { name: 'drill', connections: [connection] },
        into: this.#into,
        conflict: 'skip',
        dryRun: false,
        stateFolder: null,
      },
      // Each item is read back and compared with the record below.
      isProven: ({ path, offset }, sha256) =>
        this.#stranger.messageAt(`${this.#snapshot.account.folder}/${path}`, offset) === sha256,
      ...(chosen === null ? {} : { only: (item: ItemRecord) => chosen.has(keyOf(item)) }),
      ...(isReadByKey(connection) ? { onPlaced: (c, _key, path, at) => void this.#placed.push({ c, path, at }) } : {}),
      onLabels: (areKept) => {
        this.#keepsLabels = areKept
      },
      signal,
      onProgress: (event) => {
        if (event.kind === 'items') onProgress({ kind: 'items', done: event.itemsSoFar, known: event.itemsKnown })
      },
    })
  }

  /** For each collection that was made; answers where it is. */
  #openComparisons(connection: Connection, report: RestoreReport): Places {
    const places = new Map<string, readonly string[]>()
    for (const { path, service, target: place, failure } of report.collections) {
      const about = { service, collection: path, title: '', date: '' }
      if (failure !== undefined) this.#judged.faults.push({ ...about, text: failure.message })
      if (place === null) continue
      places.set(JSON.stringify(path), place)
      if (!isReadByKey(connection)) this.#comparisons.set(JSON.stringify(place), new Comparison(service, path))
    }
    if (this.#options.target.kind === 'account') this.#judged.exceptions.push(...collectionLosses(report, this.#service))
    for (const { service, collection, title, date, texts } of report.failures)
      this.#judged.exceptions.push({ service, collection, title, date, text: texts.join(' ') })
    return places
  }

  /** What should come back, collection by collection. */
  async #expect(connection: Connection, places: Places): Promise<void> {
    for (const record of this.#snapshot.state.collections()) {
      if (record.gone || record.service !== this.#service) continue
      if (isReadByKey(connection)) await this.#expectByKey(connection, record, places)
      else this.#expectItems(record, places)
    }
    if (isReadByKey(connection)) this.#unread(connection)
  }

  /** Where a restore puts it: its collection, or the folders of its labels. */
  #pathsOf(record: CollectionRecord, item: ItemRecord): readonly (readonly string[])[] {
    const labels = this.#keepsLabels || record.service !== 'mail' || isApart(record) ? null : labelsOf(item)
    return labels === null ? [record.path] : unique(foldersOfLabels(labels).map(({ path }) => path))
  }

  /** Each place of a chosen item, by the path that the report calls it. */
  *#expectedAt(record: CollectionRecord, places: Places): Generator<Expected> {
    for (const item of this.#snapshot.state.items(record.c, false)) {
      this.#options.signal.throwIfAborted()
      if (this.#chosen !== null && !this.#chosen.has(keyOf(item))) continue
      const found = this.#pathsOf(record, item).flatMap((path) => {
        const place = places.get(JSON.stringify(path))
        return place === undefined ? [] : [{ path, place }]
      })
      if (found.length > 0) this.#expected++
      yield { item, found }
    }
  }

  async #expectByKey(connection: Connection, record: CollectionRecord, places: Places): Promise<void> {
    const service = this.#service
    const isConverted = connection.provider.fingerprints?.[service] !== undefined
    const own = places.get(JSON.stringify(record.path))
    if (own !== undefined) this.#byKey(record.c, record.path, own)
    for (const { item, found } of this.#expectedAt(record, places)) {
      if (found.length === 0) continue
      const sha256 = isConverted
        ? await fingerprintOf(connection, service, this.#snapshot.content(item), await this.#snapshot.originals(item))
        : item.sha256
      for (const { path, place } of found) this.#byKey(record.c, path, place).expect({ ...item, sha256 }, null)
    }
  }

  #byKey(c: number, path: readonly string[], place: readonly string[]): Comparison {
    const key = JSON.stringify([c, place])
    const comparison = this.#comparisons.get(key) ?? new Comparison(this.#service, path, true)
    this.#comparisons.set(key, comparison)
    return comparison
  }

  /** What a comparison by key does not show. */
  #unread(connection: Connection): void {
    const { untested } = this.#judged
    const isByMarks = hasListedMarks(connection, this.#service)
    if (this.#service === 'mail')
      untested.push(
        isByMarks
          ? 'Whether mail is the same byte for byte: this provider puts messages together anew, so what they say and hold was compared.'
          : 'The dates of mail: this provider shows the date that a message itself bears.',
      )
    if (this.#service === 'contacts') untested.push('Pictures and groups of contacts: at this provider they were not compared.')
  }

  #expectItems(record: CollectionRecord, places: Places): void {
    const held = this.#heldAt(places)
    let unheld = 0
    for (const { item, found } of this.#expectedAt(record, places)) {
      for (const { place } of found) this.#comparisons.get(JSON.stringify(place))?.expect(item, held(place))
      if (found.some(({ place }) => hasOther(item, held(place)))) unheld++
    }
    if (unheld > 0)
      this.#judged.untested.push(`Some keywords of ${unheld} messages in ${record.path.join('/')}: a Maildir holds 26 of them.`)
  }

  /** The flags that a place can hold; null: all. */
  #heldAt(places: Places): (place: readonly string[]) => ReadonlySet<string> | null {
    if (this.#options.target.kind !== 'folder' || this.#service !== 'mail') return () => null
    const keywords = (place: readonly string[]) => new Set([...dovecotKeywords(this.#folderOf(place)), '$Forwarded'])
    const known = new Map([...places.values()].map((place) => [place, keywords(place)]))
    return (place) => known.get(place) ?? null
  }

  readonly #whereabouts = new Map<string, readonly string[]>()

  #came(place: readonly string[], item: CameBack): void {
    const comparison = this.#comparisons.get(JSON.stringify(place))
    if (comparison === undefined) return
    comparison.came(item)
    this.#whereabouts.set(item.sha256, comparison.path)
  }

  async #readBack(connection: Connection, report: RestoreReport): Promise<void> {
    if (this.#options.target.kind === 'folder') {
      const places = report.collections.flatMap(({ target: place }) => (place === null ? [] : [place]))
      const folders = places.map((place) => ({ place, folder: this.#folderOf(place) }))
      await readFolders(folders, this.#service, this.#options.signal, (place, item) => this.#came(place, item))
      return
    }
    if (isReadByKey(connection)) {
      for await (const { placed, item } of readPlaced(connection, this.#service, this.#placed, this.#options.signal))
        this.#comparisons.get(JSON.stringify([placed.c, placed.path]))?.came(item)
      return
    }
    const isWanted = (path: readonly string[]) => this.#comparisons.has(JSON.stringify(path))
    for await (const { path, item } of readAccount(connection, this.#service, isWanted, this.#options.signal))
      this.#came(path, item)
  }

  #folderOf(place: readonly string[]): string {
    const { target } = this.#options
    return join(target.kind === 'folder' ? target.path : '', folders[this.#service], ...place)
  }

  /** Answers how many items are not as they were. What the target refused or changed is named already, with its reason. */
  #differences(report: RestoreReport): number {
    const all = [...this.#comparisons.values()].flatMap((comparison) =>
      comparison.differences((sha256) => this.#whereabouts.get(sha256) ?? null),
    )
    const known = new Map(report.losses.map((remark) => [nameOf(remark), remark.texts.join(' ')]))
    const failed = new Set(report.failures.map(nameOf))
    const differing = new Set(all.map(nameOf))
    for (const difference of all) {
      const text = known.get(nameOf(difference))
      if (text !== undefined) this.#judged.exceptions.push({ ...difference, text })
      else if (!failed.has(nameOf(difference))) this.#judged.faults.push(difference)
    }
    // What the provider cannot hold is in no comparison.
    const isAccount = this.#options.target.kind === 'account'
    const less = !isAccount ? [] : report.losses.filter((remark) => !differing.has(nameOf(remark)))
    for (const { texts, ...about } of less) this.#judged.exceptions.push({ ...about, text: texts.join(' ') })
    return all.filter(({ title }) => title !== '').length + less.length
  }

  /** What was put into an account is removed again, if the person asked for it. */
  async #discard(connection: Connection, report: RestoreReport): Promise<void> {
    const { target, signal } = this.#options
    if (target.kind === 'folder' || !target.remove) return
    try {
      await discardRestored(connection, this.#service, this.#into, report, signal)
    } catch (error) {
      const reason = toAppError(error).message
      this.#judged.exceptions.push(general(`What was restored to ${target.name} for this drill is still there: ${reason}`))
    }
  }
}

/** What is lost in each collection; what is so in several stands once. */
function collectionLosses({ collections }: RestoreReport, service: Service): ProofFinding[] {
  const all = collections.flatMap(({ path, losses }) => losses.map((text) => ({ path, text })))
  return [...Map.groupBy(all, ({ text }) => text)].map(([text, places]) => {
    const collection = places.length === 1 ? (places[0]?.path ?? []) : []
    return { service, collection, title: '', date: '', text }
  })
}

function isReadByKey({ provider }: Connection): boolean {
  return provider.fingerprints !== undefined
}

function nameOf({ collection, title, date }: Pick<ProofFinding, 'collection' | 'title' | 'date'>): string {
  return JSON.stringify([collection, title, date])
}

function unique(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return paths.length < 2 ? paths : [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
}

function keyOf({ c, key }: Pick<ItemRecord, 'c' | 'key'>): string {
  return `${c}/${key}`
}

function hasOther({ meta }: ItemRecord, held: ReadonlySet<string> | null): boolean {
  const flags = meta['flags']
  return (
    held !== null &&
    Array.isArray(flags) &&
    flags.some((flag) => typeof flag === 'string' && !flag.startsWith('\\') && !held.has(flag))
  )
}

function countService(state: AccountState, service: Service): Counts {
  const sum = { collections: 0, items: 0, bytes: 0, kept: 0, pending: 0 }
  for (const record of state.collections()) {
    if (record.service !== service) continue
    const { live, removed, bytes, pending } = state.countItems(record.c)
    if (!record.gone) sum.collections++
    sum.items += record.gone ? 0 : live
    sum.bytes += record.gone ? 0 : bytes
    sum.kept += removed
    sum.pending += pending
  }
  return sum
}
