/** Where the program keeps what belongs to the person and the computer, not to a vault. */
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'

export interface Paths {
  /** Accounts, known vaults and, where the person chose a file for them, passwords. */
  readonly config: string
  /** Can be deleted at any time. */
  readonly cache: string
  readonly log: string
}

/** The platform's own places (XDG, `%APPDATA%`, `~/Library`); all below `LIFEBOAT_HOME` where that is set. */
export function userPaths(env: NodeJS.ProcessEnv = process.env): Paths {
  const home = env.LIFEBOAT_HOME
  return home ? pathsBelow(resolve(home)) : envPaths(process.platform === 'linux' ? 'lifeboat' : 'Lifeboat', { suffix: '' })
}

export function pathsBelow(home: string): Paths {
  return { config: join(home, 'config'), cache: join(home, 'cache'), log: join(home, 'log') }
}
