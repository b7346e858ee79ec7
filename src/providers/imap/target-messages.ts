/** What a restore knows of a message, and what became of it on the server. */
import type { RestoreItem } from '../../core/types.ts'
import { isSendableFlag } from './writing-session.ts'

/** A message that this restore has made. */
export interface Created {
  readonly key: string
  readonly flags: readonly string[]
  /** Seconds since 1970. */
  readonly date: number
  readonly size: number
}

/** Marks of many messages are the same few. */
const sameFlags = new Map<string, readonly string[]>()

export function createdOf(item: RestoreItem): Created {
  const own = flagsOf(item)
  const name = own.join(' ')
  const flags = sameFlags.get(name) ?? own
  if (sameFlags.size < 1_000) sameFlags.set(name, flags)
  return { key: item.key, flags, date: Math.floor(Date.parse(item.date) / 1000), size: item.size }
}

export function flagsOf({ meta }: RestoreItem): string[] {
  return texts(meta['flags']).filter((flag) => flag !== '\\Recent')
}

export function labelsOf({ meta }: RestoreItem): string[] {
  return texts(meta['labels'])
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/** Flags that IMAP has no way to send. */
export function flagLosses(item: RestoreItem): string[] {
  return flagsOf(item)
    .filter((flag) => !isSendableFlag(flag))
    .map((flag) => `The keyword “${flag}” cannot be written over IMAP.`)
}

/** What a person should know of a message that the server holds differently. */
export function differences(asked: Created, flags: readonly string[], date: string | null, size: number | null): string[] {
  const has = new Set(flags.map((flag) => flag.toLowerCase()))
  const missing = asked.flags.filter((flag) => isSendableFlag(flag) && !has.has(flag.toLowerCase()))
  const losses = missing.map((flag) => `The server did not keep the mark “${flag}”.`)
  if (date !== null && Math.floor(Date.parse(date) / 1000) !== asked.date)
    losses.push(`The server gave it another date of receipt: ${date}.`)
  if (size !== null && size !== asked.size)
    losses.push(`The server changed its octets, mostly line ends: ${asked.size} were sent, it has ${size}.`)
  return losses
}
