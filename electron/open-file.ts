/** A mail file that somebody opens with Lifeboat: the first step of keeping a copy of it, with the file filled in. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** `electron-builder.json` tells the systems the same. */
const ours = /\.mbox$/i

/** Where to go with it; null where it is none of ours. `folder`: from which the path counts. */
export function routeFor(path: string, folder = process.cwd()): string | null {
  const whole = resolve(folder, path)
  if (!ours.test(whole) || !existsSync(whole)) return null
  return `#/begin?${new URLSearchParams({ step: 'account', copy: whole })}`
}

/** Windows and Linux name the file as the last argument. `folder`: where it was called. */
export function routeIn(argv: readonly string[], folder?: string): string | null {
  const last = argv.slice(1).findLast((argument) => !argument.startsWith('-'))
  return last === undefined ? null : routeFor(last, folder)
}
