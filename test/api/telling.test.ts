import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { telling } from '../../src/api/jobs/telling.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('tells now and then how far a job is, and what was said last also where nothing comes after it', () => {
  const told: unknown[] = []
  const { say, flush } = telling(({ progress }) => told.push(progress !== null && 'done' in progress ? progress.done : null))
  const items = (done: number) => {
    const amounts = { itemsSoFar: done, itemsKnown: 9, bytesSoFar: 0, bytesKnown: 0 }
    say({ kind: 'items', account: 'a', service: 'mail', collection: ['Inbox'], done, total: 9, ...amounts })
  }
  vi.advanceTimersByTime(1_000)
  for (const done of [1, 2, 3]) items(done)
  expect(told).toEqual([1])
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([1, 3])
  items(4)
  items(5)
  flush()
  vi.advanceTimersByTime(1_000)
  expect(told).toEqual([1, 3, 4, 5])
})
