/** What a drill is asked to do. */
import type { VaultOptions } from '../vault/vault.ts'
import type { Connection } from './account-backup.ts'
import type { Goals } from './proof.ts'

export interface DrillAccount {
  readonly id: string
  /** Empty where the account is not set up on this computer. */
  readonly connections: readonly Connection[]
  readonly goals: Goals
}

/** Where it is restored to. */
export type DrillTarget =
  /** A folder, empty at the beginning, with a Maildir and single files; `connection` writes into it. */
  | { readonly kind: 'folder'; readonly path: string; readonly connection: Connection }
  /** A second account; below a folder of its own. */
  | {
      readonly kind: 'account'
      readonly name: string
      readonly connections: readonly Connection[]
      readonly into: string
      readonly remove: boolean
    }

export interface DrillOptions {
  readonly vault: VaultOptions
  /** Null: every account of the vault. */
  readonly accounts: readonly string[] | null
  /** What this computer knows of an account of the vault. */
  readonly known: (id: string) => Promise<DrillAccount>
  readonly target: DrillTarget
  /** Items of each service to restore and to fetch again; null: all to restore, a few to fetch again. */
  readonly sample: number | null
  readonly signal: AbortSignal
  readonly onProgress: (event: DrillProgress) => void
  /** Between the restore and the reading back. */
  readonly afterRestore?: () => Promise<void>
}

export type DrillProgress =
  | { readonly kind: 'step'; readonly text: string }
  | { readonly kind: 'bytes'; readonly done: number }
  | { readonly kind: 'items'; readonly done: number; readonly known: number }
