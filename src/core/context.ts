import type { JsonObject } from './json.ts'

/** What a provider is given instead of globals. */
export interface Context {
  readonly clock: Clock
  readonly log: Log
  /** The account's secret, or null where none is stored. Never logged, never part of an error. */
  secret(name: string): Promise<string | null>
  /** Replaces the account's secret with what the provider gave in its place. Absent where secrets cannot be changed. */
  saveSecret?(name: string, value: string): Promise<void>
}

export interface Clock {
  now(): Date
  /** Rejects with the signal's reason when it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** Technical log for the person who helps; never holds secrets, subjects or addresses. */
export interface Log {
  debug(message: string, data?: JsonObject): void
  warn(message: string, data?: JsonObject): void
}
