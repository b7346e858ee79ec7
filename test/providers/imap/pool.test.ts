import { describe, expect, it } from 'vitest'
import type { Context } from '../../../src/core/context.ts'
import { AppError } from '../../../src/core/errors.ts'
import { Pool } from '../../../src/providers/imap/pool.ts'
import type { Session } from '../../../src/providers/imap/session.ts'
import { parseSettings } from '../../../src/providers/imap/settings.ts'

const settings = parseSettings({ host: 'localhost', user: 'alice', connections: 3 })
const context = { log: { debug() {}, warn() {} } } as unknown as Context

function session(): Session {
  return { alive: true, selected: null, kill() {}, async logout() {} } as unknown as Session
}

describe('the connections of an account', () => {
  it('are lent again to who waited for one more while the server refused it and the others came back', async () => {
    const refusal = Promise.withResolvers<Session>()
    const asked = Promise.withResolvers<void>()
    let opened = 0
    const pool = new Pool(settings, context, async () => {
      if (opened++ === 0) return session()
      asked.resolve()
      return await refusal.promise
    })
    const { signal } = new AbortController()
    const first = await pool.acquire(signal)
    const second = pool.acquire(signal)
    await asked.promise
    // Nobody else comes or goes after this.
    await first[Symbol.asyncDispose]()
    refusal.reject(new AppError('rate-limit', 'Too many connections.'))
    expect((await second).session).toBe(first.session)
    expect(pool.limit).toBe(1)
  })

  it('fail for everybody who waits when the only attempt to open one fails', async () => {
    const refusal = Promise.withResolvers<Session>()
    const pool = new Pool(settings, context, () => refusal.promise)
    const { signal } = new AbortController()
    const attempts = [pool.acquire(signal), pool.acquire(signal), pool.acquire(signal)]
    refusal.reject(new AppError('auth', 'Wrong password.'))
    for (const outcome of await Promise.allSettled(attempts)) expect(outcome).toMatchObject({ reason: { code: 'auth' } })
  })
})
