/** What a notification says, with the module `electron` left out. */
import { expect, it, vi } from 'vitest'
import type { Home, HomeAccount } from '../../src/api/desktop/contract.ts'

vi.mock('electron', () => ({ app: { getLocale: () => 'en' }, Notification: class {} }))

it.each([
  ['en', 'anna: suddenly gone at the provider: 1. All of it is kept.'],
  ['de', 'anna: beim Anbieter plötzlich fort: 1. Alles davon ist bewahrt.'],
] as const)('tells in %s of one item or of many, in a sentence that fits both', async (language, body) => {
  const { remindersOf } = await import('../../electron/reminders.ts')
  const home = {
    ...{ verdict: { reason: 'suddenly-gone', account: 'anna' }, disks: [], settings: { language } },
    accounts: [{ id: 'anna', problem: null, heldBack: 1 } as Partial<HomeAccount>],
  }
  expect(remindersOf(home as unknown as Home)).toMatchObject([{ body, route: '#/account?id=anna' }])
})
