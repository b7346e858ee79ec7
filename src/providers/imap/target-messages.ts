/** What a restore knows of a message, and what became of it on the server. */
import type { RestoreItem } from '../../core/target.ts'
import type { ListedMessage } from './message-list.ts'
import { isSendableFlag } from './writing-session.ts'

/** A message that this restore has made. */
export interface Created {
  readonly key: string
  readonly flags: readonly string[]
  /** Where the server knows labels (X-GM-EXT-1). */
  readonly labels: readonly string[]
  /** Seconds since 1970. */
  readonly date: number
  readonly size: number
}

/** Marks and labels of many messages are the same few. */
const same = new Map<string, readonly string[]>()

function shared(own: readonly string[]): readonly string[] {
  const name = own.join('\n')
  const known = same.get(name) ?? own
  if (same.size < 1_000) same.set(name, known)
  return known
}

export function createdOf(item: RestoreItem): Created {
  const date = Math.floor(Date.parse(item.date) / 1000)
  return { key: item.key, flags: shared(flagsOf(item)), labels: shared(labelsOf(item)), date, size: item.size }
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
export function differences(asked: Created, { meta, date, size }: ListedMessage): string[] {
  const missing = without(asked.flags, meta.flags).filter(isSendableFlag)
  const losses = missing.map((flag) => `The server did not keep the mark “${flag}”.`)
  const unlabelled = meta.labels === undefined ? [] : without(asked.labels, meta.labels)
  losses.push(...unlabelled.map((label) => `The server did not keep the label “${label}”.`))
  if (date !== null && Math.floor(Date.parse(date) / 1000) !== asked.date)
    losses.push(`The server gave it another date of receipt: ${date}.`)
  if (size !== null && size !== asked.size)
    losses.push(`The server changed its content, mostly line ends: ${asked.size} bytes were sent, it has ${size}.`)
  return losses
}

/** Names of Gmail's labels, like marks, are the same in any case. */
function without(asked: readonly string[], has: readonly string[]): string[] {
  const there = new Set(has.map((one) => one.toLowerCase()))
  return asked.filter((one) => !there.has(one.toLowerCase()))
}
