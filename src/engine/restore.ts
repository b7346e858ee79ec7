/** Brings an account, as it was at any time, back to a provider or into a folder; adds what is missing and touches nothing else. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pLimit from 'p-limit'
import type { Service } from '../core/account.ts'
import { AppError } from '../core/errors.ts'
import type { Collection, Content } from '../core/items.ts'
import type { ConflictRule, RestoreItem, Target, TargetOptions } from '../core/target.ts'
import { uniqueName } from '../formats/names.ts'
import { runId } from '../vault/layout.ts'
import type { Moment } from '../vault/moment.ts'
import { RecordReader } from '../vault/record-reader.ts'
import { Snapshot } from '../vault/snapshot.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'
import { Vault, type VaultOptions } from '../vault/vault.ts'
import type { Connection } from './account-backup.ts'
import { toFailure } from './failure.ts'
import { foldersOfLabels, isApart, labelCollections, labelsOf } from './labels.ts'
import type { Failure } from './report.ts'
import { Destination, idOf, type Notes, type RestoreRecord } from './restore-destination.ts'
import { RestoreJournal } from './restore-journal.ts'
import type { RestoreProgress, RestoreReport } from './restore-report.ts'
import { RestoredItems } from './restored-items.ts'
import { matcher, type Selection, selectCollections, titleOf } from './selection.ts'

/** Handed to the target at once. */
const batchItems = 500
const batchOctets = 16 << 20

export interface RestoreOptions {
  readonly vault: VaultOptions
  readonly account: string
  /** Null: as the last run left it. */
  readonly moment: Moment | null
  readonly selection: Selection
  /** Besides the selection; all when absent. */
  readonly only?: (item: ItemRecord) => boolean
  /** Whether a message of the vault was checked a moment ago: for a rehearsal, which reads back and compares what it has restored. */
  readonly isProven?: (place: Pick<ItemRecord, 'path' | 'offset'>, sha256: string) => boolean
  /** Learns where each item is now. `key`: that of the vault's collection `c`. */
  readonly onPlaced?: (c: number, key: string, path: readonly string[], at: string) => void
  /** Learns whether labels stay labels at the target; else they are folders there, by `foldersOfLabels`. */
  readonly onLabels?: (areKept: boolean) => void
  readonly target: {
    /** As the person named it. */
    readonly name: string
    readonly connections: readonly Connection[]
  }
  readonly into: readonly string[]
  readonly conflict: ConflictRule
  readonly dryRun: boolean
  /** Folder for the restore journal and for what `replace` displaces; null where there is none. */
  readonly stateFolder: string | null
  readonly signal: AbortSignal
  readonly onProgress: (event: RestoreProgress) => void
}

/**
 * Failures of items and collections are in the report; the others go on.
 * @throws AppError when the vault cannot be read or holds nothing of what was asked for
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const vault = await Vault.openForReading(options.vault)
  try {
    const ids = await vault.accountIds()
    if (!ids.includes(options.account)) {
      throw new AppError('not-found', `The vault holds nothing of an account "${options.account}".`, {
        advice: ids.length === 0 ? 'The vault is still empty.' : `It holds these accounts: ${ids.join(', ')}`,
      })
    }
    using snapshot = await Snapshot.open(vault, await vault.account(options.account), options.moment)
    return await restoreSnapshot(snapshot, vault.id, options)
  } finally {
    await vault.close()
  }
}

/** The same with a snapshot that is open already. */
export async function restoreSnapshot(snapshot: Snapshot, vaultId: string, options: RestoreOptions): Promise<RestoreReport> {
  return await new Restore(snapshot, vaultId, options).run()
}

