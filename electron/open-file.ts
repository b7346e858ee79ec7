/** A mail file that somebody opens with Lifeboat: the first step of keeping a copy of it, with the file filled in. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** `electron-builder.json` tells the systems the same. */
const ours = /\.mbox$/i

/** Where to go with it; null where it is none of ours. */
export function routeFor(path: string): string | null {
  if (!ours.test(path) || !existsSync(path)) return null
  return `#/begin?${new URLSearchParams({ step: 'account', copy: resolve(path) })}`
}

/** Windows and Linux name the file as the last argument. */
export function routeIn(argv: readonly string[]): string | null {
  const last = argv.slice(1).findLast((argument) => !argument.startsWith('-'))
  return last === undefined ? null : routeFor(last)
}
