/** VTIMEZONE (RFC 5545 section 3.6.5) of a zone of the time zone database, as the system knows it. */
import { contentLine, textValue } from './line-writer.ts'

/** Every change of the clocks from here to `lastYear` is written out; a rule tells of those after, where there is one. */
const firstYear = 1970
const lastYear = 2037
/** The rule begins here if it holds until `lastYear`. */
const ruleYear = 2027

interface Transition {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Minutes, before and after. */
  readonly from: number
  readonly to: number
}

const known = new Map<string, string | null>()

/** Null for a name that is in no database. The same text for the same zone in every event. */
export function vtimezone(tzid: string): string | null {
  const text = known.has(tzid) ? (known.get(tzid) ?? null) : written(tzid)
  known.set(tzid, text)
  return text
}

/** The local time of an instant: `20250304T101500`. */
export function localTime(at: number, tzid: string): string | null {
  const offset = offsetAt(formatFor(tzid), at)
  return offset === null ? null : stamp(at + offset * 60_000)
}

function written(tzid: string): string | null {
  const format = formatFor(tzid)
  if (format === null) return null
  const start = Date.UTC(firstYear, 0, 1)
  const initial = offsetAt(format, start)
  if (initial === null) return null
  const transitions = transitionsOf(format, start, Date.UTC(lastYear + 1, 0, 1))
  const rules = rulesOf(transitions)
  const single = rules === null ? transitions : transitions.filter(({ at, to }) => yearOf(at + to * 60_000) < ruleYear)
  const least = Math.min(
    initial,
    ...transitions.filter(({ at }) => yearOf(at) >= ruleYear - 1).flatMap(({ from, to }) => [from, to]),
  )
  const first: Transition = { at: start - initial * 60_000, from: initial, to: initial }
  const parts = [
    observance(first, 'STANDARD', [], null),
    ...groups(single).map((group) => observanceOf(group, least)),
    ...(rules ?? []).map(({ transition, rule }) => observance(transition, kindOf(transition, least), [], rule)),
  ]
  return `BEGIN:VTIMEZONE\r\n${contentLine('TZID', {}, textValue(tzid))}${parts.join('')}END:VTIMEZONE\r\n`
}

function formatFor(tzid: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: tzid, timeZoneName: 'longOffset', year: 'numeric' })
  } catch {
    return null
  }
}

/** Minutes east of UTC. Odd seconds of the years before 1972 are rounded. */
function offsetAt(format: Intl.DateTimeFormat | null, at: number): number | null {
  const name = format?.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value
  const [, sign, hours, minutes, seconds = '0'] = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name ?? '') ?? [null]
  if (name === undefined || sign === null) return null
  if (sign === undefined) return 0
  const offset = Number(hours) * 60 + Number(minutes) + Math.round(Number(seconds) / 60)
  return sign === '-' ? -offset : offset
}

function transitionsOf(format: Intl.DateTimeFormat, start: number, end: number): Transition[] {
  const found: Transition[] = []
  const step = 14 * 86_400_000
  let before = offsetAt(format, start) ?? 0
  for (let at = start; at < end; at += step) {
    // Two changes within a fortnight (Ramadan in Morocco is longer) are met one after the other.
    for (let next = offsetAt(format, at + step) ?? before; next !== before; ) {
      let low = at
      let high = at + step
      while (high - low > 60_000) {
        const middle = low + Math.floor((high - low) / 120_000) * 60_000
        if ((offsetAt(format, middle) ?? before) === before) low = middle
        else high = middle
      }
      const to = offsetAt(format, high) ?? before
      found.push({ at: high, from: before, to })
      before = to
      next = offsetAt(format, at + step) ?? before
    }
  }
  return found
}

/** The yearly rules that hold from `ruleYear` on; null where the clocks follow none. */
function rulesOf(transitions: readonly Transition[]): { readonly transition: Transition; readonly rule: string }[] | null {
  const inYear = (year: number) => transitions.filter(({ at, from }) => yearOf(at + from * 60_000) === year)
  const first = inYear(ruleYear)
  const rules = first.flatMap((transition) => {
    const local = new Date(transition.at + transition.from * 60_000)
    return candidates(local).flatMap((rule) => {
      const holds = range(ruleYear, lastYear).every((year) => {
        const same = inYear(year).find(({ from, to }) => from === transition.from && to === transition.to)
        return (
          same !== undefined &&
          candidates(new Date(same.at + same.from * 60_000)).includes(rule) &&
          timeOf(same) === timeOf(transition)
        )
      })
      return holds ? [{ transition, rule }] : []
    })
  })
  const each = first.flatMap((transition) => rules.find((rule) => rule.transition === transition) ?? [])
  return each.length === first.length ? each : null
}

/** Which rules would name the day: the last weekday of the month, or the first, second, third or fourth. */
function candidates(local: Date): string[] {
  const day = local.getUTCDate()
  const name = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'][local.getUTCDay()] ?? ''
  const month = local.getUTCMonth() + 1
  const days = new Date(Date.UTC(local.getUTCFullYear(), month, 0)).getUTCDate()
  const rule = (nth: number) => `FREQ=YEARLY;BYMONTH=${month};BYDAY=${nth}${name}`
  return [...(day + 7 > days ? [rule(-1)] : []), ...(day <= 28 ? [rule(Math.ceil(day / 7))] : [])]
}

function groups(transitions: readonly Transition[]): Transition[][] {
  const byOffsets = new Map<string, Transition[]>()
  for (const transition of transitions) {
    const key = `${transition.from} ${transition.to}`
    byOffsets.set(key, [...(byOffsets.get(key) ?? []), transition])
  }
  return [...byOffsets.values()]
}

function observanceOf([first, ...others]: readonly Transition[], least: number): string {
  return first === undefined ? '' : observance(first, kindOf(first, least), others, null)
}

const kindOf = ({ to }: Transition, least: number): string => (to > least ? 'DAYLIGHT' : 'STANDARD')

function observance(first: Transition, kind: string, others: readonly Transition[], rule: string | null): string {
  const local = ({ at, from }: Transition) => stamp(at + from * 60_000)
  return [
    `BEGIN:${kind}\r\n`,
    contentLine('DTSTART', {}, local(first)),
    contentLine('TZOFFSETFROM', {}, offsetText(first.from)),
    contentLine('TZOFFSETTO', {}, offsetText(first.to)),
    // One date a line, and the first again: a widely used reader takes no more of RDATE, and DTSTART not at all beside it.
    ...(others.length === 0 ? [] : [first, ...others].map((one) => contentLine('RDATE', {}, local(one)))),
    ...(rule === null ? [] : [contentLine('RRULE', {}, rule)]),
    `END:${kind}\r\n`,
  ].join('')
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
const yearOf = (at: number): number => new Date(at).getUTCFullYear()
const timeOf = ({ at, from }: Transition): number => (at + from * 60_000) % 86_400_000

function stamp(local: number): string {
  return new Date(local).toISOString().slice(0, 19).replace(/[-:]/g, '')
}

function offsetText(minutes: number): string {
  const size = Math.abs(minutes)
  return `${minutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}${String(size % 60).padStart(2, '0')}`
}
