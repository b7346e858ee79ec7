/** What the overview numbers: accounts, collections, runs and files. Numbers, once given, stay. */

import { Table } from '../columns.ts'
import type { AccountInfo, CollectionInfo, FolderRename, Overview, RunInfo, SkippedInfo } from '../format-overview.ts'
import type { CollectionKey, OverviewInput, ViewerChange } from '../input.ts'

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }

export class Book {
  readonly #accounts = new Table()
  readonly #collections = new Table()
  readonly #runs = new Table()
  readonly #files: string[]
  readonly #fileNumbers: Map<string, number>
  readonly #collectionInfos: (Writable<Pick<CollectionInfo, 'account' | 'c' | 'service' | 'since' | 'gone'>> | undefined)[] = []
  /** By account. */
  readonly #skipped = new Map<number, readonly Omit<SkippedInfo, 'account'>[]>()
  /** By account. */
  readonly #providers = new Map<number, readonly string[]>()
  readonly runs: Writable<RunInfo>[] = []
  readonly renames: FolderRename[]

  constructor(before: Overview | null) {
    for (const { id, providers } of before?.accounts ?? []) this.#providers.set(this.#accounts.numberOf(id), providers)
    for (const { account, c, service, since, gone } of before?.collections ?? []) {
      const number = this.#collections.numberOf(`${account} ${c}`)
      this.#collectionInfos[number] = { account, c, service, since, gone }
    }
    for (const run of before?.runs ?? []) {
      this.#runs.numberOf(`${run.account} ${run.id}`)
      this.runs.push({ ...run })
    }
    for (const [account, list] of Map.groupBy(before?.skipped ?? [], (skipped) => skipped.account))
      this.#skipped.set(
        account,
        list.map(({ collection, reason }) => ({ collection, reason })),
      )
    this.#files = [...(before?.files ?? [])]
    this.renames = [...(before?.renames ?? [])]
    this.#fileNumbers = new Map(this.#files.map((file, number) => [file, number]))
  }

  run(account: string, id: string): number {
    const number = this.#accounts.numberOf(account)
    const run = this.#runs.numberOf(`${number} ${id}`)
    if (run === this.runs.length)
      this.runs.push({ id, account: number, ended: null, status: null, added: 0, removed: 0, changed: 0 })
    return run
  }

  /** Counts one thing that a run did. */
  count(run: number, what: 'added' | 'removed' | 'changed'): void {
    const info = this.runs[run]
    if (info !== undefined) info[what]++
  }

  file(path: string): number {
    const known = this.#fileNumbers.get(path)
    if (known !== undefined) return known
    this.#fileNumbers.set(path, this.#files.length)
    return this.#files.push(path) - 1
  }

  collection({ account, c }: CollectionKey, service: CollectionInfo['service'], run: number): number {
    const accountNumber = this.#accounts.numberOf(account)
    const number = this.#collections.numberOf(`${accountNumber} ${c}`)
    this.#collectionInfos[number] ??= { account: accountNumber, c, service, since: run, gone: null }
    return number
  }

  note(change: Extract<ViewerChange, { kind: 'collection' | 'gone' | 'run' }>): void {
    if (change.kind === 'run') {
      const info = this.runs[this.run(change.account, change.id)]
      if (info !== undefined) Object.assign(info, { ended: change.ended, status: change.status })
      if (change.providers !== null) this.#providers.set(this.#accounts.numberOf(change.account), change.providers)
      if (change.skipped !== null) this.#skipped.set(this.#accounts.numberOf(change.account), change.skipped)
    } else {
      const run = this.run(change.collection.account, change.run)
      const info = this.#collectionInfos[this.collection(change.collection, change.service, run)]
      if (info !== undefined) info.gone = change.kind === 'gone' ? run : null
    }
  }

  /** A folder has another name. `place`: the next one of a file. */
  rename(from: string, to: string, place: number): void {
    for (const file of [...this.#files]) if (file.startsWith(`${from}/`)) this.move(file, to + file.slice(from.length))
    this.renames.push({ from, to, place })
  }

  /** A file that holds many items has another name. */
  move(from: string, to: string): void {
    const number = this.#fileNumbers.get(from)
    if (number === undefined) return
    this.#files[number] = to
    this.#fileNumbers.delete(from)
    this.#fileNumbers.set(to, number)
  }

  /** Numbers of the collections that a person looks into first. */
  inboxes({ collections }: OverviewInput): ReadonlySet<number> {
    const inboxes = collections.filter(({ role }) => role === 'inbox')
    return new Set(inboxes.map(({ account, c }) => this.#collections.numberOf(`${this.#accounts.numberOf(account)} ${c}`)))
  }

  overview(input: OverviewInput, rest: Pick<Overview, 'newest' | 'calendarRange'>): Overview {
    const accounts = new Map(input.accounts.map(({ key, ...info }) => [key, info]))
    for (const key of accounts.keys()) this.#accounts.numberOf(key)
    const described = new Map(
      input.collections.map(({ account, c, ...info }) => [`${this.#accounts.numberOf(account)} ${c}`, info] as const),
    )
    return {
      accounts: this.#accounts.values.map((id, number) => {
        return { ...(accounts.get(id) ?? unknownAccount(id)), providers: this.#providers.get(number) ?? [] }
      }),
      collections: this.#collectionInfos.flatMap((info) => {
        if (info === undefined) return []
        return [{ ...unknownCollection, ...described.get(`${info.account} ${info.c}`), ...info }]
      }),
      runs: this.runs,
      files: this.#files,
      renames: this.renames,
      pending: input.pending.map(({ account, c, title, reason }) => {
        const number = this.#accounts.numberOf(account)
        return { account: number, collection: this.#collections.values.indexOf(`${number} ${c}`), title, reason }
      }),
      skipped: [...this.#skipped].flatMap(([account, list]) => list.map((skipped) => ({ account, ...skipped }))),
      ...{ proof: input.proof, verified: input.verified, documents: input.documents, notices: input.notices },
      ...rest,
    }
  }
}

function unknownAccount(id: string): Omit<AccountInfo, 'providers'> {
  return { id, folder: '', services: [], asOf: null, lastRun: '' }
}

const unknownCollection = { path: ['?'], role: null, meta: null, live: 0, removed: 0, unread: 0, bytes: 0 }
