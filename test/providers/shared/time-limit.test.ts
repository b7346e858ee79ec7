import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { TimeLimit } from '../../../src/providers/shared/time-limit.ts'

const long = 86_400_000

describe('the time limit of a call', () => {
  it('ends it when the time is over', async () => {
    const outer = new AbortController()
    const limit = new TimeLimit(outer.signal, 1)
    await new Promise((resolve) => limit.signal.addEventListener('abort', resolve))
    expect(limit.signal.reason).toMatchObject({ name: 'TimeoutError' })
    expect(outer.signal.aborted).toBe(false)
    limit.end()
  })

  it('ends it when the whole run is to end, before it has begun as well', () => {
    const outer = new AbortController()
    const limit = new TimeLimit(outer.signal, long)
    outer.abort(new Error('stop'))
    expect(limit.signal.reason).toMatchObject({ message: 'stop' })
    const late = new TimeLimit(outer.signal, long)
    expect(late.signal.aborted).toBe(true)
    limit.end()
    late.end()
  })

  it('leaves nothing behind at the signal of the run', () => {
    const outer = new AbortController()
    const limits = Array.from({ length: 20 }, () => new TimeLimit(outer.signal, long))
    for (const limit of limits) limit.endTime()
    expect(getEventListeners(outer.signal, 'abort')).toHaveLength(20)
    for (const limit of limits) limit.end()
    expect(getEventListeners(outer.signal, 'abort')).toEqual([])
  })
})
