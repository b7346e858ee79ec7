/** What a drill has shown, and what it has not: the content of a proof. */
import type { Service } from '../core/account.ts'

/**
 * `proven`: everything came back as it was. `proven-with-exceptions`: so did everything except what is named. `not-proven`:
 * something that should have come back did not, or there is nothing to prove.
 */
export type Verdict = 'proven' | 'proven-with-exceptions' | 'not-proven'

export interface ProofFinding {
  readonly service: Service | null
  readonly collection: readonly string[]
  /** Of the item; '' where it is about more than one. */
  readonly title: string
  readonly date: string
  /** A sentence for a person. */
  readonly text: string
}

export interface ServiceProof {
  readonly service: Service
  readonly collections: number
  /** In the vault and still in the account at the last backup. */
  readonly items: number
  readonly bytes: number
  /** Removed at the provider since they were saved; still in the vault. */
  readonly kept: number
  readonly pending: number
  /** Restored for real and read back; all of `items` unless a sample was asked for. */
  readonly restored: number
  /** Of these, those that came back as they were: octets, and marks, folder and date where the service has them. */
  readonly identical: number
  /** What restoring and reading back took. */
  readonly seconds: number
  /** The same for all of it. */
  readonly fullSeconds: number
}

/** How the vault compares with what the provider has now. */
export type ProviderProof =
  | { readonly asked: false; readonly reason: string }
  | {
      readonly asked: true
      readonly listed: number
      /** Fetched again at random and compared with the disk. */
      readonly sampled: number
      readonly identical: number
      /** Since the last backup. */
      readonly arrived: number
      readonly changed: number
      readonly removed: number
    }

/** What a person wants: be back within so many hours, lose at most so many days. */
export interface Goals {
  readonly recoverHours: number
  readonly loseDays: number
}

export const defaultGoals: Goals = { recoverHours: 12, loseDays: 7 }

export interface AccountProof {
  readonly account: string
  readonly verdict: Verdict
  /** The last backup; its state is what was tested. */
  readonly run: string
  /** When the last backup that finished well ended; null where none did. */
  readonly lastGood: string | null
  readonly services: readonly ServiceProof[]
  readonly provider: ProviderProof
  /** Why it is not proven. */
  readonly faults: readonly ProofFinding[]
  /** What is missing or differs for a reason that is known. */
  readonly exceptions: readonly ProofFinding[]
  /** What was not tested, one sentence each. */
  readonly untested: readonly string[]
  /** Recovery time: how long a full restore takes, as measured. Seconds. */
  readonly recoverySeconds: number
  /** What `recoverySeconds` is without: services that hold something and of which nothing was restored. Absent where there is none. */
  readonly untimed?: readonly Service[]
  /** Recovery point: what would be lost if the account were locked now. Seconds since the last good backup; null: everything. */
  readonly lossSeconds: number | null
  readonly goals: Goals
}

export interface ProofStep {
  /** What was done, for a person. */
  readonly text: string
  readonly seconds: number
}

export interface Proof {
  readonly version: 1
  readonly program: string
  readonly vault: string
  readonly vaultId: string
  readonly started: string
  readonly ended: string
  readonly verdict: Verdict
  readonly accounts: readonly AccountProof[]
  readonly steps: readonly ProofStep[]
  readonly files: number
  readonly bytes: number
  /** Of the list of all checksums, as it was tested; '' where there was none. */
  readonly manifestSha256: string
  /** Where it was restored to, for a person. */
  readonly target: string
}

/** Those that hold something and of which nothing was restored: no time is known of them. */
export function untimedIn(services: readonly ServiceProof[]): readonly Service[] {
  return services.filter(({ items, restored }) => items > 0 && restored === 0).map(({ service }) => service)
}

/** A proof holds at most so many findings of a kind; the counts are complete. */
export const maxFindings = 1_000

/** The worst of them; of no account nothing is proven. */
export function verdictOf(accounts: readonly { readonly verdict: Verdict }[]): Verdict {
  if (accounts.length === 0 || accounts.some(({ verdict }) => verdict === 'not-proven')) return 'not-proven'
  return accounts.some(({ verdict }) => verdict === 'proven-with-exceptions') ? 'proven-with-exceptions' : 'proven'
}
