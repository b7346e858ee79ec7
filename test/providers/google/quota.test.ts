import { describe, expect, it } from 'vitest'
import type { Clock } from '../../../src/core/context.ts'
import { Budgets } from '../../../src/providers/google/quota.ts'
import { timeLimit } from '../../../src/providers/google/session.ts'
import { Budget } from '../../../src/providers/shared/budget.ts'

/** Time that passes only while somebody sleeps. */
function standingClock(): Clock & { readonly passed: () => number } {
  let time = 0
  return {
    now: () => new Date(time),
    sleep: async (ms) => {
      time += ms
    },
    passed: () => time,
  }
}

const signal = new AbortController().signal

/** Milliseconds at which each of `calls` calls of `units` units went. */
async function times(budget: Budget, clock: Clock, calls: number, units: number): Promise<number[]> {
  const at: number[] = []
  for (let n = 0; n < calls; n++) {
    await budget.take(units, signal)
    at.push(clock.now().getTime())
  }
  return at
}

function mostInAnyMinute(at: readonly number[]): number {
  return Math.max(...at.map((start) => at.filter((time) => time >= start && time < start + 60_000).length))
}

describe('the pace', () => {
  it.each([
    { limit: 6_000, units: 20 },
    { limit: 15_000, units: 5 },
    { limit: 325_000, units: 200 },
    { limit: 90, units: 1 },
    { limit: 100, units: 20 },
  ])('spends nine tenths of $limit units a minute at $units each, and never more than all', async ({ limit, units }) => {
    const clock = standingClock()
    const calls = Math.ceil((limit / units) * 5)
    const at = await times(new Budget(limit, clock), clock, calls, units)
    expect(mostInAnyMinute(at) * units).toBeLessThanOrEqual(limit)
    expect((calls * units) / (clock.passed() / 60_000)).toBeGreaterThanOrEqual(limit * 0.9)
  })

  it('saves up no more than a small part while nobody asks', async () => {
    const clock = standingClock()
    const budget = new Budget(6_000, clock)
    await clock.sleep(3_600_000)
    expect(mostInAnyMinute(await times(budget, clock, 600, 20)) * 20).toBeLessThanOrEqual(6_000)
  })

  it('rests when it is told to, and goes on at the pace of a lower limit', async () => {
    const clock = standingClock()
    const budget = new Budget(6_000, clock)
    await budget.take(20, signal)
    budget.pause(30_000)
    budget.limit(600)
    const at = await times(budget, clock, 90, 20)
    expect(at[0]).toBeGreaterThanOrEqual(30_000)
    expect(mostInAnyMinute(at) * 20).toBeLessThanOrEqual(600)
  })

  it('knows the larger quota of older projects', () => {
    const clock = standingClock()
    expect(new Budgets('since-2026-05', clock).of('gmail.messages.get').units).toBe(20)
    expect(new Budgets('before-2026-05', clock).of('gmail.messages.get').units).toBe(5)
  })

  it('lets go of whoever waits when the run is stopped', async () => {
    const clock: Clock = {
      now: () => new Date(0),
      sleep: (_, stop) => new Promise((_resolve, reject) => stop?.addEventListener('abort', () => reject(stop.reason))),
    }
    const stop = new AbortController()
    const budget = new Budget(60, clock)
    await budget.take(15, signal)
    const waiting = budget.take(3, stop.signal)
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
  })
})

it('a call may take as long as a slow line needs for what it sends', () => {
  const kilobits = 100_000
  expect(timeLimit(25 << 20) / 1_000).toBeGreaterThan(((25 << 20) * 8) / kilobits)
  expect(timeLimit(0)).toBeLessThan(200_000)
})
