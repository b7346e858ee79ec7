/** What a drill finds on its way, for the verdict. */
import type { ProofFinding } from './proof.ts'

export interface Judged {
  readonly faults: ProofFinding[]
  readonly exceptions: ProofFinding[]
  readonly untested: string[]
}

/** About more than one item. */
export function general(text: string): ProofFinding {
  return { service: null, collection: [], title: '', date: '', text }
}

/** Of an account of which only the list of checksums knows. */
export const lostRecord = 'The journals of this account are missing or damaged: what was saved of it cannot be told.'
