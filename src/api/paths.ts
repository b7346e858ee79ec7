/** Where the program keeps what belongs to the person and the computer, not to a vault. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import envPaths from 'env-paths'

/** What moves the places on Linux (XDG Base Directory Specification). */
const xdgVariables = ['XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_CACHE_HOME'] as const

export interface Paths {
  /** Accounts, known vaults and, where the person chose a file for them, passwords. */
  readonly config: string
  /** Can be deleted at any time. */
  readonly cache: string
  readonly log: string
  /** What goes on between runs: restores that are under way, and what they displaced. */
  readonly state: string
}

/** The platform's own places (XDG, `%APPDATA%`, `~/Library`); all below `LIFEBOAT_HOME` where that is set. */
export function userPaths(env: NodeJS.ProcessEnv = process.env): Paths {
  const home = env.LIFEBOAT_HOME
  if (home) return pathsBelow(resolve(home))
  const { config, cache, log, data } = envPaths(process.platform === 'linux' ? 'lifeboat' : 'Lifeboat', { suffix: '' })
  return { config, cache, log, state: data }
}

/** What a program that the system starts elsewhere has to be told, so that it has the same places as this one. */
export function placeVariables(env: NodeJS.ProcessEnv): Record<string, string> {
  const { LIFEBOAT_HOME: home } = env
  if (home) return { LIFEBOAT_HOME: resolve(home) }
  return Object.fromEntries(xdgVariables.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
}

export function pathsBelow(home: string): Paths {
  return { config: join(home, 'config'), cache: join(home, 'cache'), log: join(home, 'log'), state: join(home, 'state') }
}

/** Null where the folder cannot be made. */
export async function usableFolder(path: string): Promise<string | null> {
  const made = await mkdir(path, { recursive: true, mode: 0o700 }).then(
    () => true,
    () => false,
  )
  return made ? path : null
}
