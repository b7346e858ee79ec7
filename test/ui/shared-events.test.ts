/** The window that reads the events for all others, against a stream that can be refused. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { followEvents, type Heard } from '../../src/ui/shared-events.ts'

const opened: Stream[] = []

class Stream extends EventTarget {
  static readonly CONNECTING = 0
  static readonly OPEN = 1
  static readonly CLOSED = 2
  readyState: number = Stream.CONNECTING

  constructor() {
    super()
    opened.push(this)
  }

  is(readyState: number, event: string): void {
    this.readyState = readyState
    this.dispatchEvent(new Event(event))
  }

  close(): void {
    this.readyState = Stream.CLOSED
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('EventSource', Stream)
  vi.stubGlobal('navigator', { locks: { request: async (_: string, __: unknown, work: () => Promise<void>) => await work() } })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  opened.length = 0
})

it('opens the stream anew where it was refused, so that no window waits for ever', () => {
  const heard: Heard['kind'][] = []
  const stop = followEvents(({ kind }) => void heard.push(kind))
  opened[0]?.is(Stream.OPEN, 'hello')
  opened[0]?.is(Stream.CONNECTING, 'error')
  vi.advanceTimersByTime(60_000)
  expect(opened, 'the browser tries by itself').toHaveLength(1)
  opened[0]?.is(Stream.CLOSED, 'error')
  vi.advanceTimersByTime(60_000)
  opened[1]?.is(Stream.OPEN, 'hello')
  expect(heard).toEqual(['hello', 'lost', 'lost', 'hello'])
  opened[1]?.is(Stream.CLOSED, 'error')
  stop()
  vi.advanceTimersByTime(60_000)
  expect(opened, 'none after the end').toHaveLength(2)
})
