/** What is in a vault: collections, items and single messages, from its journals alone. */
import { AppError, hasCode } from '../core/errors.ts'
import { readItem } from '../vault/item-reader.ts'
import { bookExtension } from '../vault/layout.ts'
import type { Place } from '../vault/mail-store.ts'
import { type Moment, parseMoment } from '../vault/moment.ts'
import { Snapshot } from '../vault/snapshot.ts'
import type { AccountState } from '../vault/state.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'
import { type OpenAccount, Vault, type VaultOptions } from '../vault/vault.ts'
import type { ListedCollection, ListedItem, ListedVault, ListRequest } from './contract.ts'

type AccountListing = ListedVault['accounts'][number]

export async function listVault(options: VaultOptions, request: ListRequest): Promise<ListedVault> {
  return await withVault(options, async (vault) => {
    const accounts: AccountListing[] = []
    for await (const { account, snapshot } of snapshots(vault, request)) {
      const state = snapshot?.state ?? null
      const collections = state?.collections().map((record) => listedCollection(account, state, record)) ?? []
      accounts.push({ account: account.id, lastRun: lastRun(account), run: snapshot?.run ?? null, collections })
    }
    return { vault: options.directory, accounts }
  })
}

export async function* listVaultItems(options: VaultOptions, request: ListRequest): AsyncGenerator<ListedItem> {
  const vault = await Vault.openForReading(options)
  try {
    let found = false
    for await (const { account, snapshot } of snapshots(vault, request)) {
      for (const record of chosenCollections(snapshot, request.collection)) {
        found = true
        if (snapshot === null) continue
        for (const item of snapshot.state.items(record.c, request.includeRemoved === true)) {
          const [place = item] = snapshot.isPresent ? [item] : snapshot.places(item)
          yield listedItem(account, record, item, place)
        }
      }
    }
    if (!found && request.collection !== undefined) {
      throw new AppError('not-found', `There is no folder "${request.collection}" in the vault.`, {
        advice: 'lifeboat list without --folder shows the folders there are.',
      })
    }
  } finally {
    await vault.close()
  }
}

export async function showItem(
  options: VaultOptions,
  reference: string,
): Promise<{ readonly item: ListedItem; readonly bytes: AsyncIterable<Uint8Array> }> {
  return await withVault(options, async (vault) => {
    const found: Match[] = []
    for (const account of await chosenAccounts(vault, undefined)) found.push(...matches(account, reference))
    const { account, record } = onlyOne(found, reference)
    const collection = account.state.collections().find(({ c }) => c === record.c)
    const item = listedItem(account, collection, record, record)
    return { item, bytes: itemBytes(options, account.id, record) }
  })
}

/** The vault is open while they are read. */
async function* itemBytes(options: VaultOptions, id: string, record: ItemRecord): AsyncGenerator<Uint8Array> {
  const vault = await Vault.openForReading(options)
  try {
    const { root, state } = await vault.account(id)
    yield* readItem(vault.disk, root, state, record)
  } finally {
    await vault.close()
  }
}

async function withVault<T>(options: VaultOptions, read: (vault: Vault) => Promise<T>): Promise<T> {
  const vault = await Vault.openForReading(options)
  try {
    return await read(vault)
  } finally {
    await vault.close()
  }
}

async function chosenAccounts(vault: Vault, id: string | undefined): Promise<OpenAccount[]> {
  const ids = await vault.accountIds()
  const chosen = id === undefined ? ids : ids.filter((candidate) => candidate === id)
  if (id !== undefined && chosen.length === 0) {
    throw new AppError('not-found', `The vault holds nothing of an account "${id}".`, {
      advice: ids.length === 0 ? 'The vault is still empty.' : `It holds these accounts: ${ids.join(', ')}`,
    })
  }
  const accounts: OpenAccount[] = []
  for (const chosenId of chosen) accounts.push(await vault.account(chosenId))
  return accounts
}

/**
 * Each chosen account with its state of the moment that was asked for; null where nothing of it was saved by then and others
 * go on without it.
 */
