import { expect, it } from 'vitest'
import { withPatience } from '../../src/vault/patience.ts'

/** Fails so often, and then works. */
function failing(code: string, times: number) {
  let calls = 0
  return async () => {
    if (++calls <= times) throw Object.assign(new Error(code), { code })
    return calls
  }
}

it('a file that a virus scanner holds for a moment is waited for, where the system knows such a thing', async () => {
  const pauses: number[] = []
  const sleep = async (ms: number) => void pauses.push(ms)
  expect(await withPatience(failing('EPERM', 3), true, sleep)).toBe(4)
  expect(await withPatience(failing('EBUSY', 1), true, sleep)).toBe(2)
  expect(pauses).toEqual([10, 20, 40, 10])
  await expect(withPatience(failing('EACCES', 100), true, sleep)).rejects.toMatchObject({ code: 'EACCES' })
  const waited = pauses.slice(4).reduce((sum, ms) => sum + ms, 0)
  expect(waited).toBeGreaterThan(5_000)
  expect(waited).toBeLessThan(20_000)
  pauses.length = 0
  await expect(withPatience(failing('ENOSPC', 1), true, sleep)).rejects.toMatchObject({ code: 'ENOSPC' })
  await expect(withPatience(failing('EPERM', 1), false, sleep)).rejects.toMatchObject({ code: 'EPERM' })
  expect(pauses).toEqual([])
})
