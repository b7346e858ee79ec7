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
  if (passed < day) return t('time.hours', { n: Math.floor(passed / hour) })
  if (passed < 7 * day) return t('time.days', { n: Math.floor(passed / day) })
  return date(Date.parse(time))
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

/** `Friday at 09:00` when it is near, else the date. */
export function upcoming({ t, format }: Words, time: string | null, now: string): string {
  if (time === null) return t('disk.byHand')
  const at = Date.parse(time)
  if (at <= Date.parse(now)) return t('disk.dueNow')
  const isNear = at - Date.parse(now) < 7 * day
  return format(at, isNear ? { weekday: 'long', hour: '2-digit', minute: '2-digit' } : { dateStyle: 'long' })
}
