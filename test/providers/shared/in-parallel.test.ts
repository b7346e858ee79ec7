import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { inParallel } from '../../../src/providers/shared/in-parallel.ts'

const numbers = Array.from({ length: 60 }, (_, n) => n)

it('answers for every item also where all workers have to wait for a slow reader', async () => {
  const answered: number[] = []
  const answers = inParallel(
    numbers,
    8,
    async (n) => n,
    new AbortController().signal,
    () => 3 << 20,
  )
  for await (const answer of answers) {
    await setImmediate()
    answered.push(answer)
  }
  expect(answered.sort((a, b) => a - b)).toEqual(numbers)
})

it('holds no more in memory than a few answers, however slow the reader is', async () => {
  let made = 0
  let most = 0
  let read = 0
  const answers = inParallel(
    numbers,
    4,
    async (n) => {
      made++
      most = Math.max(most, made - read)
      return n
    },
    new AbortController().signal,
    () => 3 << 20,
  )
  for await (const _ of answers) {
    for (let n = 0; n < 5; n++) await setImmediate()
    read++
  }
  expect(read).toBe(numbers.length)
  expect(most).toBeLessThan(12)
})
