/**
 * Recurrence rules (RFC 5545 section 3.3.10) on wall clock times. Every rule comes to its end, whatever it asks for: nobody
 * waits for the 30th of February.
 */
import { civilDate, dayNumber, monthLength, weekday, yearLength } from './days.ts'

const frequencies = ['SECONDLY', 'MINUTELY', 'HOURLY', 'DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const
type Frequency = (typeof frequencies)[number]

interface ByDay {
  /** 0: Sunday. */
  readonly weekday: number
  /** The n-th in the month or year, negative from its end; 0: each. */
  readonly nth: number
}

export interface RecurrenceRule {
  readonly frequency: Frequency
  readonly interval: number
  readonly count: number | null
  /** As it stands. */
  readonly until: string | null
  readonly weekStart: number
  readonly seconds: readonly number[]
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  readonly days: readonly ByDay[]
  readonly monthDays: readonly number[]
  readonly yearDays: readonly number[]
  readonly weeks: readonly number[]
  readonly months: readonly number[]
  readonly positions: readonly number[]
}

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']
const daySeconds = 86_400
/** Times looked at for one rule at most. */
const budget = 2_000_000

/** Null for what is no rule, or has values out of their range. */
export function parseRule(text: string): RecurrenceRule | null {
  const parts = new Map(
    text.split(';').map((part): [string, string] => {
      const [name = '', value = ''] = part.split('=')
      return [name.trim().toUpperCase(), value.trim().toUpperCase()]
    }),
  )
  const frequency = frequencies.find((one) => one === parts.get('FREQ'))
  const numbers = (name: string, least: number, most: number, signed = false) =>
    (parts.get(name)?.split(',') ?? []).map((value) => (isWithin(value, least, most, signed) ? Number(value) : Number.NaN))
  const [interval = 1] = numbers('INTERVAL', 1, 1e9)
  const [count = null] = numbers('COUNT', 0, 1e9)
  const lists = {
    seconds: numbers('BYSECOND', 0, 60).map((second) => Math.min(second, 59)),
    minutes: numbers('BYMINUTE', 0, 59),
    hours: numbers('BYHOUR', 0, 23),
    monthDays: numbers('BYMONTHDAY', 1, 31, true),
    yearDays: numbers('BYYEARDAY', 1, 366, true),
    weeks: numbers('BYWEEKNO', 1, 53, true),
    months: numbers('BYMONTH', 1, 12),
    positions: numbers('BYSETPOS', 1, 366, true),
  }
  const days = (parts.get('BYDAY')?.split(',') ?? []).map(parseDay)
  const isBad = [interval, count ?? 1, ...Object.values(lists).flat()].some(Number.isNaN) || days.includes(null)
  if (frequency === undefined || isBad) return null
  const weekStart = Math.max(0, weekdays.indexOf(parts.get('WKST') ?? 'MO'))
  const sound = days.filter((day) => day !== null)
  return { frequency, interval, count, until: parts.get('UNTIL') ?? null, weekStart, ...lists, days: sound }
}

function isWithin(value: string, least: number, most: number, signed: boolean): boolean {
  if (!(signed ? /^[+-]?\d{1,10}$/ : /^\d{1,10}$/).test(value)) return false
  const size = Math.abs(Number(value))
  return size >= least && size <= most
}

function parseDay(text: string): ByDay | null {
  const [, nth = '0', name = ''] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text.trim()) ?? []
  const number = weekdays.indexOf(name)
  return number < 0 || Math.abs(Number(nth)) > 53 ? null : { weekday: number, nth: Number(nth) }
}

export interface Recurrences {
  /** Wall clock times as seconds since 1970-01-01T00:00:00 of the same clock, ascending. */
  readonly times: readonly number[]
  /** There are more than were asked for. */
  readonly more: boolean
}

/**
 * `start`: DTSTART on the wall clock, which is part of the answer only where the rule says so. `until`: the last time that counts
 * (the rule's own, as a wall clock time), or null. `horizon`: no later ones are wanted. `most`: nor more of them.
 */
