/**
 * Data that was made anew numbers the runs account by account. A person looks at a moment of all accounts, so here they are in the order
 * of time; those of one account stay in theirs, whatever the clock was at each.
 */
import type { Overview, RunInfo } from '../../format-overview.ts'

export function inOrderOfTime(overview: Overview): { readonly overview: Overview; readonly runAt: readonly number[] } {
  const times = timesOf(overview.runs)
  const order = overview.runs.map((_, number) => number).sort((a, b) => compare(times[a], times[b]) || a - b)
  const runAt: number[] = []
  for (const [position, number] of order.entries()) runAt[number] = position
  const collections = overview.collections.map((collection) => ({
    ...collection,
    since: runAt[collection.since] ?? collection.since,
    gone: collection.gone === null ? null : (runAt[collection.gone] ?? collection.gone),
  }))
  const runs = order.flatMap((number) => overview.runs[number] ?? [])
  return { overview: { ...overview, runs, collections }, runAt }
}

/** Ids, which begin with the time; never before an earlier run of the same account. */
function timesOf(runs: readonly RunInfo[]): string[] {
  const latest = new Map<number, string>()
  return runs.map(({ account, id }) => {
    const before = latest.get(account) ?? ''
    const time = id > before ? id : before
    latest.set(account, time)
    return time
  })
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0
}
