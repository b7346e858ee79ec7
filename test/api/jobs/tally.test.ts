import { describe, expect, it } from 'vitest'
import { Tallies } from '../../../src/api/jobs/tally.ts'

describe('how far a job is', () => {
  it('adds up the folders of a service, whatever order they come in', () => {
    const tallies = new Tallies()
    const at = { account: 'a', service: 'mail' } as const
    const items = { itemsKnown: 30, bytesSoFar: 5, bytesKnown: 10 }
    tallies.note({ kind: 'listing', ...at, collection: ['Inbox'], listed: 20 }, 0)
    tallies.note({ kind: 'listing', ...at, collection: ['Sent'], listed: 10 }, 0)
    tallies.note({ kind: 'items', ...at, collection: ['Inbox'], done: 4, total: 20, itemsSoFar: 4, ...items }, 0)
    tallies.note({ kind: 'items', ...at, collection: ['Sent'], done: 2, total: 10, itemsSoFar: 6, ...items }, 0)
    tallies.note({ kind: 'items', ...at, collection: ['Inbox'], done: 8, total: 20, itemsSoFar: 10, ...items }, 0)
    expect(tallies.sums()).toEqual({
      tally: [{ ...at, collection: ['Inbox'], listed: 30, done: 10, total: 30 }],
      pace: { items: 10, itemsKnown: 30, bytes: 5, bytesKnown: 10, perSecond: null, secondsLeft: null, share: 0.5, of: null },
    })
  })

  /** 1 MB, ten times a second. `known`: what is known to be to do by then, MB. */
  function play(tallies: Tallies, account: string, from: number, count: number, known: (done: number) => number) {
    const told: (number | null)[] = []
    for (let done = 0; done <= count; done++) {
      const items = { done, total: count, itemsSoFar: done, itemsKnown: known(done) }
      const bytes = { bytesSoFar: done * 1e6, bytesKnown: known(done) * 1e6 }
      const at = { service: 'mail', account, collection: ['Inbox'] } as const
      tallies.note({ kind: 'items', ...at, ...items, ...bytes }, from + done * 100)
      told.push(tallies.sums().pace?.secondsLeft ?? null)
    }
    return told
  }

  it('says how long it takes only once that is steady, and it is so', () => {
    const told = play(new Tallies(), 'a', 0, 300, () => 300)
    expect(told.slice(0, 40)).toEqual(Array.from({ length: 40 }, () => null))
    for (const [at, left] of told.slice(40).entries()) expect(left).toBeCloseTo((300 - 40 - at) / 10, 5)
  })

  it('does not guess while folders are still being listed', () => {
    const tallies = new Tallies()
    expect(new Set(play(tallies, 'a', 0, 300, (done) => 300 + done))).toEqual(new Set([null]))
    expect(tallies.sums().pace?.perSecond).toBeCloseTo(1e7, 0)
  })

  it('adds up the accounts, and says of whom it speaks while others are to come', () => {
    const tallies = new Tallies()
    tallies.note({ kind: 'account', account: 'a', toCome: 1 }, 0)
    play(tallies, 'a', 0, 100, () => 200)
    expect(tallies.sums().pace).toMatchObject({ items: 100, itemsKnown: 200, of: 'a' })
    tallies.note({ kind: 'account', account: 'b', toCome: 0 }, 10_000)
    expect(new Set(play(tallies, 'b', 10_000, 30, () => 30))).toEqual(new Set([null]))
    expect(tallies.sums().pace).toMatchObject({ items: 130, itemsKnown: 230, bytes: 130e6, of: null })
  })

  it('never goes back, though ever more becomes known, and counts each account for the same', () => {
    const tallies = new Tallies()
    const shares: (number | null)[] = []
    const tell = (account: string, done: number, known: number) => {
      const items = { done, total: known, itemsSoFar: done, itemsKnown: known }
      const at = { service: 'mail', account, collection: ['Inbox'] } as const
      tallies.note({ kind: 'items', ...at, ...items, bytesSoFar: done * 1e3, bytesKnown: known * 1e3 }, shares.length)
      shares.push(tallies.sums().pace?.share ?? null)
    }
    tallies.note({ kind: 'account', account: 'a', toCome: 1 }, 0)
    tell('a', 0, 0)
    tell('a', 50, 100)
    tell('a', 60, 200)
    tell('a', 200, 200)
    tallies.note({ kind: 'account', account: 'b', toCome: 0 }, 10)
    tell('b', 0, 0)
    tell('b', 1, 4)
    tell('b', 4, 4)
    expect(shares).toEqual([null, 0.25, 0.25, 0.5, 0.5, 0.625, 1])
    const rehearsal = new Tallies()
    const told = [3, 4, 1].map((done) => {
      rehearsal.note({ kind: 'items', done, known: 4 }, done)
      return rehearsal.sums().pace?.share
    })
    expect(told).toEqual([0.75, 1, 0.25])
  })

  it('says no share while so much more has become known that what it said no longer holds', () => {
    const tallies = new Tallies()
    const told = (done: number, known: number) => {
      const items = { done, total: known, itemsSoFar: done, itemsKnown: known, bytesSoFar: 0, bytesKnown: 0 }
      tallies.note({ kind: 'items', account: 'a', service: 'mail', collection: ['Inbox'], ...items }, done)
      return tallies.sums().pace?.share
    }
    expect(told(10, 10)).toBe(1)
    expect(told(10, 40_010)).toBe(null)
    expect(told(39_000, 40_010)).toBe(null)
    expect(told(40_010, 40_010)).toBe(1)
    // Something else has begun.
    expect(told(4_000, 10_000)).toBe(0.4)
    expect(told(5_000, 20_000)).toBe(0.4)
    expect(told(5_000, 40_000)).toBe(null)
    expect(told(15_000, 40_000)).toBe(null)
    expect(told(18_000, 40_000)).toBe(0.45)
  })
})