export function recurrences(
  rule: RecurrenceRule,
  start: number,
  until: number | null,
  horizon: number,
  most: number,
): Recurrences {
  const times: number[] = []
  const count = rule.count ?? Number.POSITIVE_INFINITY
  let counted = 0
  let looked = 0
  for (const period of periods(rule, start, Math.min(until ?? horizon, horizon))) {
    for (const time of period.filter((one) => one >= start)) {
      if (counted++ >= count || (until !== null && time > until)) return { times, more: false }
      if (time > horizon || times.length >= most) return { times, more: true }
      times.push(time)
    }
    if (counted >= count) return { times, more: false }
    looked += 1 + period.length
    if (looked > budget) return { times, more: true }
  }
  return { times, more: until === null || until > horizon }
}

/** The times of each period (a year, a month, … an hour) in which the rule asks for any, in order. */
function* periods(rule: RecurrenceRule, start: number, last: number): Generator<readonly number[]> {
  const unit = { SECONDLY: 1, MINUTELY: 60, HOURLY: 3600 }[rule.frequency as string]
  if (unit !== undefined) {
    yield* shortPeriods(rule, start, last, unit)
    return
  }
  const startDay = Math.floor(start / daySeconds)
  const clock = clockTimes(rule, start - startDay * daySeconds)
  const full = withDefaults(rule, startDay)
  for (const days of dayPeriods(full, startDay, Math.floor(last / daySeconds))) {
    const times = days.flatMap((day) => clock.map((time) => day * daySeconds + time))
    yield atPositions(times, rule.positions)
  }
}

function atPositions(times: readonly number[], positions: readonly number[]): readonly number[] {
  if (positions.length === 0) return times
  const chosen = positions.flatMap((position) => times.at(position > 0 ? position - 1 : position) ?? [])
  return [...new Set(chosen)].sort((a, b) => a - b)
}

/** Times of the day. */
function clockTimes({ hours, minutes, seconds }: RecurrenceRule, time: number): readonly number[] {
  const all: number[] = []
  for (const hour of hours.length > 0 ? hours : [Math.floor(time / 3600)])
    for (const minute of minutes.length > 0 ? minutes : [Math.floor(time / 60) % 60])
      for (const second of seconds.length > 0 ? seconds : [time % 60]) all.push(hour * 3600 + minute * 60 + second)
  return [...new Set(all)].sort((a, b) => a - b)
}

/** What a rule leaves open, the start decides. */
function withDefaults(rule: RecurrenceRule, startDay: number): RecurrenceRule {
  const { month, day } = civilDate(startDay)
  const { frequency, days, monthDays, yearDays, weeks, months } = rule
  const isOpen = days.length + monthDays.length + yearDays.length + weeks.length === 0
  if (frequency === 'WEEKLY' && days.length === 0) return { ...rule, days: [{ weekday: weekday(startDay), nth: 0 }] }
  if (frequency === 'MONTHLY' && isOpen) return { ...rule, monthDays: [day] }
  if (frequency !== 'YEARLY') return rule
  if (weeks.length > 0 && days.length === 0 && monthDays.length + yearDays.length === 0)
    return { ...rule, days: [{ weekday: weekday(startDay), nth: 0 }] }
  if (isOpen) return { ...rule, monthDays: [day], months: months.length > 0 ? months : [month] }
  return rule
}

function* dayPeriods(rule: RecurrenceRule, startDay: number, lastDay: number): Generator<readonly number[]> {
  const { interval } = rule
  const { year, month } = civilDate(startDay)
  const lastYear = civilDate(lastDay).year
  switch (rule.frequency) {
    case 'YEARLY':
      for (let y = year; y <= lastYear; y += interval) yield daysWithin(rule, dayNumber(y, 1, 1), yearLength(y))
      return
    case 'MONTHLY':
      for (let m = year * 12 + month - 1; m <= lastYear * 12 + 11; m += interval) {
        const [y, inYear] = [Math.floor(m / 12), (m % 12) + 1]
        yield daysWithin(rule, dayNumber(y, inYear, 1), monthLength(y, inYear))
      }
      return
    case 'WEEKLY': {
      const week = startDay - ((weekday(startDay) - rule.weekStart + 7) % 7)
      for (let day = week; day <= lastDay; day += 7 * interval) yield daysWithin(rule, day, 7)
      return
    }
    default:
      for (let day = startDay; day <= lastDay; day += interval) yield daysWithin(rule, day, 1)
  }
}

function daysWithin(rule: RecurrenceRule, first: number, length: number): readonly number[] {
  const days: number[] = []
  for (let day = first; day < first + length; day++) if (isWanted(rule, day)) days.push(day)
  return days
}

