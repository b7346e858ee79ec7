import { describe, expect, it } from 'vitest'
import { daysSince, dueAt, isDue } from '../../src/engine/schedule.ts'

const now = new Date('2026-11-25T12:00:00Z')
const well = (lastSuccess: string | null) => ({ lastSuccess, lastAttempt: lastSuccess, failures: 0, stopped: false })

describe('what is due', () => {
  it('is due at once where there never was a backup', () => {
    expect(isDue('day', well(null), now)).toBe(true)
    expect(isDue('never', well(null), now)).toBe(false)
    expect(dueAt('never', well(null), now)).toBeNull()
  })

  it('counts from the last success, so that a computer that was off catches up', () => {
    expect(isDue('day', well('2026-11-24T11:00:00Z'), now)).toBe(true)
    expect(isDue('day', well('2026-11-25T02:00:00Z'), now)).toBe(false)
    expect(isDue('week', well('2026-11-20T12:00:00Z'), now)).toBe(false)
    expect(isDue('week', well('2026-11-01T12:00:00Z'), now)).toBe(true)
  })

  it('does not make somebody wait who comes a little earlier than yesterday', () => {
    expect(isDue('day', well('2026-11-24T12:30:00Z'), now)).toBe(true)
  })

  it('tries again after a failure, with longer and longer pauses, but every day', () => {
    const failed = (failures: number) => ({ lastSuccess: null, lastAttempt: '2026-11-25T11:30:00Z', failures, stopped: false })
    expect(dueAt('day', failed(1), now)?.toISOString()).toBe('2026-11-25T12:30:00.000Z')
    expect(dueAt('day', failed(3), now)?.toISOString()).toBe('2026-11-25T15:30:00.000Z')
    expect(dueAt('day', failed(40), now)?.toISOString()).toBe('2026-11-26T11:30:00.000Z')
  })

  it('leaves a person in peace for some hours who stopped it', () => {
    const stopped = { lastSuccess: null, lastAttempt: '2026-11-25T11:30:00Z', failures: 0, stopped: true }
    expect(dueAt('day', stopped, now)?.toISOString()).toBe('2026-11-25T17:30:00.000Z')
  })

  it('is not put off by a clock that was years ahead at the last backup, nor done over and over', () => {
    const ahead = '2031-01-01T00:00:00Z'
    expect(isDue('day', well(ahead), now)).toBe(true)
    // The disk still names the future; that it was backed up to today is known here.
    const since = { ...well(ahead), lastAttempt: '2026-11-25T11:59:00Z' }
    const hours = Array.from({ length: 48 }, (_, n) => n).filter((n) =>
      isDue('day', since, new Date(now.getTime() + n * 3_600_000)),
    )
    expect(hours[0]).toBe(23)
    expect(dueAt('day', { ...since, failures: 1 }, now)?.toISOString()).toBe('2026-11-25T12:59:00.000Z')
    expect(isDue('day', { ...well(ahead), failures: 3 }, now)).toBe(true)
  })

  it('takes the other computer at its word whose clock is some minutes ahead', () => {
    expect(isDue('day', { ...well('2026-11-25T12:20:00Z'), lastAttempt: null }, now)).toBe(false)
  })

  it('counts whole days, never negative', () => {
    expect(daysSince('2026-11-17T11:00:00Z', now)).toBe(8)
    expect(daysSince('2026-11-26T11:00:00Z', now)).toBe(0)
    expect(daysSince(null, now)).toBeNull()
  })
})
