/** What a restore sends to Graph. Nothing that a backup uses imports this. */
import { hasCode } from '../../core/errors.ts'
import { retry } from '../../core/retry.ts'
import type { Api } from './limits.ts'
import type { How, Session } from './session.ts'

type Method = 'POST' | 'PATCH' | 'PUT' | 'DELETE'

const tries = 6

/** The answer's JSON; may be made several times. `body`: JSON, or octets with their type in `how.headers`. */
export async function send<T extends object>(
  session: Session,
  api: Api,
  method: Method,
  path: string,
  body: object | null,
  signal: AbortSignal,
  how: How = {},
): Promise<T> {
  if (body === null) return await session.json<T>(api, path, signal, { ...how, method })
  if (body instanceof Uint8Array) return await session.json<T>(api, path, signal, { ...how, method, body })
  const headers = { ...how.headers, 'Content-Type': 'application/json' }
  return await session.json<T>(api, path, signal, { ...how, method, headers, body: JSON.stringify(body) })
}

/**
 * A call that must not be made twice. When nobody knows whether it was done, `arrived` looks; only if it was not, it is made
 * again.
 */
export async function sendOnce<T extends object>(
  session: Session,
  api: Api,
  method: Method,
  path: string,
  body: object,
  signal: AbortSignal,
  arrived: () => Promise<T | null>,
): Promise<T> {
  const once = async () => {
    try {
      return await send<T>(session, api, method, path, body, signal, { tries: 1 })
    } catch (error) {
      if (!hasCode(error, 'network')) throw error
      const found = await arrived()
      if (found === null) throw error
      return found
    }
  }
  return await retry(once, session.context.clock, signal, { tries, delay: 1_000, maxDelay: 64_000 })
}
