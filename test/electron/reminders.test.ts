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

const problemOf = (code: string) => ({ code, title: 'Title', message: `Said of ${code}.`, advice: '' })
const homeWith = (accounts: readonly (readonly [id: string, code: string, daysAgo: number | null])[]) => {
  const now = Date.parse('2026-11-25T12:00:00Z')
  return {
    ...{
      verdict: { reason: 'last-failed', account: 'anna' },
      disks: [],
      settings: { language: 'en' },
      now: new Date(now).toISOString(),
    },
    accounts: accounts.map(([id, code, days]) => ({
      ...{ id, heldBack: 0, problem: problemOf(code) },
      safeAsOf: days === null ? null : new Date(now - days * 86_400_000).toISOString(),
    })),
  } as unknown as Home
}

it.each([
  ['a computer without a network, saved yesterday', 'network', 1, 0],
  ['a provider that asks to wait, saved a week ago', 'rate-limit', 7, 0],
  ['a computer without a network, saved eight days ago', 'network', 8, 1],
  ['a computer without a network, never saved', 'network', null, 1],
  ['a sign-in that was refused, saved yesterday', 'auth', 1, 1],
])('calls somebody only where somebody is needed: %s', async (_, code, days, count) => {
  const { remindersOf } = await import('../../electron/reminders.ts')
  expect(remindersOf(homeWith([['anna', code, days]]))).toHaveLength(count)
})

it('tells once what keeps several accounts from being saved', async () => {
  const { remindersOf } = await import('../../electron/reminders.ts')
  const reminders = remindersOf(
    homeWith([
      ['anna', 'disk-full', 1],
      ['bob', 'disk-full', 1],
      ['cleo', 'auth', 1],
    ]),
  )
  expect(reminders.map(({ body, route }) => [body, route])).toEqual([
    ['Said of disk-full.', '#/home'],
    ['cleo: Said of auth.', '#/home?at=account-cleo'],
  ])
})
