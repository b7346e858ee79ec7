/**
 * The one door for every screen: what the command line and the app can ask for. Expected failures are thrown as
 * `AppError`; `messages.ts` has the words and exit codes. An account or a vault that is not there is `not-found`, a folder that
 * is gone `disk-absent` or `vault-absent`; a `signal` that aborts ends work at a safe point. Times are RFC 3339 in UTC, sizes octets.
 */
import type { Service } from '../core/account.ts'
import type { JsonObject } from '../core/json.ts'
import type { FoundServer, PresetRequest, ServiceChoice, TestFinding } from '../core/provider.ts'
import type { Member, Registration, SignedIn, SignInPrompt } from '../core/sign-in.ts'
import type { ConflictRule } from '../core/target.ts'
import type { CollectChoice, CollectReport } from '../engine/collect.ts'
import type { DrillProgress } from '../engine/drill-options.ts'
import type { Goals, Proof } from '../engine/proof.ts'
import type { ProofLanguage } from '../engine/proof-words.ts'
import type { BackupProgress, BackupReport } from '../engine/report.ts'
import type { RestoreProgress, RestoreReport } from '../engine/restore-report.ts'
import type { StatusReport } from '../engine/status.ts'
import type { ViewerReport } from '../engine/viewer.ts'
import type { VerifyProgress, VerifyReport } from '../vault/verify-report.ts'

export type { FoundServer, PresetRequest, TestFinding } from '../core/provider.ts'
export type { Member, SignedIn, SignInPrompt } from '../core/sign-in.ts'
export type { CollectReport } from '../engine/collect.ts'
export type { DrillProgress } from '../engine/drill-options.ts'
export type { AccountProof, Goals, Proof, ProofFinding } from '../engine/proof.ts'
export type { AccountReport, BackupProgress, BackupReport, CollectionReport, CountReport } from '../engine/report.ts'
export type { RestoreProgress, RestoreRemark, RestoreReport } from '../engine/restore-report.ts'
export type { StatusReport } from '../engine/status.ts'
export type { ViewerReport } from '../engine/viewer.ts'
export type { FindingKind, VerifyProgress, VerifyReport } from '../vault/verify-report.ts'

/** Where a secret is kept: the system's keyring, a file of ours with mode 0600, or nowhere (a command prints it). */
export type SecretPlace =
  | { readonly kind: 'keyring' }
  | { readonly kind: 'file' }
  | { readonly kind: 'command'; readonly command: string }

export interface NewSecret {
  readonly place: SecretPlace
  /** Stored in `place`; absent with `command`. */
  readonly value?: string
}

/** One provider's part in an account. */
export interface NewConnection {
  readonly provider: string
  /** All that the provider offers with these settings when absent. */
  readonly services?: readonly Service[]
  readonly settings: JsonObject
  /** Only where it is not the account's. */
  readonly secret?: NewSecret
}

/** Mail, contacts, calendars and files under one name and in one folder of the vault, from one provider or several. */
export interface NewAccount {
  readonly id: string
  /** At least one; no two of them have the same service. */
  readonly connections: readonly NewConnection[]
  /** Needed where a provider signs in. */
  readonly secret?: NewSecret
}

/** What is known of one provider's part in an account that is to be added. */
export interface FoundConnection extends FoundServer {
  readonly provider: string
  readonly services: readonly Service[]
}

/** What a provider wants registered before it lets this program in. */
export interface RegistrationNeed extends Pick<Registration, 'given' | 'steps'> {
  /** One came with the program: the person needs none. */
  readonly isThere: boolean
}

export interface SignInRequest {
  readonly provider: string
  /** Text of the file with the program's registration at the provider; null: the one that came with Lifeboat, if any. */
  readonly clientFile: string | null
  /** All that the provider offers when absent. */
  readonly services?: readonly Service[]
  /** What the person chose besides. */
  readonly settings: JsonObject
  /** Where the sign-in will be kept: it is tried whether that can be reached before the person is sent to the browser. */
  readonly keep: SecretPlace['kind']
}

export interface KeyFileRequest {
  readonly provider: string
  /** Text of the file with the key of an organisation. */
  readonly keyFile: string
  /** All that the provider offers when absent. */
  readonly services?: readonly Service[]
  /** What the person chose besides. */
  readonly settings: JsonObject
}

export interface OrganisationKey {
  readonly settings: JsonObject
  readonly secret: string
  /** What the administrator has to do, one step each. */
  readonly steps: readonly string[]
}

export interface MembersRequest {
  readonly provider: string
  /** As in `OrganisationKey`. */
  readonly settings: JsonObject
  readonly secret: string
}

export interface ConnectionSummary {
  readonly provider: string
  readonly providerName: string
  /** Those that are saved. */
  readonly services: readonly Service[]
  /** All that could be. */
  readonly offered: readonly Service[]
  /** What else there is to choose; absent where there is nothing. */
  readonly choices?: readonly ServiceChoice[]
  /** Settings that may be shown: no secrets. */
  readonly settings: JsonObject
  readonly secretPlace: SecretPlace['kind'] | 'none'
}

