/**
 * What the provider does not list any more. Decided when all collections are known: a message that moved is not lost.
 * Too many losses at once wait for a person, and the cursor with them.
 */
import type { AccountRun } from '../vault/account-run.ts'
import type { CollectionBackup } from './collection-backup.ts'

const largestShare = 0.2
const smallestCollection = 20

/** `accept`: a person has decided that suspiciously many are right. Commits what it decides, with the cursors. */
export async function settleRemovals(run: AccountRun, backups: readonly CollectionBackup[], accept: boolean): Promise<void> {
  const cursors: Record<string, string> = {}
  // All of it is judged by what is committed now; a removal noted for one collection must not change the verdict on the next.
  const verdicts = backups
    .filter((backup) => backup.complete)
    .map((backup) => ({ backup, gone: run.listing.gone(backup.record.c) }))
  for (const { backup, gone } of verdicts) {
    const { record } = backup
    const before = run.state.countLive(record.c).live
    // With the cursor all of it waits, what seems to have moved as well: changes since then do not name what was there all the time.
    if (!accept && mustAsk(backup, before, gone.moved.length, gone.lost.length)) {
      backup.heldBack = gone.moved.length + gone.lost.length
      continue
    }
    // First: committed without it, removals would hold when the collection comes back, for its cursor knows nothing of them.
    if (backup.isVanished) run.collections.remove(record)
    for (const key of [...gone.moved, ...gone.pending, ...gone.lost]) await run.remove(record, key)
    backup.removed += gone.moved.length + gone.lost.length
    if (backup.cursor !== null && backup.cursor !== record.cursor) cursors[String(record.c)] = backup.cursor
  }
  await run.commit(cursors)
}

/** What people empty every day is no sign of a fault. */
function isEmptiedAsARule(backup: CollectionBackup): boolean {
  return backup.record.role === 'trash' || backup.record.role === 'junk'
}

/** `before`: living items of the collection, those that are gone included. */
function mustAsk(backup: CollectionBackup, before: number, moved: number, lost: number): boolean {
  if (lost === 0 || isEmptiedAsARule(backup)) return false
  const isEmptyNow = before - moved - lost <= 0
  return isEmptyNow || (before >= smallestCollection && lost > before * largestShare)
}