/** Removes the collections that a restore below `into` has made: the end of a rehearsal in an account. */
export async function discardRestored(
  { account, provider, context }: Connection,
  service: Service,
  into: readonly string[],
  report: RestoreReport,
  signal: AbortSignal,
): Promise<void> {
  const nothing: TargetOptions = {
    into,
    conflict: 'skip',
    dryRun: false,
    keep: () => Promise.reject(new AppError('bug', 'Nothing is replaced.')),
  }
  const target = provider.target?.(account, service, context, nothing)
  if (target?.discard === undefined || into.length === 0)
    throw new AppError('unsupported', 'This kind of account cannot be tidied up.')
  try {
    await target.discard(
      report.collections
        .filter((each) => each.service === service)
        .flatMap((each) => (each.target === null ? [] : [each.target])),
      signal,
    )
  } finally {
    await target.close()
  }
}

class Restore {
  readonly #snapshot: Snapshot
  readonly #options: RestoreOptions
  readonly #journal: RestoreJournal
  readonly #vaultId: string
  readonly #records: RecordReader
  readonly #record: RestoreRecord = { failures: [], conflicts: [], losses: [] }
  readonly #destinations: Destination[] = []
  readonly #skipped: { service: Service; items: number; reason: string }[] = []
  readonly #matches: (item: ItemRecord) => boolean
  #failure: Failure | undefined
  #itemsSoFar = 0
  #bytesSoFar = 0
  #itemsKnown = 0
  #bytesKnown = 0

  constructor(snapshot: Snapshot, vaultId: string, options: RestoreOptions) {
    this.#snapshot = snapshot
    this.#vaultId = vaultId
    this.#options = options
    this.#records = new RecordReader(options.vault.disk, snapshot.account.root, options.isProven)
    const isSearched = matcher(options.selection.search)
    this.#matches = (item) => isSearched(item) && options.only?.(item) !== false
    const id = JSON.stringify([vaultId, options.account, options.target.name, options.into])
    const name = `${createHash('sha256').update(id).digest('hex').slice(0, 32)}.sqlite`
    const { stateFolder, dryRun } = options
    this.#journal = new RestoreJournal(stateFolder === null || dryRun ? null : join(stateFolder, name))
  }