export interface AccountSummary {
  readonly id: string
  readonly connections: readonly ConnectionSummary[]
}

export interface BackupRequest {
  readonly vault: string
  /** Account ids; all configured accounts when absent. */
  readonly accounts?: readonly string[]
  readonly acceptRemovals?: boolean
  /** Whether attachments are kept as ordinary files as well, from now on; as the vault has it when absent. */
  readonly attachments?: boolean
  /** Tries again what could not be saved before, and looks at nothing else. */
  readonly onlyMissing?: boolean
  /** Makes a new vault where another one is known to have been, e.g. after it was deleted on purpose. */
  readonly newVault?: boolean
  /** False leaves START HERE.html, its data and the attachments as they are. */
  readonly viewer?: boolean
}

/** A message, card, event or file that is in the vault. */
export interface ListedItem {
  /** `<account>/<…>`: what `show` takes. Stable while the item lives. */
  readonly id: string
  readonly service: Service
  readonly collection: readonly string[]
  /** Of a file, when it was last modified. */
  readonly date: string
  /** Of an event, as far as it says: `2026-03-29`, with a time local to its time zone, or in UTC with `Z`. */
  readonly start?: string
  readonly from: string
  /** Of a message; a contact's name, an event's summary, a file's path in its drive. */
  readonly subject: string
  readonly flags: readonly string[]
  readonly size: number
  readonly sha256: string
  /** Where its bytes lie: path in the vault with `/`, offset and length in octets. */
  readonly path: string
  readonly offset: number
  readonly length: number
  readonly removed: boolean
}

export interface ListedCollection {
  readonly account: string
  readonly service: Service
  readonly path: readonly string[]
  /** Folder in the vault, with `/`; of an address book or calendar its file. */
  readonly folder: string
  readonly items: number
  readonly removedItems: number
  readonly pending: number
  readonly bytes: number
}

export interface ListedVault {
  readonly vault: string
  readonly accounts: readonly {
    readonly account: string
    /** When the last run ended; of an interrupted one, when it began. */
    readonly lastRun: string | null
    /** The run that the answer shows, e.g. `2026-11-22T073105Z`; null where nothing was saved by then. */
    readonly run: string | null
    readonly collections: readonly ListedCollection[]
  }[]
}

export interface ViewerRequest {
  readonly vault: string
  /** Whether attachments are kept as ordinary files as well, from now on; as the vault has it when absent. */
  readonly attachments?: boolean
}

/** `documents`: messages, contacts, events and files read so far. `notice`: for the person, before a wait. */
export type ViewerProgress =
  | { readonly kind: 'viewer'; readonly documents: number }
  | { readonly kind: 'notice'; readonly text: string }

export interface ListRequest {
  readonly vault: string
  readonly account?: string
  /** A collection's path joined with `/`; lists its items instead of the collections. */
  readonly collection?: string
  readonly includeRemoved?: boolean
  /** The account as it was then: a run, a date, a time, or `before` and one of these; see `parseMoment`. */
  readonly at?: string
}

/** How mail is written into a folder. */
export type MailFormat = 'maildir' | 'mbox' | 'eml'

/** What of an account is meant. */
export interface Choice {
  readonly vault: string
  readonly account: string
  /** As in `ListRequest.at`. */
  readonly at?: string
  readonly services?: readonly Service[]
  /** A collection's path joined with `/`, with everything below it. */
  readonly collection?: string
  /** Words that all occur. */
  readonly search?: string
}

export interface RestoreRequest extends Choice {
  /** An account of this computer, else a folder. */
  readonly to: string
  /** Only for a folder; Maildir when absent. */
  readonly format?: MailFormat
  /** Names joined with `/`, to put everything below. */
  readonly into?: string
  /** `skip` when absent. */
  readonly conflict?: ConflictRule
  readonly dryRun?: boolean
}

export interface CollectRequest extends CollectChoice {
  readonly vault: string
}

export interface DrillRequest {
  readonly vault: string
  /** Account ids in the vault; all when absent. */
  readonly accounts?: readonly string[]
  /** An account of this computer to restore to; a temporary folder when absent. */
  readonly to?: string
  /** Items of each service to restore and to fetch again; all to restore and a few to fetch again when absent. */
  readonly sample?: number
  /** Removes afterwards what was put into the account `to`. */
  readonly remove?: boolean
  /** Where to make the temporary folder. */
  readonly scratch?: string
  /** Of the proof's page; English when absent. */
  readonly language?: ProofLanguage
}

export interface DrillResult {
  readonly proof: Proof
  /** Path of the page; the JSON lies beside it. Null where it could not be written. */
  readonly page: string | null
  /** Where it could not be written into the vault: why. */
  readonly notice: string | null
}

export interface StatusRequest {
  readonly vault: string
  /** Days after which a backup counts as too old; 8 when absent. */
  readonly runDays?: number
  /** Days after which a proof counts as too old; 35 when absent. */
  readonly proofDays?: number
}

