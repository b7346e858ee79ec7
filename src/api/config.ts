/** The accounts and vaults this computer knows. Holds no secrets, only where each one is kept. */
import { join } from 'node:path'
import { z } from 'zod'
import type { Service } from '../core/account.ts'
import { AppError } from '../core/errors.ts'
import { type JsonObject, parseJson } from '../core/json.ts'
import { collisionKey, uniqueName } from '../formats/names.ts'
import { asTyped } from './as-typed.ts'
import { exclusively, readPrivateFile, refuseLater, writePrivateFile } from './private-file.ts'

const secretRefSchema = z.discriminatedUnion('kind', [
  /** `entry` is the keyring's user name: unique, so that two configurations on one computer never share a secret. */
  z.object({ kind: z.literal('keyring'), entry: z.string().min(1) }),
  /** `entry` is the key in `secrets.json`. */
  z.object({ kind: z.literal('file'), entry: z.string().min(1) }),
  z.object({ kind: z.literal('command'), command: z.string().min(1) }),
])

const settingsSchema = z.record(z.string(), z.json())

const connectionSchema = z.object({
  provider: z.string().min(1),
  /** Absent: all that the provider has. */
  services: z.array(z.enum(['mail', 'contacts', 'calendar', 'files'])).optional(),
  settings: settingsSchema,
  /** Only where it is not the account's. */
  secret: secretRefSchema.optional(),
})

const accountSchema = z.object({
  id: z.string().min(1),
  /** Each service comes from one of them. */
  connections: z.array(connectionSchema).min(1),
  secret: secretRefSchema.optional(),
  /** What the person wants of a recovery. */
  goals: z.object({ recoverHours: z.number().positive(), loseDays: z.number().positive() }).partial().optional(),
})

/** Before accounts could combine providers, and nobody could choose services. */
const singleProviderSchema = z
  .object({ id: z.string().min(1), provider: z.string().min(1), settings: settingsSchema, secret: secretRefSchema.optional() })
  .transform(({ id, provider, settings, secret }) => ({
    id,
    connections: [{ provider, settings }],
    ...(secret === undefined ? {} : { secret }),
  }))

const vaultsSchema = z.array(z.object({ id: z.string().min(1), path: z.string().min(1), lastSeen: z.string() }))

/** Of the file as it is written. */
const version = 2

const configSchema = z.discriminatedUnion('version', [
  z.object({ version: z.literal(version), accounts: z.array(accountSchema), vaults: vaultsSchema }),
  z.object({ version: z.literal(1), accounts: z.array(singleProviderSchema), vaults: vaultsSchema }),
])

/** Where a secret is, for `secrets.ts`. */
export type SecretRef = z.infer<typeof secretRefSchema>
export interface ConfiguredConnection {
  readonly provider: string
  readonly services?: readonly Service[] | undefined
  readonly settings: JsonObject
  readonly secret?: SecretRef | undefined
}
export interface ConfiguredAccount {
  /** Names the account's folder in the vault. */
  readonly id: string
  readonly connections: readonly ConfiguredConnection[]
  readonly secret?: SecretRef | undefined
  readonly goals?: { readonly recoverHours?: number | undefined; readonly loseDays?: number | undefined } | undefined
}
interface ConfigData {
  readonly accounts: readonly ConfiguredAccount[]
  readonly vaults: z.infer<typeof vaultsSchema>
}

/** One `config.json`. Every call reads it anew: other processes change it too. */
export class Config {
  readonly #path: string
  readonly #lock: string

  constructor(folder: string) {
    this.#path = join(folder, 'config.json')
    this.#lock = join(folder, 'config.lock')
  }

