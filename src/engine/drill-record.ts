/** Compares what a stranger could read with the record of the last backup. */
import { toAppError } from '../core/errors.ts'
import type { Disk } from '../vault/disk.ts'
import { readItem } from '../vault/item-reader.ts'
import type { AccountState } from '../vault/state.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'
import type { EndCount } from '../vault/state-runs.ts'
import type { StrangerFindings } from '../vault/stranger.ts'
import type { OpenAccount } from '../vault/vault.ts'
import type { Judged } from './drill-findings.ts'
import { titleOf } from './selection.ts'

/** Every item that was ever listed is there with its octets, or named as pending or left out. */
export async function compareWithRecord(
  account: OpenAccount,
  stranger: StrangerFindings,
  judged: Judged,
  disk: Disk,
  signal: AbortSignal,
): Promise<void> {
  const { state } = account
  for (const collection of state.collections()) {
    for (const item of state.items(collection.c, true)) {
      signal.throwIfAborted()
      const text = await problemOf(account, item, stranger, disk)
      if (text !== null) judged.faults.push({ ...about(collection), title: titleOf(item), date: item.date, text })
    }
    for (const { title, date, reason } of state.pending(collection.c))
      judged.exceptions.push({ ...about(collection), title, date: date ?? '', text: `It could not be saved yet: ${reason}` })
  }
  await compareCounts(state, judged, disk, account.root)
}

/** Null: it is there as it was saved. */
async function problemOf(
  { state, root, folder }: OpenAccount,
  item: ItemRecord,
  stranger: StrangerFindings,
  disk: Disk,
): Promise<string | null> {
  const path = `${folder}/${item.path}`
  switch (item.form) {
    case 'record':
      return stranger.messageAt(path, item.offset) === item.sha256 ? null : 'It is not in its file as it was saved.'
    case 'file':
      return stranger.fileSum(path) === item.sha256 ? null : `Its file ${item.path} is missing or not what was saved.`
    default:
      return await readAll(readItem(disk, root, state, item)).then(
        () => null,
        (error: unknown) => toAppError(error).message,
      )
  }
}

async function compareCounts(state: AccountState, judged: Judged, disk: Disk, root: string): Promise<void> {
  for (const { service = null, path, said, stored, pending, skipped, failed } of await countsOf(state, disk, root)) {
    const collection = { service, collection: path, title: '', date: '' }
    // A folder that only holds other folders misses nothing.
    if (skipped !== undefined && said === 0) continue
    if (failed !== undefined) judged.exceptions.push({ ...collection, text: `Not all of it could be saved: ${failed}` })
    else if (skipped !== undefined) judged.exceptions.push({ ...collection, text: `Left out of the backup: ${skipped}` })
    else if (said !== null && stored + pending < said)
      judged.exceptions.push({
        ...collection,
        text: `The provider listed ${said}, and ${stored + pending} could be saved or named.`,
      })
  }
}

/** As the last run left them; what it did not come to, as the last good one did. */
async function countsOf(state: AccountState, disk: Disk, root: string): Promise<readonly EndCount[]> {
  const last = await state.runs.counts(disk, root)
  const good = state.runs.lastFinished()
  if (good === null || good.run === state.runs.last()?.run) return last
  const nameOf = ({ service, path }: EndCount) => JSON.stringify([service, path])
  const told = new Set(last.map(nameOf))
  return [...last, ...(await state.runs.counts(disk, root, good.run)).filter((count) => !told.has(nameOf(count)))]
}

function about({ service, path }: CollectionRecord): Pick<Judged['faults'][number], 'service' | 'collection'> {
  return { service, collection: path }
}

async function readAll(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}
