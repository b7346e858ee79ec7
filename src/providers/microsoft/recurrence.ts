/** Recurrences of Graph (`patternedRecurrence`) as rules of RFC 5545 section 3.3.10, and back. */
import type {
  DayOfWeek,
  PatternedRecurrence,
  RecurrencePattern,
  RecurrenceRange,
  WeekIndex,
} from '@microsoft/microsoft-graph-types'
import type { RecurrenceRule } from '../../formats/recurrence.ts'

const weekdays: readonly DayOfWeek[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const shortDays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA']
const indexes: Readonly<Record<WeekIndex, number>> = { first: 1, second: 2, third: 3, fourth: 4, last: -1 }

/**
 * @param until what UNTIL is to say of the last day (`2025-12-31`)
 * @returns null where Graph says something that is not documented
 */
export function ruleOf({ pattern, range }: PatternedRecurrence, until: (lastDay: string) => string | null): string | null {
  const parts = pattern ? patternParts(pattern) : null
  if (!parts || !range) return null
  if (pattern?.interval && pattern.interval > 1) parts.splice(1, 0, `INTERVAL=${pattern.interval}`)
  if (range.type === 'numbered' && range.numberOfOccurrences) parts.push(`COUNT=${range.numberOfOccurrences}`)
  if (range.type === 'endDate') {
    const last = until(range.endDate ?? '')
    if (last === null) return null
    parts.push(`UNTIL=${last}`)
  }
  return parts.join(';')
}

function patternParts(pattern: RecurrencePattern): string[] | null {
  const { type, month, dayOfMonth } = pattern
  const days = (pattern.daysOfWeek ?? []).map((day) => shortDays[weekdays.indexOf(day)] ?? '').filter((day) => day !== '')
  const start = shortDays[weekdays.indexOf(pattern.firstDayOfWeek ?? 'sunday')] ?? 'SU'
  switch (type) {
    case 'daily':
      return ['FREQ=DAILY']
    case 'weekly':
      return days.length === 0 ? null : ['FREQ=WEEKLY', `BYDAY=${days.join(',')}`, `WKST=${start}`]
    case 'absoluteMonthly':
      return dayOfMonth ? ['FREQ=MONTHLY', ...monthDay(dayOfMonth)] : null
    case 'relativeMonthly':
      return days.length === 0 ? null : ['FREQ=MONTHLY', ...nthOf(days, pattern.index)]
    case 'absoluteYearly':
      return dayOfMonth && month ? ['FREQ=YEARLY', `BYMONTH=${month}`, ...monthDay(dayOfMonth)] : null
    case 'relativeYearly':
      return days.length === 0 || !month ? null : ['FREQ=YEARLY', `BYMONTH=${month}`, ...nthOf(days, pattern.index)]
    default:
      return null
  }
}

/**
 * In a month that is too short Outlook takes its last day ([MS-OXOCAL] section 2.2.1.44.1.4.4); RFC 5545 leaves it out. A rule
 * with BYSETPOS could say so for the 29th and 30th, but a widely used reader makes more days of it: there February goes.
 */
function monthDay(day: number): string[] {
  return [`BYMONTHDAY=${day >= 31 ? -1 : day}`]
}

/** "If daysOfWeek specifies more than one day, the event falls on the first day that satisfies the pattern." */
function nthOf(days: readonly string[], index: WeekIndex | null | undefined): string[] {
  const nth = indexes[index ?? 'first']
  return days.length === 1 ? [`BYDAY=${nth}${days[0]}`] : [`BYDAY=${days.join(',')}`, `BYSETPOS=${nth}`]
}

/**
 * @param start the first day, `2025-03-04`
 * @param lastDay the day that UNTIL means, null where it means none
 * @param zone Windows name of that in which the days are meant
 * @returns null for a rule that Outlook cannot keep
 */
export function recurrenceOf(
  rule: RecurrenceRule,
  start: string,
  lastDay: string | null,
  zone: string,
): PatternedRecurrence | null {
  const { seconds, minutes, hours, yearDays, weeks } = rule
  if ([seconds, minutes, hours, yearDays, weeks].some((list) => list.length > 0)) return null
  const pattern = patternOf(rule, start)
  if (pattern === null) return null
  const range: RecurrenceRange = { startDate: start, recurrenceTimeZone: zone, type: 'noEnd' }
  if (rule.count !== null) Object.assign(range, { type: 'numbered', numberOfOccurrences: rule.count })
  else if (lastDay !== null) Object.assign(range, { type: 'endDate', endDate: lastDay })
  return { pattern: { ...pattern, interval: rule.interval }, range }
}

function patternOf(rule: RecurrenceRule, start: string): RecurrencePattern | null {
  const [year = 0, month = 0, day = 0] = start.split('-').map(Number)
  const weekday = weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? 'sunday'
  const named = rule.days.map((one) => weekdays[one.weekday] ?? 'sunday')
  switch (rule.frequency) {
    case 'DAILY':
    case 'WEEKLY':
      return inWeek(rule, named, weekday)
    case 'MONTHLY':
      return rule.months.length === 0 ? inMonth(rule, named, day, 'Monthly') : null
    case 'YEARLY': {
      if (rule.months.length > 1 || (rule.months.length === 0 && rule.days.length > 0)) return null
      const inYear = inMonth(rule, named, day, 'Yearly')
      return inYear === null ? null : { ...inYear, month: rule.months[0] ?? month }
    }
    default:
      return null
  }
}

function inWeek(rule: RecurrenceRule, named: DayOfWeek[], weekday: DayOfWeek): RecurrencePattern | null {
  const isPlain = rule.days.every(({ nth }) => nth === 0) && rule.positions.length === 0
  if (!isPlain || rule.months.length > 0 || rule.monthDays.length > 0) return null
  if (rule.frequency === 'WEEKLY') return weekly(named.length === 0 ? [weekday] : named, rule)
  if (named.length === 0) return { type: 'daily' }
  return rule.interval === 1 ? weekly(named, rule) : null
}

function weekly(daysOfWeek: DayOfWeek[], { weekStart }: RecurrenceRule): RecurrencePattern {
  return { type: 'weekly', daysOfWeek, firstDayOfWeek: weekdays[weekStart] ?? 'monday' }
}

function inMonth(rule: RecurrenceRule, named: DayOfWeek[], day: number, kind: 'Monthly' | 'Yearly'): RecurrencePattern | null {
  if (rule.days.length > 0) return rule.monthDays.length > 0 ? null : relative(rule, named, `relative${kind}`)
  const [first = day, ...others] = rule.monthDays
  if (others.length > 0 || rule.positions.length > 0 || first < -1) return null
  return { type: `absolute${kind}`, dayOfMonth: first === -1 ? 31 : first }
}

/** Whether Outlook puts it on the last day of months that are too short, where the rule leaves these out. */
export function isClamped({ frequency, days, monthDays }: RecurrenceRule, start: string): boolean {
  const [day = Number(start.slice(8))] = monthDays
  return /^(?:MONTHLY|YEARLY)$/.test(frequency) && days.length === 0 && day > 28
}

function relative(
  rule: RecurrenceRule,
  daysOfWeek: DayOfWeek[],
  type: 'relativeMonthly' | 'relativeYearly',
): RecurrencePattern | null {
  const [only] = rule.days
  const isSingle = rule.days.length === 1 && rule.positions.length === 0
  const areAny = rule.days.every(({ nth }) => nth === 0) && rule.positions.length === 1
  const nth = isSingle ? only?.nth : areAny ? rule.positions[0] : undefined
  const index = (Object.keys(indexes) as WeekIndex[]).find((name) => indexes[name] === nth)
  return index === undefined ? null : { type, daysOfWeek, index }
}
