/**
 * When the next backup is due. Computed from the last one that came to its end, so that a computer that was off, a disk that
 * was away and a run that failed all lead to a backup as soon as one is possible.
 */
export const everies = ['day', 'week', 'never'] as const
export type Every = (typeof everies)[number]

const hour = 3_600_000
const day = 24 * hour

/** A little less than the name says: who comes at the same hour every day must not be told to wait for minutes. */
const lengths: Readonly<Record<Every, number | null>> = { day: day - hour, week: 7 * day - hour, never: null }
/** After a failure it is tried again after one hour, then two, four and so on, but at least once a day. */
const firstPause = hour
const longestPause = day
/** Whoever stops a backup does not want it back in a minute. */
const stoppedPause = 6 * hour
/** Clocks of two computers may differ so much; a later time was never now, and is worth nothing. */
const clockTolerance = hour

export interface History {
  /** When the last backup that finished well ended; null where none did. RFC 3339, as all times here. */
  readonly lastSuccess: string | null
  /** When the last attempt ended, whatever came of it. */
  readonly lastAttempt: string | null
  /** Failures in a row since the last success. */
  readonly failures: number
  /** The last attempt was stopped by the person. */
  readonly stopped: boolean
}

/** Null: by hand only. A time that is past: now. */
export function dueAt(every: Every, history: History, now: Date): Date | null {
  const length = lengths[every]
  if (length === null) return null
  // What a clock said that was ahead by years must not put the next backup off for years.
  const credible = (time: string | null) => (time !== null && !isStillToCome(time, now) ? time : null)
  const after = (time: string | null, wait: number) => (time === null ? 0 : Math.min(Date.parse(time), now.getTime()) + wait)
  const lastAttempt = credible(history.lastAttempt)
  const isGood = history.failures === 0 && !history.stopped
  const lastSuccess = credible(history.lastSuccess) ?? (history.lastSuccess !== null && isGood ? lastAttempt : null)
  const pause = Math.min(firstPause * 2 ** Math.max(0, history.failures - 1), longestPause)
  const retry = isGood ? 0 : after(lastAttempt, history.stopped ? stoppedPause : pause)
  return new Date(Math.max(after(lastSuccess, length), retry))
}

/** As `dueAt`; never by hand only. */
export function isDue(every: Every, history: History, now: Date): boolean {
  const at = dueAt(every, history, now)
  return at !== null && at.getTime() <= now.getTime()
}

/** Days without a backup after which a person is reminded, and reminded more strongly. */
export const reminderDays = { first: 8, strong: 14 } as const

/** Whole days since then; null where there is no then. Never negative. */
export function daysSince(time: string | null, now: Date): number | null {
  return time === null ? null : Math.max(0, Math.floor((now.getTime() - Date.parse(time)) / day))
}

/** Whether the clock was wrong when this was noted, or is now. `time`: RFC 3339. */
export function isStillToCome(time: string, now: Date): boolean {
  return Date.parse(time) > now.getTime() + clockTolerance
}