function isWanted(rule: RecurrenceRule, dayNumberOfIt: number): boolean {
  const { months, weeks, yearDays, monthDays, days } = rule
  const { year, month, day } = civilDate(dayNumberOfIt)
  if (months.length > 0 && !months.includes(month)) return false
  if (monthDays.length > 0 && !monthDays.includes(day) && !monthDays.includes(day - monthLength(year, month) - 1)) return false
  if (yearDays.length > 0) {
    const inYear = dayNumberOfIt - dayNumber(year, 1, 1) + 1
    if (!yearDays.includes(inYear) && !yearDays.includes(inYear - yearLength(year) - 1)) return false
  }
  if (weeks.length > 0 && !isInWeeks(rule, dayNumberOfIt, year)) return false
  return days.length === 0 || days.some((one) => isDay(rule, one, dayNumberOfIt))
}

/** Weeks are numbered within the year in which most of their days lie. */
function isInWeeks({ weeks, weekStart }: RecurrenceRule, dayNumberOfIt: number, year: number): boolean {
  const isBefore = dayNumberOfIt < firstWeek(year, weekStart)
  const isAfter = dayNumberOfIt >= firstWeek(year + 1, weekStart)
  const weekYear = isBefore ? year - 1 : isAfter ? year + 1 : year
  const first = firstWeek(weekYear, weekStart)
  const number = Math.floor((dayNumberOfIt - first) / 7) + 1
  const count = Math.round((firstWeek(weekYear + 1, weekStart) - first) / 7)
  return weeks.includes(number) || weeks.includes(number - count - 1)
}

/** The day on which week 1 begins. */
function firstWeek(year: number, weekStart: number): number {
  const newYear = dayNumber(year, 1, 1)
  const offset = (weekday(newYear) - weekStart + 7) % 7
  return offset <= 3 ? newYear - offset : newYear - offset + 7
}

function isDay({ frequency, months, weeks }: RecurrenceRule, wanted: ByDay, dayNumberOfIt: number): boolean {
  if (weekday(dayNumberOfIt) !== wanted.weekday) return false
  const { year, month } = civilDate(dayNumberOfIt)
  const isOfMonth = frequency === 'MONTHLY' || (frequency === 'YEARLY' && months.length > 0)
  const isCounted = frequency === 'MONTHLY' || (frequency === 'YEARLY' && weeks.length === 0)
  if (wanted.nth === 0 || !isCounted) return true
  const first = isOfMonth ? dayNumber(year, month, 1) : dayNumber(year, 1, 1)
  const length = isOfMonth ? monthLength(year, month) : yearLength(year)
  const at = dayNumberOfIt - first
  return wanted.nth > 0 ? Math.floor(at / 7) + 1 === wanted.nth : Math.floor((length - 1 - at) / 7) + 1 === -wanted.nth
}

/** Hours, minutes and seconds: day by day, and of a day only what the rule lets through. */
function* shortPeriods(rule: RecurrenceRule, start: number, last: number, unit: number): Generator<readonly number[]> {
  const step = unit * rule.interval
  const { hours, minutes, seconds, positions } = rule
  const inMinute = seconds.length > 0 ? [...new Set(seconds)].sort((a, b) => a - b) : [start % 60]
  const inHour = minutes.length > 0 ? [...new Set(minutes)].sort((a, b) => a - b) : [Math.floor(start / 60) % 60]
  const within =
    unit === 1 ? [0] : unit === 60 ? inMinute : inHour.flatMap((minute) => inMinute.map((second) => minute * 60 + second))
  const isOpen = (time: number) =>
    (hours.length === 0 || hours.includes(Math.floor(time / 3600) % 24)) &&
    (unit === 3600 || minutes.length === 0 || minutes.includes(Math.floor(time / 60) % 60)) &&
    (unit !== 1 || seconds.length === 0 || seconds.includes(time % 60))
  const first = Math.floor(start / unit) * unit
  for (let time = first; time <= last; time += step) {
    const day = Math.floor(time / daySeconds)
    if (!isWanted(rule, day)) {
      // On to the next day, in steps.
      time += Math.max(0, Math.ceil(((day + 1) * daySeconds - time) / step) - 1) * step
      yield []
    } else if (isOpen(((time % daySeconds) + daySeconds) % daySeconds))
      yield atPositions(
        within.map((offset) => time + offset),
        positions,
      )
    else yield []
  }
}