async function* snapshots(
  vault: Vault,
  request: ListRequest,
): AsyncGenerator<{ readonly account: OpenAccount; readonly snapshot: Snapshot | null }> {
  const moment = request.at === undefined ? null : parseMoment(request.at)
  const accounts = await chosenAccounts(vault, request.account)
  for (const account of accounts) {
    using snapshot = await snapshotOf(vault, account, moment, accounts.length === 1)
    yield { account, snapshot }
  }
}

async function snapshotOf(vault: Vault, account: OpenAccount, moment: Moment | null, must: boolean): Promise<Snapshot | null> {
  try {
    return await Snapshot.open(vault, account, moment)
  } catch (error) {
    if (must || !hasCode(error, 'not-found')) throw error
    return null
  }
}

/** By the exact path; where there is none, by the path in any case, as people write `inbox`. */
function chosenCollections(snapshot: Snapshot | null, path: string | undefined): CollectionRecord[] {
  const all = snapshot?.state.collections() ?? []
  if (path === undefined) return all
  const exact = all.filter((record) => record.path.join('/') === path)
  return exact.length > 0 ? exact : all.filter((record) => record.path.join('/').toLowerCase() === path.toLowerCase())
}

interface Match {
  readonly account: OpenAccount
  readonly record: ItemRecord
}

/** `reference`: an id as `listedItem` makes it, a Message-ID with or without its brackets, or the beginning of a SHA-256. */
function matches(account: OpenAccount, reference: string): Match[] {
  const [, id, c, key] = /^([^/]+)\/(\d+)\/(.+)$/s.exec(reference) ?? []
  const byId = id === account.id && key !== undefined ? account.state.item(Number(c), key) : null
  if (byId !== null) return [{ account, record: byId }]
  for (const form of [reference, `<${reference}>`, reference.toLowerCase()]) {
    const records = account.state.find(form)
    if (records.length > 0) return records.map((record) => ({ account, record }))
  }
  return []
}

/** Copies of the same bytes are one message. */
function onlyOne(found: readonly Match[], reference: string): Match {
  const first = found.find(({ record }) => record.removed === null) ?? found[0]
  if (first === undefined) {
    throw new AppError('not-found', `There is nothing named "${reference}" in the vault.`, {
      advice: 'lifeboat list --folder shows what there is and what show takes.',
    })
  }
  const others = found.filter(({ record }) => record.sha256 !== first.record.sha256)
  if (others.length === 0) return first
  const ids = [first, ...others].map(({ account, record }) => itemId(account, record)).join(', ')
  throw new AppError('usage', `"${reference}" fits more than one of them.`, { advice: `Name one of these: ${ids}` })
}

function itemId(account: OpenAccount, record: ItemRecord): string {
  return `${account.id}/${record.c}/${record.key}`
}

function listedItem(
  account: OpenAccount,
  collection: CollectionRecord | undefined,
  record: ItemRecord,
  place: Place,
): ListedItem {
  const flags = record.meta.flags
  return {
    id: itemId(account, record),
    service: collection?.service ?? 'mail',
    collection: collection?.path ?? [],
    date: typeof record.meta['modified'] === 'string' ? record.meta['modified'] : record.date,
    ...(record.head.start === undefined ? {} : { start: record.head.start }),
    from: record.head.from,
    subject: record.head.subject,
    flags: Array.isArray(flags) ? flags.map(String) : [],
    size: record.size,
    sha256: record.sha256,
    path: `${account.folder}/${place.path}`,
    offset: place.offset,
    length: place.length,
    removed: record.removed !== null,
  }
}

function listedCollection(account: OpenAccount, state: AccountState, record: CollectionRecord): ListedCollection {
  const { live, removed, bytes, pending } = state.countItems(record.c)
  return {
    account: account.id,
    service: record.service,
    path: record.path,
    folder: `${account.folder}/${record.folder}${bookExtension(record.service)}`,
    items: live,
    removedItems: removed,
    pending,
    bytes,
  }
}

/** When the last run ended; of an interrupted one, when it began. */
function lastRun(account: OpenAccount): string | null {
  const last = account.state.runs.last()
  if (last === null) return null
  return last.ended ?? last.run.replace(/^(\d{4}-\d{2}-\d{2}T\d{2})(\d{2})(\d{2})Z.*$/, '$1:$2:$3Z')
}
