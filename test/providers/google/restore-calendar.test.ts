import { describe, expect, it } from 'vitest'
import { ApiError } from '../../emulators/google/api.ts'
import { documentedErrors } from '../../emulators/google/faults.ts'
import { eventKinds } from '../../fixtures/google-events.ts'
import { eventsOf, fill, sums, twoAccounts } from './two-accounts.ts'

/** Events that cannot become what they were, and what is said of it. */
const unequal: Readonly<Record<string, readonly unknown[]>> = {
  occurrenceAlone: [expect.stringContaining('stands alone now')],
}

describe('a restore of events to Google', () => {
  const two = twoAccounts()

  it.each(['instances', 'update', 'patch'])(
    'finishes series whose restore broke off at events.%s, says so, and then finds them whole',
    async (method) => {
      fill(two.alice)
      const { primary } = two.alice.user.calendar
      for (const [id, { event }] of primary.events)
        if (event.recurrence) primary.edit(id, { extendedProperties: { private: { ours: 'kept' } } })
      await two.saved()
      const events = { selection: { services: ['calendar'] } } as const
      const refused = { kind: 'error', error: documentedErrors.dailyLimitExceeded() } as const
      two.alice.emulator.faults.always(new RegExp(`events\\.${method}`), refused)
      const broken = await two.restore(events)
      expect(broken.collections.reduce((sum, { created }) => sum + created, 0)).toBeLessThan(3)
      expect(eventsOf(two.bob)).not.toEqual(eventsOf(two.alice))
      two.alice.emulator.faults.clear()
      const before = JSON.stringify([...two.bob.user.calendar.primary.events])
      expect(JSON.stringify(await two.restore({ ...events, dryRun: true }))).toContain(
        'It is there in part; what is missing would be added.',
      )
      expect(JSON.stringify([...two.bob.user.calendar.primary.events])).toBe(before)
      // Also on a computer that knows nothing of the first time.
      const report = await two.restore({ ...events, stateFolder: null })
      expect(JSON.stringify(report)).toContain('It was there in part; what was missing was added.')
      expect([sums(report)[2], sums(report)[3]]).toEqual([0, 0])
      expect(eventsOf(two.bob)).toEqual(eventsOf(two.alice))
      expect(JSON.stringify([...two.bob.user.calendar.primary.events])).not.toMatch(/lifeboat/i)
      expect(sums(await two.restore(events))).toEqual([0, 3, 0, 0])
    },
  )

  it('finishes a series that was to replace another one, or to be kept beside it', async () => {
    fill(two.alice)
    await two.saved()
    const events = { selection: { services: ['calendar'] } } as const
    await two.restore(events)
    const { primary } = two.bob.user.calendar
    const [series] = [...primary.events].find(([, { event }]) => event.recurrence) ?? ['']
    const refused = { kind: 'error', error: documentedErrors.dailyLimitExceeded() } as const
    for (const conflict of ['keep-both', 'replace'] as const) {
      primary.edit(series, { summary: 'Stand-up' })
      two.alice.emulator.faults.always(/events\.instances/, refused)
      await two.restore({ ...events, conflict })
      two.alice.emulator.faults.clear()
      expect(JSON.stringify(await two.restore({ ...events, conflict }))).toContain(
        'It was there in part; what was missing was added.',
      )
      expect(sums(await two.restore({ ...events, conflict }))).toEqual([0, 3, 0, 0])
    }
    expect(JSON.stringify([...primary.events])).not.toContain('lifeboatUnfinished')
  })

  it.each(Object.keys(eventKinds).filter((kind) => kind !== 'bare'))('restores an event to an equal one: %s', async (kind) => {
    const series = (eventKinds[kind] ?? []).map((event) => event.iCalUID)
    for (const event of eventKinds[kind] ?? []) two.alice.user.calendar.primary.put(event)
    await two.saved()
    const report = await two.restore()
    const [created] = sums(report)
    expect(created).toBe(new Set(series.filter((uid) => uid)).size)
    const lost = report.losses.flatMap(({ texts }) => texts)
    expect(lost).toEqual(unequal[kind] ?? [])
    if (lost.length === 0) expect(eventsOf(two.bob)).toEqual(eventsOf(two.alice))
    expect(sums(await two.restore({ stateFolder: null }))[0]).toBe(0)
  })

  it.each([400, 403])('makes an ordinary event of one that Google does not make there (HTTP %d)', async (status) => {
    const times = { start: { dateTime: '2025-03-04T09:00:00Z' }, end: { dateTime: '2025-03-04T17:00:00Z' } }
    two.alice.user.calendar.primary.put({ summary: 'Away', eventType: 'outOfOffice', ...times })
    await two.saved()
    const error = new ApiError(status, 'eventTypeRestriction', 'Out of office events are not available to this account.')
    two.alice.emulator.faults.next(/events\.insert/, { kind: 'error', error })
    const report = await two.restore()
    expect(sums(report)).toEqual([1, 0, 0, 0])
    expect(report.losses.flatMap(({ texts }) => texts)).toContain(
      'Google makes no event of this kind here (outOfOffice): it is an ordinary one now.',
    )
    expect(JSON.stringify(eventsOf(two.bob))).toContain('Away')
    expect(two.alice.emulator.faults.left).toBe(0)
  })
})
