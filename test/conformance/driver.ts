/** How the conformance suite changes an account behind the provider's back: one of these for every provider. */
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import type { Provider } from '../../src/core/provider.ts'

/** Where a message is, as the driver names it. */
export type Handle = string

export interface Driver {
  readonly provider: Provider
  readonly account: Account
  readonly context: Context
  addFolder(path: readonly string[]): Promise<void>
  renameFolder(from: readonly string[], to: readonly string[]): Promise<void>
  add(path: readonly string[], message: Buffer, flags?: readonly string[]): Promise<Handle>
  reflag(handle: Handle, flags: readonly string[]): Promise<void>
  move(handle: Handle, to: readonly string[]): Promise<Handle>
  remove(handle: Handle): Promise<void>
  /** Makes every cursor given out before worthless, and every key where the provider has such a thing. */
  expireCursors(): Promise<void>
  /** The message cannot be fetched until `heal`. */
  poison(handle: Handle): Promise<void>
  heal(): Promise<void>
  /** SHA-256 of every message by folder (path joined with `/`), sorted, read without the provider. Empty folders may be left out. */
  contents(): Promise<Record<string, string[]>>
  stop(): Promise<void>
}
