/** The page's language, and how it writes dates, sizes and numbers (Intl). The words are in `words.ts`. */
import { type Language, languages, type Message, type Phrase } from './words/message.ts'
import { type MessageKey, messages } from './words.ts'

export type Values = Readonly<Record<string, string | number>>

/** What the person's browser prefers among what there is. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = languages.find((known) => tag.toLowerCase().startsWith(known))
    if (language) return language
  }
  return 'en'
}

export interface Speech<Key extends string = MessageKey> {
  readonly language: Language
  /** The phrase with its places filled. */
  t(key: Key, values?: Values): string
  number(value: number): string
  /** Octets, in decimal units. */
  size(octets: number): string
  /** Short enough for a list: the time today, the day this year, else the date. */
  listDate(ms: number): string
  date(ms: number): string
  dateTime(ms: number): string
  time(ms: number): string
  /** With Intl's own options, for calendars. */
  format(ms: number, options: Intl.DateTimeFormatOptions): string
  compare(a: string, b: string): number
}

export function speech(language: Language, now: () => number = Date.now): Speech {
  return speechOf(messages, language, now)
}

/** Says the phrases of a table of words. */
export function speechOf<Key extends string>(
  table: Readonly<Record<Key, Message>>,
  language: Language,
  now: () => number = Date.now,
): Speech<Key> {
  const tag = language === 'de' ? 'de-DE' : 'en-GB'
  const plural = new Intl.PluralRules(tag)
  const numbers = new Intl.NumberFormat(tag)
  const collator = new Intl.Collator(tag, { numeric: true, sensitivity: 'base' })
  const formats = new Map<string, Intl.DateTimeFormat>()
  const format = (ms: number, options: Intl.DateTimeFormatOptions): string => {
    if (!isDate(ms)) return '–'
    const key = JSON.stringify(options)
    let formatter = formats.get(key)
    if (!formatter) {
      formatter = new Intl.DateTimeFormat(tag, options)
      formats.set(key, formatter)
    }
    return formatter.format(ms)
  }
  return {
    language,
    t: (key, values = {}) => {
      const phrase: Phrase = table[key][language]
      const text = typeof phrase === 'string' ? phrase : phrase[plural.select(Number(values['n'])) === 'one' ? 'one' : 'other']
      return text.replaceAll(/\{(\w+)\}/g, (place, name: string) => {
        const value = values[name]
        return value === undefined ? place : typeof value === 'number' ? numbers.format(value) : value
      })
    },
    number: (value) => numbers.format(value),
    size: (octets) => formatSize(octets, tag),
    listDate: (ms) => format(ms, listOptions(ms, now())),
    date: (ms) => format(ms, { dateStyle: 'long' }),
    dateTime: (ms) => format(ms, { dateStyle: 'long', timeStyle: 'short' }),
    time: (ms) => format(ms, { timeStyle: 'short' }),
    format,
    compare: (a, b) => collator.compare(a, b),
  }
}

const isDate = (ms: number): boolean => Number.isFinite(ms) && Math.abs(ms) <= 8.64e15

function listOptions(ms: number, now: number): Intl.DateTimeFormatOptions {
  const [then, today] = [new Date(ms), new Date(now)]
  if (then.toDateString() === today.toDateString()) return { timeStyle: 'short' }
  if (then.getFullYear() === today.getFullYear()) return { day: 'numeric', month: 'short' }
  return { day: '2-digit', month: '2-digit', year: 'numeric' }
}

const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

function formatSize(octets: number, tag: string): string {
  let value = octets
  let unit = 0
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000
  const options: Intl.NumberFormatOptions = {
    style: 'unit',
    unit: units[unit] ?? 'byte',
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }
  return new Intl.NumberFormat(tag, options).format(value)
}
