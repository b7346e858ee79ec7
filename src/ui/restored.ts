/** What the report of a restore says in sum. */
import type { RestoreReport } from '../api/contract.ts'

export interface RestoredCounts {
  readonly created: number
  readonly alreadyThere: number
  readonly conflicts: number
  readonly failed: number
  readonly bytes: number
}

export function countsOf({ collections }: RestoreReport): RestoredCounts {
  const sum = { created: 0, alreadyThere: 0, conflicts: 0, failed: 0, bytes: 0 }
  for (const one of collections) {
    sum.created += one.created
    sum.alreadyThere += one.alreadyThere
    sum.conflicts += one.conflicts
    sum.failed += one.failed
    sum.bytes += one.bytes
  }
  return sum
}

/** Collections that failed as such; they may have no item that did. */
export function failedCollections({ collections }: RestoreReport) {
  return collections.flatMap(({ service, path, failure }) => (failure === undefined ? [] : [{ service, path, failure }]))
}

/** There is something to say of single items, collections or services. */
export function hasRemarks(report: RestoreReport): boolean {
  const { failed, conflicts } = countsOf(report)
  const lost = report.collections.reduce((sum, { losses }) => sum + losses.length, report.losses.length)
  return failed + conflicts + lost + report.skipped.length + failedCollections(report).length > 0
}

/** Everything came back as it was. */
export function isFaithful(report: RestoreReport): boolean {
  return report.failure === undefined && !hasRemarks(report)
}
