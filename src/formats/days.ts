/** Days and wall clock times as numbers, without time zones: the proleptic Gregorian calendar. */

export interface CivilDate {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  /** 1 to 31. */
  readonly day: number
}

const daySeconds = 86_400

/** Days since 1970-01-01. Months and days beyond their range count on. */
export function dayNumber(year: number, month: number, day: number): number {
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return Math.floor(new Date(0).setUTCFullYear(year, month - 1, day) / (daySeconds * 1000))
}

/** The inverse of `dayNumber`. */
export function civilDate(dayNumber: number): CivilDate {
  const date = new Date(dayNumber * daySeconds * 1000)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** 0: Sunday. */
export function weekday(dayNumber: number): number {
  return (((dayNumber + 4) % 7) + 7) % 7
}

/** Days. `month`: 1 is January. */
export function monthLength(year: number, month: number): number {
  return dayNumber(year, month + 1, 1) - dayNumber(year, month, 1)
}

/** Days. */
export function yearLength(year: number): number {
  return dayNumber(year + 1, 1, 1) - dayNumber(year, 1, 1)
}
