import type { App } from '../api/contract.ts'
import type { Terminal } from './terminal.ts'

/** `home`: another place than the person's own for configuration and cache. */
export type LoadApp = (home?: string) => Promise<App>

/** What a command is given. */
export interface Session {
  readonly terminal: Terminal
  readonly loadApp: LoadApp
}
