import { expect, it } from 'vitest'
import { oneByOne } from '../../src/core/one-by-one.ts'

it('runs once at a time, once more for all who asked meanwhile, and on after a failure', async () => {
  const runs: PromiseWithResolvers<void>[] = []
  const ask = oneByOne(() => {
    const run = Promise.withResolvers<void>()
    runs.push(run)
    return run.promise
  })
  ask()
  ask()
  ask()
  expect(runs).toHaveLength(1)
  runs[0]?.reject(new Error('no answer'))
  await expect.poll(() => runs).toHaveLength(2)
  runs[1]?.resolve()
  // Nobody asked since.
  await new Promise((resolve) => setImmediate(resolve))
  expect(runs).toHaveLength(2)
  ask()
  expect(runs).toHaveLength(3)
})
