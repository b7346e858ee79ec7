/** What the screens ask for beyond `App`: how a person stands, their disks, what is due, and the way in. Times are RFC 3339 in UTC. */

import type { Service } from '../../core/account.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { GlancedCollection, MissingItem } from '../../engine/look.ts'
import type { AccountProof, Verdict as ProofVerdict } from '../../engine/proof.ts'
import type { Every } from '../../engine/schedule.ts'
import type { AccountStatus } from '../../engine/status.ts'
import type { FoundConnection, RegistrationNeed, TestFinding } from '../contract.ts'
import type { FailureText } from '../failure.ts'

export type { Service } from '../../core/account.ts'
export type { ErrorCode } from '../../core/errors.ts'
export type { JsonObject } from '../../core/json.ts'
export type { MissingItem } from '../../engine/look.ts'
export type { Verdict as ProofVerdict } from '../../engine/proof.ts'
export type { Every } from '../../engine/schedule.ts'
export type { FoundConnection, RegistrationNeed, TestFinding } from '../contract.ts'
export type { FailureText } from '../failure.ts'
export type { Job, JobRequest, Pace } from '../jobs/job.ts'

/** `good`: nothing to do. `attention`: soon. `danger`: now. `none`: nothing is set up yet. */
export type Level = 'good' | 'attention' | 'danger' | 'none'

/** Why it is so; the screens have a sentence for each. */
export type Reason =
  | 'no-account'
  | 'only-disk'
  | 'no-disk'
  | 'never-saved'
  | 'locked-out'
  | 'cannot-sign-in'
  | 'clock-wrong'
  | 'very-old'
  | 'old'
  | 'last-failed'
  | 'damaged'
  | 'damaged-for-good'
  | 'suddenly-gone'
  | 'missing-items'
  | 'not-reconciled'
  | 'outlook'
  | 'not-proven'
  | 'never-proven'
  | 'proof-old'
  | 'all-well'

/** The most useful next thing. */
export type NextStep =
  | { readonly kind: 'add-account' }
  | { readonly kind: 'choose-disk' }
  /** None of the disks takes it. */
  | { readonly kind: 'choose-accounts' }
  | { readonly kind: 'back-up'; readonly disk: string }
  | { readonly kind: 'retry'; readonly disk: string }
  | { readonly kind: 'check'; readonly disk: string }
  | { readonly kind: 'plug-in'; readonly disk: string; readonly name: string }
  | { readonly kind: 'sign-in'; readonly account: string }
  | { readonly kind: 'locked-out'; readonly account: string }
  | { readonly kind: 'decide'; readonly account: string }
  | { readonly kind: 'prove'; readonly disk: string }
  | { readonly kind: 'see-proof'; readonly disk: string }
  | { readonly kind: 'look'; readonly disk: string }

export interface HomeVerdict {
  readonly level: Level
  readonly reason: Reason
  /** The account it is about, where it is about one. */
  readonly account: string | null
  /** RFC 3339: up to when everything of every account is safe; null where something never was. */
  readonly safeAsOf: string | null
  /** RFC 3339: the older of the last proofs; null where something was never proven. */
  readonly provenAt: string | null
  readonly missing: number
  readonly days: number
  readonly next: NextStep
}

export interface HomeService {
  readonly service: Service
  readonly items: number
  readonly bytes: number
  /** Gone at the provider, still here. */
  readonly kept: number
  readonly pending: number
}

/** An account with the best copy there is of it. */
export interface HomeAccount {
  readonly id: string
  readonly person: string | null
  /** As a person knows where it is: `Google`, `fastmail.com`; '' for a copy on this computer. */
  readonly place: string
  /** Mail and more can be put into it. */
  readonly canReceive: boolean
  /** False: on a disk, but not set up on this computer. */
  readonly configured: boolean
  /** The provider that it signs in to with a browser; null: with a password. */
  readonly browserSignIn: string | null
  readonly services: readonly HomeService[]
  /** When the last backup that finished well ended, on the disk that has the newest. */
  readonly safeAsOf: string | null
  readonly disk: string | null
  readonly diskName: string | null
  readonly provenAt: string | null
  readonly proof: ProofVerdict | null
  readonly recoverySeconds: number | null
  /** What `recoverySeconds` is without. */
  readonly untimed?: AccountProof['untimed']
  readonly missing: number
  /** Folders and the like that the last backup could not read, or not all of. */
  readonly unread: AccountStatus['unread']
  /** Items that the provider listed, and that are neither saved nor known to be missing. */
  readonly unexplained: number
  /** Items that the provider suddenly does not list any more: the person is to say whether they are removed. */
  readonly heldBack: number
  /** What is going to stop backups soon, one sentence each. */
  readonly outlook: readonly string[]
  /** Why the last backup of it did not come to its end; null where it did. */
  readonly problem: FailureText | null
}

export interface DiskAccount {
  readonly account: string
  readonly safeAsOf: string | null
  readonly provenAt: string | null
  readonly items: number
  readonly bytes: number
}

