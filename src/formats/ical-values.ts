/** Whether the values of a calendar's properties are what RFC 5545 section 3.3 asks for: strict readers refuse a whole file for one that is not. */
import type { ContentLine } from './content-lines.ts'

type Check = (value: string) => boolean

const dateTimePattern = /^(\d{4})(\d\d)(\d\d)(?:T(?:[01]\d|2[0-3])[0-5]\d[0-5]\dZ?)?$/

const isDateOrTime: Check = (value) => {
  const [, year, month, day] = dateTimePattern.exec(value) ?? []
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return year !== '0000' && date.getUTCDate() === Number(day)
}
const isDate: Check = (value) => value.length === 8 && isDateOrTime(value)
const isDateTime: Check = (value) => value.length > 8 && isDateOrTime(value)
const isDuration: Check = (value) =>
  /^[+-]?P(?=\d|T\d)(?:\d{1,5}W|(?:\d{1,6}D)?(?:T(?=\d)(?:\d{1,6}H)?(?:\d{1,8}M)?(?:\d{1,9}S)?)?)$/.test(value)
const isInteger: Check = (value) => /^[+-]?\d{1,10}$/.test(value)
const isPeriod: Check = (value) => {
  const [start = '', end = '', ...more] = value.split('/')
  return more.length === 0 && isDateTime(start) && (isDuration(end) ? !end.startsWith('-') : isDateTime(end) && start <= end)
}

const listOf =
  (check: Check): Check =>
  (value) =>
    value.split(',').every(check)

const checks: Readonly<Record<string, Check>> = {
  DTSTART: isDateOrTime,
  DTEND: isDateOrTime,
  DUE: isDateOrTime,
  'RECURRENCE-ID': isDateOrTime,
  EXDATE: listOf(isDateTime),
  RDATE: listOf(isDateTime),
  CREATED: isDateTime,
  COMPLETED: isDateTime,
  DTSTAMP: isDateTime,
  'LAST-MODIFIED': isDateTime,
  DURATION: isDuration,
  TRIGGER: (value) => isDuration(value) || isDateTime(value),
  PRIORITY: isInteger,
  SEQUENCE: isInteger,
  REPEAT: isInteger,
  'PERCENT-COMPLETE': isInteger,
  GEO: (value) => /^[+-]?\d{1,3}(?:\.\d+)?;[+-]?\d{1,3}(?:\.\d+)?$/.test(value),
  RRULE: isRule,
  EXRULE: isRule,
}

/** What `VALUE=` makes of a property of dates. */
const checksByType: Readonly<Record<string, Check>> = {
  DATE: listOf(isDate),
  'DATE-TIME': listOf(isDateTime),
  PERIOD: listOf(isPeriod),
  DURATION: isDuration,
}

/** Whether it is a value of the type that the property has (RFC 5545 section 3.3); true of a property that is not looked at here. */
export function isSoundValue({ name, params, value }: ContentLine): boolean {
  // Some readers do not know that a FREEBUSY may have several periods.
  if (name === 'FREEBUSY') return isPeriod(value)
  const check = checks[name]
  if (check === undefined) return true
  const type = params.find(([param]) => param === 'VALUE')?.[1].toUpperCase()
  return (type === undefined ? check : (checksByType[type] ?? check))(value)
}

const listOfNumbers: Check = (value) => /^[+-]?\d{1,3}(?:,[+-]?\d{1,3})*$/.test(value)
const count: Check = (value) => /^[1-9]\d{0,8}$/.test(value)

const ruleParts: Readonly<Record<string, Check>> = {
  FREQ: (value) => /^(?:SECONDLY|MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY)$/.test(value),
  UNTIL: isDateOrTime,
  COUNT: count,
  INTERVAL: count,
  BYSECOND: listOfNumbers,
  BYMINUTE: listOfNumbers,
  BYHOUR: listOfNumbers,
  BYDAY: (value) => /^(?:[+-]?\d{1,2})?(?:SU|MO|TU|WE|TH|FR|SA)(?:,(?:[+-]?\d{1,2})?(?:SU|MO|TU|WE|TH|FR|SA))*$/.test(value),
  BYMONTHDAY: (value) => value.split(',').every((day) => /^[+-]?(?:[1-9]|[12]\d|3[01])$/.test(day)),
  BYYEARDAY: listOfNumbers,
  BYWEEKNO: listOfNumbers,
  BYMONTH: (value) => value.split(',').every((month) => /^(?:0?[1-9]|1[0-2])$/.test(month)),
  BYSETPOS: listOfNumbers,
  WKST: (value) => /^(?:SU|MO|TU|WE|TH|FR|SA)$/.test(value),
}

function isRule(value: string): boolean {
  return value.split(';').every((part) => {
    const equals = part.indexOf('=')
    return equals > 0 && ruleParts[part.slice(0, equals).toUpperCase()]?.(part.slice(equals + 1).toUpperCase()) === true
  })
}