export interface App {
  /**
   * Looks for the servers of an address; null where nothing was found. `provider`: `imap` for mail, `dav` for the rest.
   * @throws AppError `unsupported` for a provider that does not let other programs in this way
   */
  findServer(provider: string, address: string, signal: AbortSignal): Promise<FoundServer | null>
  /**
   * What is known of a well-known provider by its short name (`icloud`), one answer for each of our providers that has a part
   * in it, mail first.
   * @throws AppError `usage` where the address or a server is wanted, `unsupported` where nothing can be had with a password
   */
  findPreset(request: PresetRequest): Promise<readonly FoundConnection[]>
  /**
   * Sign-in with a browser for an account that is to be added. Nothing is stored: `addAccount` does that.
   * @throws AppError `unsupported` where the keyring that is to keep it cannot be reached
   */
  signIn(request: SignInRequest, prompt: SignInPrompt, signal: AbortSignal): Promise<SignedIn>
  /**
   * Signs in to a configured account anew and stores that.
   * @throws AppError `usage` where the person signed in to another account than this one
   */
  signInAgain(
    id: string,
    prompt: SignInPrompt,
    signal: AbortSignal,
  ): Promise<{ readonly user: string; readonly notes: readonly string[] }>
  /** What has to be registered at the provider before anybody can sign in there. @throws AppError `unsupported` where nothing has */
  registration(provider: string): Promise<RegistrationNeed>
  /** @throws AppError `usage` that says what is wrong with what the person got for the registration */
  checkRegistration(provider: string, given: string): Promise<void>
  /** What a key for a whole organisation says. @throws AppError `usage` where it is none */
  readKeyFile(request: KeyFileRequest): Promise<OrganisationKey>
  /** Whoever is in the organisation. Nothing is stored: `addAccount` does that, one by one. */
  members(request: MembersRequest, signal: AbortSignal): Promise<readonly Member[]>
  /** Another key in place of the account's. */
  renewSecret(id: string, provider: string, secret: string): Promise<void>
  /** Stores it, and its secrets. @throws AppError `usage` where the id is taken or a setting is wrong */
  addAccount(account: NewAccount): Promise<AccountSummary>
  listAccounts(): Promise<readonly AccountSummary[]>
  /** Forgets the account and its secret. Nothing in any vault changes. */
  removeAccount(id: string): Promise<void>
  /**
   * Which of its services are saved from now on. What was saved of the others stays in every vault.
   * @throws AppError `usage` for none at all
   */
  chooseServices(id: string, services: readonly Service[]): Promise<AccountSummary>
  /** Takes or leaves one of the `choices` of its connections, from the next run on. @throws AppError `usage` where that cannot be */
  choose(id: string, choice: string, isOn: boolean): Promise<AccountSummary>
  /** Signs in and looks around, changing nothing. What fails is a finding. */
  testAccount(id: string, signal: AbortSignal): AsyncIterable<TestFinding>
  /** What could not be saved, and an account that failed, stand in the report; what keeps the run as a whole from beginning is thrown. */
  backup(request: BackupRequest, signal: AbortSignal, onProgress: (event: BackupProgress) => void): Promise<BackupReport>
  /** Reads everything and changes nothing. Damage is a finding. */
  verify(vault: string, signal: AbortSignal, onProgress: (event: VerifyProgress) => void): Promise<VerifyReport>
  /** Only adds. What could not be brought back, or not as it was, stands in the report. */
  restore(request: RestoreRequest, signal: AbortSignal, onProgress: (event: RestoreProgress) => void): Promise<RestoreReport>
  /** Makes START HERE.html and its data anew from the vault's plain files. */
  rebuildViewer(request: ViewerRequest, signal: AbortSignal, onProgress: (event: ViewerProgress) => void): Promise<ViewerReport>
  /** A rehearsal; its proof says what came back. Changes nothing but `proofs/` of the vault, and the account `to`. */
  drill(request: DrillRequest, signal: AbortSignal, onProgress: (event: DrillProgress) => void): Promise<DrillResult>
  /** Takes documents out of a vault into plain folders, with a table of where each came from. */
  collect(request: CollectRequest, signal: AbortSignal, onProgress: (event: DrillProgress) => void): Promise<CollectReport>
  /** What is safe, since when, and what wants attention, from what lies on the disk. */
  status(request: StatusRequest): Promise<StatusReport>
  /** How soon an account should be back, and how much may be lost; what is absent stays. */
  setGoals(account: string, goals: Partial<Goals>): Promise<Goals>
  /** The collections of each account. */
  list(request: ListRequest): Promise<ListedVault>
  /** Items of the collections that `request.collection` names (every collection when absent), oldest first. */
  listItems(request: ListRequest): AsyncIterable<ListedItem>
  /** The original bytes of one item. `id` as in `ListedItem.id`, a Message-ID, or the first digits (8 at least) of the SHA-256. */
  show(vault: string, id: string): Promise<{ readonly item: ListedItem; readonly bytes: AsyncIterable<Uint8Array> }>
}