export interface HomeDisk {
  /** The identity written on the disk. */
  readonly id: string
  readonly name: string
  /** Where it is now; null: it is not plugged in. */
  readonly folder: string | null
  /** Where it was last. */
  readonly lastFolder: string
  readonly lastSeen: string
  /** Octets; null where it is away. */
  readonly free: number | null
  readonly accounts: readonly DiskAccount[]
  /** Accounts that are saved here; null: all of them. */
  readonly chosen: readonly string[] | null
  /** When it was last looked at: changes with everything that is on it. */
  readonly lookedAt: string | null
  readonly lastSuccess: string | null
  /** When the next backup is due; null: by hand only. */
  readonly due: string | null
  /** What kept the last attempt as a whole from its end; what is wrong with one account stands there. */
  readonly failure: FailureText | null
  /** When the last check found damage on it; null where it found none, or is not known. */
  readonly damagedAt: string | null
  /** A backup can put something of that damage right. */
  readonly healable: boolean
  /** True once everything is written and it may be unplugged: after a backup of this session. */
  readonly canUnplug: boolean
  /** Days since the last success when it is away and something is due: 8 and more are worth a word. */
  readonly waitingDays: number | null
}

export interface Home {
  readonly now: string
  readonly verdict: HomeVerdict
  readonly accounts: readonly HomeAccount[]
  readonly disks: readonly HomeDisk[]
  readonly settings: Settings
  /** True until every disk that is there was looked at once. */
  readonly looking: boolean
}

export interface Settings {
  readonly every: Every
  readonly notifications: boolean
  readonly startAtLogin: boolean
  /** Attachments as ordinary files beside the mail. */
  readonly attachments: boolean
  /** ISO time until when nothing starts by itself; null: not paused. */
  readonly pausedUntil: string | null
  /** That the screens speak, for what is said outside of them; null: never told. */
  readonly language: 'en' | 'de' | null
}

/** A place that can hold backups. */
export interface Volume {
  /** Where it is mounted. */
  readonly path: string
  /** As a person knows it. */
  readonly name: string
  readonly kind: 'external' | 'internal' | 'network' | 'folder'
  /** Octets. */
  readonly free: number
  readonly total: number
  readonly fileSystem: string
  /** Why it is suitable or not. */
  readonly verdict: 'suitable' | 'read-only' | 'too-small' | 'not-allowed'
  /** Good to know. */
  readonly notes: readonly ('same-computer' | 'small-files-only')[]
  /** Backups that are on it already. */
  readonly found: readonly FoundDisk[]
}

export interface FoundDisk {
  readonly id: string
  readonly folder: string
  readonly accounts: readonly string[]
  readonly known: boolean
}

export interface ChosenDisk {
  /** A volume's path, or a folder of the person's. */
  readonly path: string
  readonly name: string
}

/** What is known of an address before anything is typed besides. */
export interface Discovery {
  readonly address: string
  readonly providerName: string | null
  /** The provider's own sign-in with a browser, where there is one. */
  readonly signIn: { readonly provider: string; readonly registration: RegistrationNeed } | null
  /** Ways with a password: one entry for each of our providers, mail first; empty where nothing was found. */
  readonly connections: readonly FoundConnection[]
  /** How to get the password, one step each. */
  readonly steps: readonly string[]
  readonly pages: readonly string[]
  readonly notes: readonly string[]
  /** Server names outside the address's domain, which only unsigned DNS named: a person has to say yes. */
  readonly unconfirmed: readonly string[]
  /** A sentence, where the provider lets no program in with a password. */
  readonly refused: string | null
}

export interface AccountRequest {
  readonly id: string
  readonly connections: readonly {
    readonly provider: string
    readonly services?: readonly Service[]
    readonly settings: JsonObject
  }[]
  readonly password?: string
  /** `file` only after the person agreed. */
  readonly keep: 'keyring' | 'file'
}

export interface AddedAccount {
  readonly id: string
  readonly findings: readonly TestFinding[]
}

/** A sign-in with the browser that is under way. */
export interface SignInState {
  readonly id: string
  readonly state: 'starting' | 'waiting' | 'done' | 'failed'
  /** Where to sign in. */
  readonly url: string | null
  readonly account: string | null
  readonly notes: readonly string[]
  readonly failure: FailureText | null
}

export interface SignInStart {
  readonly provider: string
  /** Text of the registration file; null: what came with the program. */
  readonly clientFile: string | null
  /** An account that signs in anew. */
  readonly account?: string
  readonly keep: 'keyring' | 'file'
}

export interface ProofEntry {
  /** Name of its page in the disk's folder of proofs. */
  readonly file: string
  readonly ended: string
  readonly verdict: ProofVerdict
  readonly items: number
  readonly identical: number
  readonly exceptions: number
  readonly faults: number
  readonly recoverySeconds: number
  /** What `recoverySeconds` is without. */
  readonly untimed?: AccountProof['untimed']
  readonly target: string
}

/** A disk looked at: what is kept of it while it is away. */
export interface Snapshot {
  readonly id: string
  readonly at: string
  readonly accounts: readonly AccountStatus[]
  /** At most 500; the counts stand in `accounts`. */
  readonly missing: readonly MissingItem[]
  /** At most 5,000. */
  readonly collections: readonly GlancedCollection[]
  /** Newest first. */
  readonly runs: readonly { readonly account: string; readonly runs: readonly string[] }[]
  /** Newest first. */
  readonly proofs: readonly ProofEntry[]
}

/** How the last backup to a disk went. */
export interface Attempt {
  readonly at: string
  readonly ended: string
  readonly stopped: boolean
  /** Failures in a row. */
  readonly failures: number
  /** Of the run as a whole. */
  readonly failure: FailureText | null
  /** When that was, as of an account. */
  readonly learnt?: string
  readonly accounts: readonly {
    readonly account: string
    readonly code: ErrorCode
    readonly failure: FailureText
    /** When that was, where the attempts since then came to nothing because somebody else was at work on the disk. */
    readonly learnt?: string
  }[]
}
