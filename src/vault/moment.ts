/** A point in time as a person writes it (`--at`), as far as runs go: the account as the last run up to then left it. */
import { AppError } from '../core/errors.ts'
import { isRunId, runId } from './layout.ts'

export interface Moment {
  /** As it was written. */
  readonly text: string
  /** Runs with this id or a smaller one count. */
  readonly until: string
  /** True where `until` is the id of a run, which must exist then. */
  readonly isRun: boolean
}

const dateForm = /^(\d{4})-(\d{2})-(\d{2})$/
const timeForm = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?(Z|[+-]\d{2}:\d{2})?$/

/**
 * Takes the id of a run (`2026-11-22T073105Z`), a date (`2026-11-22`: up to its end), a date with a time
 * (`2026-11-22 08:30`, optionally with seconds and a zone), or `before` and one of these. Without a zone it is this
 * computer's time.
 * @throws AppError `usage`
 */
export function parseMoment(text: string): Moment {
  const written = text.trim().replace(/\s+/g, ' ')
  const [, before, rest = ''] = /^(before )?(.*)$/i.exec(written) ?? []
  const point = readPoint(rest)
  if (point === null) {
    throw new AppError('usage', `"${text}" is no point in time that can be understood.`, {
      advice:
        'Write a date (2026-11-22), a time ("2026-11-22 08:30"), "before 2026-03-01", or a backup such as 2026-11-22T073105Z.',
    })
  }
  if (before !== undefined) return { text: written, until: runId(new Date(point.start.getTime() - 1000)), isRun: false }
  return { text: written, until: runId(point.end), isRun: point.isRun }
}

interface Point {
  readonly start: Date
  /** The last whole second that belongs to it. */
  readonly end: Date
  readonly isRun: boolean
}

function readPoint(text: string): Point | null {
  if (isRunId(text)) {
    const time = validDate(text.replace(/T(\d{2})(\d{2})(\d{2})Z$/, 'T$1:$2:$3Z'))
    return time === null ? null : { start: time, end: time, isRun: true }
  }
  const [, year, month, day] = dateForm.exec(text) ?? []
  if (year !== undefined) return readDay(Number(year), Number(month), Number(day))
  const [, date, time, zone = ''] = timeForm.exec(text) ?? []
  const [, timeYear, timeMonth, timeDay] = dateForm.exec(date ?? '') ?? []
  if (readDay(Number(timeYear), Number(timeMonth), Number(timeDay)) === null) return null
  const instant = validDate(`${date}T${time}${zone}`)
  return instant === null ? null : { start: instant, end: instant, isRun: false }
}

function readDay(year: number, month: number, day: number): Point | null {
  const start = new Date(year, month - 1, day)
  start.setFullYear(year)
  if (start.getMonth() !== month - 1 || start.getDate() !== day) return null
  const next = new Date(start)
  next.setDate(day + 1)
  return { start, end: new Date(next.getTime() - 1000), isRun: false }
}

function validDate(text: string): Date | null {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? null : date
}
