import type { Service } from '../../src/core/account.ts'
import type { JsonObject } from '../../src/core/json.ts'

export interface EmulatorRunRequest {
  /** A key of the registry. */
  readonly provider: string
  readonly services: readonly Service[]
  readonly vault: string
  readonly settings: JsonObject
  readonly secret: string
  /** So many times as fast as real time pass the clocks of both sides. */
  readonly speed: number
}

export interface EmulatorRunResult {
  /** Folders, address books, calendars, drives. */
  readonly collections: number
  /** Real ones. */
  readonly seconds: number
  readonly cpu: number
  /** Octets, at the most. */
  readonly memory: number
  readonly added: number
  readonly pending: number
  readonly failure: string | null
}
