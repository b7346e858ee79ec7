/** What the overview numbers: accounts, collections, runs and files. Numbers, once given, stay. */

import { Table } from '../columns.ts'
import type { AccountInfo, CollectionInfo, Overview, RunInfo, SkippedInfo } from '../format.ts'
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
  readonly runs: Writable<RunInfo>[] = []

  constructor(before: Overview | null) {
    for (const { id } of before?.accounts ?? []) this.#accounts.numberOf(id)
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
      if (change.skipped !== null) this.#skipped.set(this.#accounts.numberOf(change.account), change.skipped)
    } else {
      const run = this.run(change.collection.account, change.run)
      const info = this.#collectionInfos[this.collection(change.collection, change.service, run)]
      if (info !== undefined) info.gone = change.kind === 'gone' ? run : null
    }
  }

  /** A folder has another name. */
  rename(from: string, to: string): void {
    for (const [number, file] of this.#files.entries()) {
      if (!file.startsWith(`${from}/`)) continue
      const renamed = to + file.slice(from.length)
      this.#files[number] = renamed
      this.#fileNumbers.delete(file)
      this.#fileNumbers.set(renamed, number)
    }
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
      accounts: this.#accounts.values.map((id) => accounts.get(id) ?? unknownAccount(id)),
      collections: this.#collectionInfos.flatMap((info) => {
        if (info === undefined) return []
        return [{ ...unknownCollection, ...described.get(`${info.account} ${info.c}`), ...info }]
      }),
      runs: this.runs,
      files: this.#files,
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

function unknownAccount(id: string): AccountInfo {
  return { id, folder: '', providers: [], services: [], asOf: null, lastRun: '' }
}

const unknownCollection = { path: ['?'], role: null, meta: null, live: 0, removed: 0, unread: 0, bytes: 0 }