  async accounts(): Promise<readonly ConfiguredAccount[]> {
    return (await this.#read()).accounts
  }

  /** @throws AppError `not-found` that names the accounts there are */
  async account(id: string): Promise<ConfiguredAccount> {
    return findAccount((await this.#read()).accounts, id)
  }

  /**
   * Adds what `build` makes; `undo` gets it back when it cannot be written. No other process adds or removes an account
   * meanwhile.
   * @throws AppError `usage` when there is an account with this id; `build` is not called then
   */
  async addAccount(
    id: string,
    build: () => Promise<ConfiguredAccount>,
    undo: (account: ConfiguredAccount) => Promise<void>,
  ): Promise<ConfiguredAccount> {
    return await exclusively(this.#lock, async () => {
      const config = await this.#read()
      const taken = config.accounts.find((account) => sameId(account.id, id))
      if (taken !== undefined) {
        throw new AppError('usage', `There is an account "${taken.id}" already.`, {
          advice: `Choose another name with --id, or remove the old one first: lifeboat account remove ${asTyped(taken.id)}`,
        })
      }
      const account = await build()
      try {
        await this.#write({ ...config, accounts: [...config.accounts, accountSchema.parse(account)] })
      } catch (error) {
        await undo(account).catch(() => {})
        throw error
      }
      return account
    })
  }

  /**
   * @returns the account that was removed
   * @throws AppError `not-found`
   */
  async removeAccount(id: string): Promise<ConfiguredAccount> {
    return await exclusively(this.#lock, async () => {
      const config = await this.#read()
      const removed = findAccount(config.accounts, id)
      await this.#write({ ...config, accounts: config.accounts.filter((account) => account.id !== removed.id) })
      return removed
    })
  }

  /** @throws AppError `not-found` */
  async setGoals(id: string, goals: NonNullable<ConfiguredAccount['goals']>): Promise<ConfiguredAccount> {
    return await this.#change(id, (known) => ({ ...known, goals: { ...known.goals, ...goals } }))
  }

  async changeConnections(id: string, connections: readonly ConfiguredConnection[]): Promise<ConfiguredAccount> {
    return await this.#change(id, (known) => ({ ...known, connections }))
  }

  async #change(id: string, how: (known: ConfiguredAccount) => ConfiguredAccount): Promise<ConfiguredAccount> {
    return await exclusively(this.#lock, async () => {
      const config = await this.#read()
      const known = findAccount(config.accounts, id)
      const changed = how(known)
      await this.#write({ ...config, accounts: config.accounts.map((account) => (account.id === known.id ? changed : account)) })
      return changed
    })
  }

  /** The id of the vault that was last seen at this absolute path; null where none ever was. */
  async knownVault(path: string): Promise<string | null> {
    return (await this.#read()).vaults.find((vault) => vault.path === path)?.id ?? null
  }

  /** From now on a vault is expected at this absolute path. */
  async rememberVault(id: string, path: string, now: Date): Promise<void> {
    await exclusively(this.#lock, async () => {
      const config = await this.#read()
      const others = config.vaults.filter((vault) => vault.path !== path)
      await this.#write({ ...config, vaults: [...others, { id, path, lastSeen: now.toISOString() }] })
    })
  }

  async #read(): Promise<ConfigData> {
    const text = await readPrivateFile(this.#path)
    if (text === null) return { accounts: [], vaults: [] }
    const content = parseJson(text)
    refuseLater(this.#path, content, version)
    const result = configSchema.safeParse(content)
    if (result.success) return result.data
    throw new AppError('bad-settings', `The settings in ${this.#path} cannot be understood${whereItFails(result.error)}.`, {
      advice: 'Mend the file or move it away and add the accounts again. Lifeboat does not overwrite it. No vault is affected.',
    })
  }

  async #write(config: ConfigData): Promise<void> {
    await writePrivateFile(this.#path, `${JSON.stringify({ ...config, version }, null, 2)}\n`)
  }
}

function findAccount(accounts: readonly ConfiguredAccount[], id: string): ConfiguredAccount {
  const account = accounts.find((candidate) => sameId(candidate.id, id))
  if (account !== undefined) return account
  const ids = accounts.map((candidate) => candidate.id).join(', ')
  throw new AppError('not-found', `There is no account "${id}".`, {
    advice: ids === '' ? 'Add one first: lifeboat account add --help' : `These accounts exist: ${ids}`,
  })
}

/** Two accounts must not share a folder in a vault, on any file system. */
function sameId(a: string, b: string): boolean {
  return folderKey(a) === folderKey(b)
}

function folderKey(id: string): string {
  return collisionKey(uniqueName(id, () => false))
}

function whereItFails(error: z.ZodError): string {
  const path = error.issues[0]?.path ?? []
  return path.length === 0 ? '' : ` (at ${path.join('.')})`
}
