import type { JsonObject } from './json.ts'

export type Service = 'mail' | 'contacts' | 'calendar' | 'files'

/**
 * What a provider sees of an account that a person configured: its own settings, which it validates where it reads them, and
 * the services that it is asked for. An account may combine several providers.
 */
export interface Account {
  /** Chosen by the person or taken from the address; names the account's folder in the vault. */
  readonly id: string
  /** A key of the provider registry. */
  readonly provider: string
  readonly services: readonly Service[]
  readonly settings: JsonObject
}
