import { describe, expect, it } from 'vitest'
import { Life, mail, shelves } from './random-life.ts'

const seeds = Array.from({ length: 12 }, (_, n) => n + 1)

describe.each([
  ['mail', mail],
  ['contacts, calendars and files', shelves],
] as const)('%s of an account that changes, on a disk that fails', (_, subjectOf) => {
  it.each(seeds)('life %i', async (seed) => {
    const life = new Life(seed, subjectOf)
    await life.live(6)
    expect(life.problems).toEqual([])
  })
})
