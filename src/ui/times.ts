/** Times as people say them. */
import type { AccountProof } from '../api/contract.ts'
import type { Words } from './context.tsx'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** `3 hours ago`; older than a week: the date. `time`: RFC 3339, null for never. */
export function ago({ t, date }: Words, time: string | null, now: string): string {
  if (time === null) return t('time.never')
  const passed = Math.max(0, Date.parse(now) - Date.parse(time))
  if (passed < 2 * minute) return t('time.now')
  if (passed < hour) return t('time.minutes', { n: Math.floor(passed / minute) })
  const days = midnightsBetween(Date.parse(time), Date.parse(now))
  // Today has 25 hours where the clocks are set back.
  if (passed < day || days === 0) return t('time.hours', { n: Math.floor(passed / hour) })
  if (passed < 7 * day) return t('time.days', { n: days })
  return date(Date.parse(time))
}

/** So that "yesterday" is the day before today. */
function midnightsBetween(from: number, to: number): number {
  // Days in which the clocks are changed are an hour shorter or longer.
  return Math.round((new Date(to).setHours(0, 0, 0, 0) - new Date(from).setHours(0, 0, 0, 0)) / day)
}

/** `about 5 minutes`. */
export function span({ t }: Words, seconds: number): string {
  if (seconds < 60) return t('span.seconds')
  if (seconds < 5400) return t('span.minutes', { n: Math.round(seconds / 60) })
  return t('span.hours', { n: Math.round(seconds / 3600) })
}

/** A recovery time, with what it is without. */
export function recoverySpan(words: Words, seconds: number, untimed: AccountProof['untimed'] = []): string {
  const time = span(words, seconds)
  if (untimed.length === 0) return time
  const kinds = [...new Set(untimed)].map((service) => words.t(`service.${service}`)).join(', ')
  return words.t('span.without', { span: time, kinds })
}

/** `today at 09:00`, `Friday 09:00` when it is near, else the date. */
export function upcoming({ t, format, time: clock }: Words, time: string | null, now: string): string {
  if (time === null) return t('disk.byHand')
  const at = Date.parse(time)
  if (at <= Date.parse(now)) return t('disk.dueNow')
  const days = midnightsBetween(Date.parse(now), at)
  if (days < 2) return t(days === 0 ? 'time.today' : 'time.tomorrow', { time: clock(at) })
  return format(at, days < 7 ? { weekday: 'long', hour: '2-digit', minute: '2-digit' } : { dateStyle: 'long' })
}
