/** What looking for the servers of an address has in common, whatever they serve. */
import { asciiDomain } from './presets.ts'

/** Milliseconds for each round of questions, so that all of them end within 10 s. */
export const roundLimit = 3_000

/** Where a server was found, for a person. */
export const origins = {
  preset: "Lifeboat's table of providers",
  mx: 'where the domain receives its mail',
  srv: "the domain's own announcement in DNS",
  autoconfig: "the provider's settings for mail programs",
  'well-known': "the domain's own web server",
  guess: 'a server with the usual name answers',
} as const

export interface SrvRecord {
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/** RFC 2782: lowest priority first, then the heaviest; null where none is usable: the target "." says that it is not offered. */
export function bestServer(records: readonly SrvRecord[]): { readonly host: string; readonly port: number } | null {
  const usable = records
    .toSorted((a, b) => a.priority - b.priority || b.weight - a.weight)
    .flatMap(({ name, port }) => {
      const host = asciiDomain(name)
      return host !== null && Number.isInteger(port) && port > 0 && port < 65_536 ? [{ host, port }] : []
    })
  return usable[0] ?? null
}

/** The outcome, or null when it fails or takes longer than a round may; throws only when the caller's signal aborts. */
export async function within<T>(signal: AbortSignal, work: (limited: AbortSignal) => Promise<T>): Promise<T | null> {
  signal.throwIfAborted()
  const limit = new AbortController()
  const ended = Promise.withResolvers<null>()
  const end = () => {
    limit.abort()
    ended.resolve(null)
  }
  const timer = setTimeout(end, roundLimit)
  signal.addEventListener('abort', end, { once: true })
  try {
    const outcome = Promise.resolve().then(() => work(limit.signal))
    return await Promise.race([outcome.catch(() => null), ended.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
    signal.throwIfAborted()
  }
}
