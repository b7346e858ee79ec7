/** What was last seen on each disk, asked for once: the screens that work with a disk open without waiting. */
import type { HomeDisk, Snapshot } from '../api/desktop/contract.ts'
import { get } from './api.ts'

interface Asked {
  readonly lookedAt: string | null
  readonly answer: Promise<Snapshot | null>
  /** Null until it is there. */
  snapshot: Snapshot | null
}

const asked = new Map<string, Asked>()

/** Asked anew whenever something was written to the disk. */
export function snapshotOf({ id, lookedAt }: HomeDisk): Promise<Snapshot | null> {
  const before = asked.get(id)
  if (before?.lookedAt === lookedAt) return before.answer
  const answer = get<Snapshot | null>(`/disks/${id}/snapshot`)
  const entry: Asked = { lookedAt, answer, snapshot: before?.snapshot ?? null }
  asked.set(id, entry)
  answer.then(
    (snapshot) => {
      entry.snapshot = snapshot
    },
    // The next one who asks tries again.
    () => asked.delete(id),
  )
  return answer
}

/** What is here already, perhaps of an earlier look. */
export function knownSnapshot({ id }: HomeDisk): Snapshot | null {
  return asked.get(id)?.snapshot ?? null
}
