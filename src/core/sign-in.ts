/** Letting this program in with a browser, or with one key for an organisation. */
import type { Account } from './account.ts'
import type { Context } from './context.ts'
import type { JsonObject } from './json.ts'

/** How a sign-in in the browser reaches the person. */
export interface SignInPrompt {
  /** Asks also for leave to write: for a restore. Without it, for leave to read alone. */
  readonly forRestore?: boolean
  /** Shows where to sign in, and opens the browser where there is one; `why`, where it is not the first time. */
  open(url: string, why?: string): Promise<void>
  /**
   * The address at which the browser ended, as the person copies it. Present where the browser runs on another computer:
   * nothing listens for it then.
   */
  paste?(signal: AbortSignal): Promise<string>
  /**
   * Shows a page and the code to type there; `why` as above. Present with `paste`; a provider that has such a page
   * uses it (RFC 8628).
   */
  code?(page: string, code: string, why?: string): Promise<void>
}

export interface SignedIn {
  /** The connection's settings with what the sign-in told, e.g. the address. */
  readonly settings: JsonObject
  readonly secret: string
  /** Whose account it is. */
  readonly user: string
  /** What the person should know about this sign-in, in sentences. */
  readonly notes: readonly string[]
}

/** A provider that lets in only programs which somebody registered there: whoever built this one, or the person. */
export interface Registration {
  /** What the provider hands out for it: a file, or an id to copy. */
  readonly given: 'file' | 'id'
  /** What a person does in the provider's pages to get it, in the words that stand there, one step each. */
  readonly steps: Readonly<Record<'en' | 'de', readonly string[]>>
  /**
   * The settings and the secret with which `signIn` begins. `null`: the registration that came with this program.
   * @throws AppError `usage` where it is not what the provider hands out, `unsupported` where nothing came with this program
   */
  read(given: string | null): { readonly settings: JsonObject; readonly secret: string }
}

/** Somebody in an organisation whose administrator lets this program in for its people. */
export interface Member {
  /** The address. */
  readonly user: string
  readonly name: string
  /** Why there is nothing to back up at the moment, in plain words. */
  readonly skipped?: string
  /** Of a connection of theirs. */
  readonly settings: JsonObject
}

/** One key for the people of an organisation. */
export interface Organisation {
  /**
   * What the file with the key says, and what the administrator has to do, one step each. `settings`: what the person chose.
   * @throws AppError `usage` where it is not such a file
   */
  readKeyFile(
    text: string,
    connection: Pick<Account, 'settings' | 'services'>,
  ): { readonly settings: JsonObject; readonly secret: string; readonly steps: readonly string[] }
  /** Whether a connection with these settings stands for everybody, also for whoever comes later. */
  isForEverybody(settings: JsonObject): boolean
  /** @throws AppError `permission` where the administrator has not allowed it */
  members(
    settings: JsonObject,
    secret: string,
    context: Pick<Context, 'clock' | 'log'>,
    signal: AbortSignal,
  ): Promise<readonly Member[]>
}
