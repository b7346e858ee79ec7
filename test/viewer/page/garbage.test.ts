import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { noteGarbage, putOffCollecting } from '../../../src/viewer/page/data/garbage.ts'

/** Larger than any browser gives. */
const impossible = 2 ** 33
let asked: number[]

beforeEach(() => {
  asked = []
  vi.useFakeTimers()
  vi.stubGlobal(
    'ArrayBuffer',
    class {
      constructor(size: number) {
        asked.push(size)
        throw new RangeError('Array buffer allocation failed')
      }
    },
  )
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const collections = (): number => asked.filter((size) => size > impossible).length

it('asks the browser to collect once enough has come and nothing is being loaded any more', () => {
  noteGarbage(1_500_000)
  vi.advanceTimersByTime(60_000)
  expect(asked).toEqual([])

  noteGarbage(1_500_000)
  // Reminded at once, which costs nothing; not yet made to wait.
  expect([asked.length, collections()]).toEqual([1, 0])
  // The next message is asked for, and takes its time.
  putOffCollecting()
  vi.advanceTimersByTime(60_000)
  expect(collections()).toBe(0)
  noteGarbage(100_000)
  vi.advanceTimersByTime(60_000)
  expect(collections()).toBe(1)

  noteGarbage(100_000)
  vi.advanceTimersByTime(60_000)
  expect(collections()).toBe(1)
})

it('leaves what is new to be painted before it collects', () => {
  const idle: (() => void)[] = []
  vi.stubGlobal('requestIdleCallback', (call: () => void) => idle.push(call))
  noteGarbage(3_000_000)
  vi.advanceTimersByTime(60_000)
  expect([idle.length, collections()]).toEqual([1, 0])
  // Something is asked for before the browser comes to it.
  putOffCollecting()
  idle.pop()?.()
  expect(collections()).toBe(0)
  noteGarbage(1)
  vi.advanceTimersByTime(60_000)
  idle.pop()?.()
  expect(collections()).toBe(1)
})
