/** A provider: what it can do, and how an account of it is set up. */
import type { Account, Service } from './account.ts'
import type { Context } from './context.ts'
import type { ErrorCode } from './errors.ts'
import type { Originals, Role } from './items.ts'
import type { JsonObject } from './json.ts'
import type { Organisation, Registration, SignedIn, SignInPrompt } from './sign-in.ts'
import type { Source } from './source.ts'
import type { CheckOutcome, Target, TargetOptions } from './target.ts'

/** The answer of `Provider.test`: one finding per line, each a sentence for a person. */
export interface TestFinding {
  readonly ok: boolean
  readonly text: string
  /** The kind of failure where `ok` is false: the command's exit code. `auth` when absent. */
  readonly code?: ErrorCode
}

/** What could be found out about an e-mail address. */
export interface FoundServer {
  /** As a person knows the provider; null for a server that is in no table of ours. */
  readonly providerName: string | null
  /** Where the knowledge comes from, for a person, e.g. `the domain's own announcement (DNS)`. */
  readonly origin: string
  /** The account's settings, without `user`. */
  readonly settings: JsonObject
  /** The user name the server wants; null where only the person knows it. */
  readonly user: string | null
  /** How to get the password that the provider wants, one step each. */
  readonly steps: readonly string[]
  readonly helpUrl?: string
  /** A limit that a person will notice. */
  readonly note?: string
  /** True where only unsigned DNS names a server outside the address's domain: show it and ask before a password goes there. */
  readonly unconfirmed: boolean
}

/** A well-known provider by its short name, for `Provider.findPreset`. */
export interface PresetRequest {
  /** E.g. `icloud`. */
  readonly name: string
  /** The person's address or user name there. */
  readonly user: string
  /** The person's own server, as typed, where the provider is a program that many run (Nextcloud). */
  readonly server?: string
}

/** A folder that mail was put into, by IMAP. */
export interface PutFolder {
  readonly path: readonly string[]
  /** What the folder is used for; null where nothing is known of it. */
  readonly role: Role | null
}

/** A message that was put there. */
export interface PutMail {
  /** Of its `RestoreItem`. */
  readonly key: string
  readonly messageId: string
  /** As `Item.date`. */
  readonly date: string
}

/** Equal for items that say the same. `originals`: as of `Fetched`. */
export type Fingerprint = (content: Uint8Array, originals: Originals | null) => Promise<string>

/** Something about a service that a person takes or leaves. */
export interface ServiceChoice {
  readonly id: string
  readonly service: Service
  readonly isOn: boolean
}

/** What there is to choose about the services, beside which of them are saved. */
export interface Choices {
  of(settings: JsonObject): readonly ServiceChoice[]
  /** The settings with one of them taken or left. @throws AppError `usage` where that cannot be */
  with(settings: JsonObject, id: string, isOn: boolean): JsonObject
}

export interface Provider {
  readonly id: string
  /** As a person knows it, e.g. `E-mail (IMAP)`. */
  readonly name: string
  readonly services: readonly Service[]
  /** The provider limits each service by itself, so that all of an account's are listed at once, and mail saved beside the others. */
  readonly readsSideBySide?: true
  /** @throws AppError `usage` naming the setting that is missing or wrong. */
  checkSettings(settings: JsonObject): void
  readonly choices?: Choices
  /** Which of the services these settings give access to; all of them where the provider does not say. */
  servicesOf?(settings: JsonObject): readonly Service[]
  /**
   * Looks for the server of an e-mail address; null where nothing was found.
   * @throws AppError `unsupported` for a provider that does not let other programs in this way
   */
  findServer?(address: string, signal: AbortSignal): Promise<FoundServer | null>
  /**
   * What the table of well-known providers says; null where it does not have the name.
   * @throws AppError `usage` where it needs a server and none is named
   */
  findPreset?(request: PresetRequest): Promise<FoundServer | null>
  /** Present with `signIn`. */
  readonly registration?: Registration
  /**
   * Lets the person sign in with a browser. `secret`: what the connection's secret was, or that of the registration.
   * @throws AppError `auth` or `permission` when the person or the provider says no, `cancelled` when nobody answers
   */
  signIn?(
    connection: Pick<Account, 'settings' | 'services'>,
    secret: string,
    prompt: SignInPrompt,
    context: Pick<Context, 'clock' | 'log'>,
    signal: AbortSignal,
  ): Promise<SignedIn>
  /** Where an administrator can let this program in for many people at once. */
  readonly organisation?: Organisation
  source(account: Account, service: Service, context: Context): Source
  /**
   * Loads what `source` needs for the service. Present where listing the collections asks little of a server, so that it may begin
   * before the vault is open.
   */
  load?(service: Service): Promise<unknown>
  /**
   * Where mail is put into this account by IMAP in place of `target`: settings of the provider `imap`, and an access token for
   * it. Null where `target` does it.
   * @throws AppError `permission` where the person gave no leave to write
   */
  mailByImap?(
    account: Account,
    context: Context,
    signal: AbortSignal,
  ): Promise<{ readonly settings: JsonObject; readonly token: string } | null>
  /** With `mailByImap`: as what `source` lists messages that were put that way. Only what is beyond doubt. */
  listedMail?(
    account: Account,
    context: Context,
    folder: PutFolder,
    put: readonly PutMail[],
    signal: AbortSignal,
  ): AsyncIterable<CheckOutcome>
  /** Absent where nothing can be restored to. */
  target?(account: Account, service: Service, context: Context, options: TargetOptions): Target
  /**
   * How to tell whether two items of a service say the same, as far as the provider holds it, where it gives back what was restored
   * with other octets. Present where the `at` of a target's outcome is the item's key for the source; a service that is not named
   * gives back the octets that it was given.
   */
  readonly fingerprints?: Readonly<Partial<Record<Service, Fingerprint>>>
  /** What is going to stop backups soon, as far as this computer knows, one sentence each. Asks nobody. */
  outlook?(account: Account, context: Context): Promise<readonly string[]>
  /** Signs in and looks around, changing nothing. Expected failures are findings, not exceptions. */
  test(account: Account, context: Context, signal: AbortSignal): AsyncIterable<TestFinding>
}
