/** What a person reads about a job on its way, and about times. */
import { expect, it } from 'vitest'
import type { Job, Pace } from '../../src/api/desktop/contract.ts'
import { phaseOf, shareOf } from '../../src/ui/phase.ts'
import { ago, upcoming } from '../../src/ui/times.ts'
import { words } from '../../src/ui/words.ts'
import { speechOf } from '../../src/viewer/page/language.ts'

const english = speechOf(words, 'en')
const pace: Pace = {
  ...{ items: 3, itemsKnown: 12, bytes: 25, bytesKnown: 100, perSecond: null, secondsLeft: null, share: 0.25, of: null },
}
const preparing = (change: Partial<Pace> | null): Job => ({
  ...{ id: '1', kind: 'backup', request: { vault: '/media/blue' }, state: 'running', paused: false, tally: [] },
  ...{ started: '2026-11-25T12:00:00Z', ended: null, report: null, failure: null },
  progress: { kind: 'viewer', documents: 1 },
  pace: change === null ? null : { ...pace, ...change },
})
const seen = (job: Job) => [phaseOf(english, job), shareOf(job)]

it('says how far it is while pages are prepared beside it, and that they are prepared once nothing else is left', () => {
  expect(seen(preparing({}))).toEqual(['3 of 12', 0.25])
  const end = { items: 12, bytes: 100, share: 1 }
  expect(seen(preparing({ ...end, share: 0.5, of: 'bob@example.org' }))).toEqual(['12 of 12', 0.5])
  expect(seen(preparing(end))).toEqual(['Preparing the pages for looking inside …', null])
  expect(seen(preparing(null))).toEqual(['Preparing the pages for looking inside …', null])
})

it('says yesterday of the day before today only', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString()
  const now = at(25, 10)
  expect(ago(english, at(23, 20), now)).toBe('2 days ago')
  expect(ago(english, at(24, 9), now)).toBe('yesterday')
  expect(ago(english, at(24, 11), now)).toBe('23 hours ago')
  expect(ago(english, at(19, 10), now)).toBe('6 days ago')
})

it('says no days of a day on which the clocks are set back', () => {
  const zone = process.env.TZ
  process.env.TZ = 'Europe/Berlin'
  try {
    const end = '2026-10-25T23:30:00+01:00'
    expect(ago(english, '2026-10-25T00:10:00+02:00', end)).toBe('24 hours ago')
    expect(ago(english, '2026-10-24T23:50:00+02:00', end)).toBe('yesterday')
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})

it('says today and tomorrow of what is to come, then the day of the week, then the date', () => {
  const at = (day: number, hour: number) => new Date(2026, 10, day, hour).toISOString()
  const now = at(25, 10)
  const said = (day: number, hour: number) => upcoming(english, at(day, hour), now)
  expect([said(25, 9), said(25, 23), said(26, 1)]).toEqual(['now', 'today at 23:00', 'tomorrow at 01:00'])
  expect(said(27, 9)).toMatch(/^Friday.*09:00$/)
  expect(said(28 + 4, 9)).toBe('2 December 2026')
})