  async run(): Promise<RestoreReport> {
    const { vault, account, target, dryRun, signal } = this.#options
    const started = vault.clock.now().toISOString()
    try {
      const chosen = selectCollections(this.#snapshot.state.collections(), this.#options.selection)
      for (const service of new Set(chosen.map((record) => record.service))) {
        if (signal.aborted) break
        const own = chosen.filter((record) => record.service === service)
        await this.#service(service, own)
      }
    } finally {
      this.#journal.close()
      await this.#records[Symbol.asyncDispose]()
    }
    return {
      vault: vault.directory,
      account,
      run: this.#snapshot.run,
      target: target.name,
      dryRun,
      started,
      ended: vault.clock.now().toISOString(),
      stopped: signal.aborted,
      collections: this.#destinations.filter((destination) => destination.isUsed).map((destination) => destination.report()),
      ...this.#record,
      skipped: this.#skipped,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
  }

  async #service(service: Service, records: readonly CollectionRecord[]): Promise<void> {
    const connection = this.#options.target.connections.find(({ account }) => account.services.includes(service))
    const { target: name } = this.#options
    if (connection?.provider.target === undefined) {
      const reason =
        connection === undefined ? `${name.name} takes no ${service}.` : `${connection.provider.name} can only be read.`
      const items = records.reduce((sum, { c }) => sum + this.#snapshot.state.countItems(c).live, 0)
      if (items > 0) this.#skipped.push({ service, items, reason })
      return
    }
    const { stateFolder, dryRun } = this.#options
    const items = RestoredItems.open(dryRun ? null : stateFolder, this.#vaultId, connection.account.id)
    let target: Target | undefined
    try {
      target = connection.provider.target(connection.account, service, connection.context, this.#targetOptions())
      await this.#fill(target, records, { journal: this.#journal, items })
    } catch (error) {
      if (!this.#options.signal.aborted) this.#failure ??= toFailure(error)
    } finally {
      items.close()
      await target?.close()
    }
  }

  #targetOptions(): TargetOptions {
    const { into, conflict, dryRun } = this.#options
    return { into, conflict, dryRun, keep: (name, content) => this.#keep(name, content) }
  }

  /** What is displaced at the target is kept on this computer. */
  async #keep(name: string, content: Content): Promise<string> {
    const { stateFolder, vault } = this.#options
    if (stateFolder === null) throw new AppError('unsupported', 'There is no place to keep what would be replaced.')
    const folder = join(stateFolder, 'replaced', runId(vault.clock.now()))
    await mkdir(folder, { recursive: true, mode: 0o700 })
    for (let copy = 1; ; copy++) {
      const path = join(
        folder,
        uniqueName(copy === 1 ? name : `${copy} ${name}`, () => false),
      )
      try {
        const source = content instanceof Uint8Array ? [content] : content
        await pipeline(
          Readable.from(source, { objectMode: false }),
          createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
        )
        return path
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST') || copy > 1000) throw error
      }
    }
  }

  async #fill(target: Target, records: readonly CollectionRecord[], notes: Notes): Promise<void> {
    const { signal } = this.#options
    const collections = records.toSorted(byPath).map(collectionOf)
    await target.open(collections, signal)
    this.#options.onLabels?.(target.keepsLabels)
    const routes = records.toSorted(byPath).map((record) => this.#route(target, record, notes))
    for (const { items, bytes } of routes) {
      this.#itemsKnown += items
      this.#bytesKnown += bytes
    }
    const destinations = [...new Set(routes.flatMap((route) => route.destinations))]
    this.#destinations.push(...destinations)
    // Who looks for words gets only the folders that hold something of it.
    if (this.#options.selection.search === undefined)
      for (const destination of new Set(routes.filter(isPlaceOfAPerson).flatMap((route) => route.destinations)))
        await destination.prepare(signal)
    const limit = pLimit(Math.max(1, target.concurrency))
    const feeding = new Map(destinations.map((one) => [one, routes.filter((route) => route.destinations.includes(one)).length]))
    const carry = async (route: Route) => {
      try {
        await this.#carry(route)
      } finally {
        for (const destination of route.destinations) {
          const left = (feeding.get(destination) ?? 0) - 1
          feeding.set(destination, left)
          if (left === 0) await destination.finish(signal)
        }
      }
    }
    const outcomes = await Promise.allSettled(routes.map((route) => limit(() => carry(route))))
    const broken = outcomes.find((outcome) => outcome.status === 'rejected')
    if (broken !== undefined) throw broken.reason
  }

  readonly #byPath = new Map<string, Destination>()

  #destination(target: Target, collection: Collection, notes: Notes): Destination {
    const key = JSON.stringify([collection.service, collection.path])
    let destination = this.#byPath.get(key)
    if (destination === undefined) {
      const describe = (itemKey: string) => this.#describe(itemKey)
      destination = new Destination(target, collection, notes, this.#record, this.#options, describe)
      this.#byPath.set(key, destination)
    }
    return destination
  }

  /** Where the items of a collection go: its own place, or those of their labels. */
  #route(target: Target, record: CollectionRecord, notes: Notes): Route {
    const { live, bytes } = this.#snapshot.state.countItems(record.c)
    const labels = new Set<string>()
    let unlabelled = live === 0
    if (record.service === 'mail' && !target.keepsLabels && !isApart(record)) {
      for (const item of this.#snapshot.state.items(record.c, false)) {
        const own = labelsOf(item)
        if (own === null) unlabelled = true
        else for (const label of own) labels.add(label)
      }
    } else unlabelled = true
    const isLabelled = !unlabelled || labels.size > 0
    const own = unlabelled ? [this.#destination(target, collectionOf(record), notes)] : []
    const others = isLabelled ? labelCollections(labels).map((collection) => this.#destination(target, collection, notes)) : []
    const byPath = new Map(others.map((destination) => [JSON.stringify(destination.collection.path), destination]))
    const to = (item: ItemRecord): Destination[] => {
      const itemLabels = isLabelled ? labelsOf(item) : null
      if (itemLabels === null) return own
      const found = foldersOfLabels(itemLabels).map(({ path }) => byPath.get(JSON.stringify(path)))
      return [...new Set(found.filter((destination) => destination !== undefined))]
    }
    return { record, destinations: [...own, ...others], to, items: live, bytes }
  }

  async #carry(route: Route): Promise<void> {
    const { signal, onProgress } = this.#options
    onProgress({ kind: 'collection', collection: route.record.path, items: route.items })
    const waiting = new Map<Destination, RestoreItem[]>()
    const flush = async (destination: Destination) => {
      const items = waiting.get(destination) ?? []
      waiting.delete(destination)
      await destination.put(items, signal)
    }
    for (const item of this.#snapshot.state.items(route.record.c, false)) {
      signal.throwIfAborted()
      if (!this.#matches(item)) continue
      for (const destination of route.to(item)) {
        await destination.prepare(signal)
        const items = waiting.get(destination) ?? []
        items.push(this.#restoreItem(destination, item))
        waiting.set(destination, items)
        if (items.length >= batchItems || items.reduce((sum, { size }) => sum + size, 0) >= batchOctets) {
          const bytes = items.reduce((sum, { size }) => sum + size, 0)
          await flush(destination)
          this.#progress(route, items.length, bytes)
        }
      }
    }
    for (const [destination, items] of [...waiting]) {
      await flush(destination)
      this.#progress(
        route,
        items.length,
        items.reduce((sum, { size }) => sum + size, 0),
      )
    }
  }

  #progress({ record }: Route, items: number, bytes: number): void {
    this.#itemsSoFar += items
    this.#bytesSoFar += bytes
    this.#options.onProgress({
      kind: 'items',
      collection: record.path,
      itemsSoFar: this.#itemsSoFar,
      itemsKnown: Math.max(this.#itemsKnown, this.#itemsSoFar),
      bytesSoFar: this.#bytesSoFar,
      bytesKnown: Math.max(this.#bytesKnown, this.#bytesSoFar),
    })
  }

  /** By the key that `#restoreItem` gives it. */
  #describe(key: string): Pick<RestoreItem, 'title' | 'date' | 'sha256'> {
    const item = this.#snapshot.state.item(...idOf(key))
    return item === null ? { title: key, date: '', sha256: '' } : { title: titleOf(item), date: item.date, sha256: item.sha256 }
  }

  #restoreItem(destination: Destination, item: ItemRecord): RestoreItem {
    const key = `${item.c}/${item.key}`
    const { state } = this.#snapshot
    return {
      key,
      size: item.size,
      sha256: item.sha256,
      date: item.date,
      // Asked for only where the target has something that may be it.
      get identities() {
        return state.identities(item.id)
      },
      meta: item.meta,
      title: titleOf(item),
      at: destination.knownAt(key, item.sha256),
      content: (allocate) => this.#snapshot.content(item, this.#records, allocate),
      originals: () => this.#snapshot.originals(item),
    }
  }
}

interface Route {
  readonly record: CollectionRecord
  readonly destinations: readonly Destination[]
  readonly to: (item: ItemRecord) => readonly Destination[]
  readonly items: number
  readonly bytes: number
}

/** A drive that every account has, such as “Shared with me”, is none where it holds nothing. */
function isPlaceOfAPerson({ record: { service, path }, items }: Route): boolean {
  return service !== 'files' || path.length > 1 || items > 0
}

function byPath(a: CollectionRecord, b: CollectionRecord): number {
  const [x, y] = [a.path.join('\0'), b.path.join('\0')]
  return x < y ? -1 : x > y ? 1 : 0
}

function collectionOf({ service, key, path, role, meta }: CollectionRecord): Collection {
  return { service, key, path, ...(role === null ? {} : { role }), ...(meta === null ? {} : { meta }) }
}
