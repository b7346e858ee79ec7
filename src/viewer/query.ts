/**
 * What a person types into the search field. Words must all occur; `"…"` is a phrase, `word*` a beginning, `-word` must not
 * occur. `from: to: subject:` look in one place; `has:attachment`, `type:pdf`, `before:`, `after:`, `in:`, `account:` choose. German names of these
 * do the same. What cannot be understood is searched for as words.
 */
import { type DocumentKind, marks } from './format-documents.ts'
import { fieldBits } from './terms.ts'
import { isUnspaced, normalised, queryTerms } from './tokens.ts'

export interface QueryWord {
  /** What the index is asked for; all of them. */
  readonly terms: readonly string[]
  /** The last term is the beginning of one. */
  readonly prefix: boolean
  /** Set where the terms must follow one another: the text to look for in `normalised` text. */
  readonly phrase: string | null
  /** `fieldBits` in which it may stand; 0: anywhere. */
  readonly fields: number
  readonly negated: boolean
}

export interface QueryFilters {
  /** Any bit of each element must be set in a message's marks. */
  readonly marks: readonly number[]
  /** Kinds of document, for lists of documents; empty: any. */
  readonly kinds: readonly DocumentKind[]
  /** Seconds since 1970 UTC: from `after` on, and before `before`. */
  readonly after: number | null
  readonly before: number | null
  /** Normalised parts of folder paths and account names: each must occur. */
  readonly in: readonly string[]
  readonly account: readonly string[]
}

export interface Query {
  readonly words: readonly QueryWord[]
  readonly filters: QueryFilters
}

/** Whether the query asks for anything: signs alone, such as `!` or a smiley, are not in the index. */
export function asksForNothing({ words, filters }: Query): boolean {
  const { after, before, ...lists } = filters
  return words.length === 0 && after === null && before === null && Object.values(lists).every((list) => list.length === 0)
}

const fieldNames: Readonly<Record<string, number>> = {
  ...{ from: fieldBits.from, von: fieldBits.from, to: fieldBits.to, an: fieldBits.to },
  ...{ subject: fieldBits.subject, betreff: fieldBits.subject, attachment: fieldBits.attachment, anhang: fieldBits.attachment },
}

const kindNames: Readonly<Record<string, DocumentKind>> = {
  ...{
    image: 'image',
    bild: 'image',
    photo: 'image',
    foto: 'image',
    picture: 'image',
    jpg: 'image',
    jpeg: 'image',
    png: 'image',
  },
  ...{ pdf: 'pdf', text: 'text', txt: 'text', word: 'word', doc: 'word', docx: 'word', odt: 'word' },
  ...{ sheet: 'sheet', excel: 'sheet', xls: 'sheet', xlsx: 'sheet', ods: 'sheet', tabelle: 'sheet', csv: 'text' },
  ...{ slides: 'slides', powerpoint: 'slides', ppt: 'slides', pptx: 'slides', folien: 'slides' },
  ...{
    archive: 'archive',
    archiv: 'archive',
    zip: 'archive',
    audio: 'audio',
    music: 'audio',
    mp3: 'audio',
    video: 'video',
    mp4: 'video',
  },
  ...{ calendar: 'calendar', ics: 'calendar', termin: 'calendar', contact: 'contact', vcf: 'contact', kontakt: 'contact' },
  ...{ message: 'message', eml: 'message', mail: 'message', other: 'other' },
}

interface Reading {
  readonly words: QueryWord[]
  readonly marks: number[]
  readonly kinds: DocumentKind[]
  after: number | null
  before: number | null
  readonly in: string[]
  readonly account: string[]
}

const part = /(-?)(?:([\p{L}]+):)?(?:"([^"]*)("?)|(\S+))/gu

/** `asTyped`: the last word may be unfinished. Never throws. */
export function parseQuery(text: string, asTyped = false): Query {
  const reading: Reading = { words: [], marks: [], kinds: [], after: null, before: null, in: [], account: [] }
  for (const match of text.matchAll(part)) {
    const [whole, minus, name = '', quoted, endQuote, bare] = match
    const isLast = match.index + whole.length === text.length
    const value = quoted ?? bare ?? ''
    const isOpen = asTyped && isLast && (quoted === undefined || endQuote === '')
    const negated = minus === '-'
    if (name !== '' && readFilter(reading, name.toLowerCase(), value)) continue
    const fields = fieldNames[name.toLowerCase()]
    const searched = name !== '' && fields === undefined ? `${name}:${value}` : value
    const word = readWord(searched, { isOpen, isQuoted: quoted !== undefined, fields: fields ?? 0, negated })
    if (word !== null) reading.words.push(word)
  }
  const { words, ...filters } = reading
  return { words, filters }
}

function readWord(
  text: string,
  { isOpen, isQuoted, fields, negated }: { isOpen: boolean; isQuoted: boolean; fields: number; negated: boolean },
): QueryWord | null {
  const terms = queryTerms(text)
  const last = terms.at(-1)
  if (last === undefined) return null
  const ends = /[\p{L}\p{N}\p{M}]\*?$/u.test(text)
  const wanted = ends && ((!isQuoted && text.endsWith('*')) || isOpen)
  // One letter begins too much; one character of a script without spaces is a beginning always.
  const prefix = (wanted && last.length > 1) || (last.length <= 2 && [...last].length === 1 && isUnspaced(last))
  return { terms, prefix, phrase: terms.length > 1 ? normalised(text) : null, fields, negated }
}

/** Answers false where it is no filter of ours. */
function readFilter(reading: Reading, name: string, value: string): boolean {
  switch (name) {
    case 'has':
    case 'hat':
      if (!/^(attachments?|anhang|anhänge)$/i.test(value)) return false
      reading.marks.push(marks.attachment)
      return true
    case 'type':
    case 'typ': {
      const kind = kindNames[value.toLowerCase()]
      if (kind === undefined) return false
      reading.kinds.push(kind)
      reading.marks.push(marks[kind])
      return true
    }
    case 'before':
    case 'vor':
      return readDate(value, ({ from }) => {
        reading.before = Math.min(reading.before ?? from, from)
      })
    case 'after':
    case 'nach':
    case 'since':
    case 'seit':
      return readDate(value, ({ from }) => {
        reading.after = Math.max(reading.after ?? from, from)
      })
    case 'in':
    case 'folder':
    case 'ordner':
      reading.in.push(normalised(value))
      return true
    case 'account':
    case 'konto':
      reading.account.push(normalised(value))
      return true
    default:
      return false
  }
}

/** `2024`, `2024-05`, `2024-05-17`, `17.5.2024`, `5.2024`: its first second, local time. */
function readDate(value: string, take: (date: { readonly from: number }) => void): boolean {
  const [, year, month = '1', day = '1'] =
    /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/.exec(value) ?? reversed(/^(?:(\d{1,2})\.)?(\d{1,2})\.(\d{4})$/.exec(value)) ?? []
  const date = new Date(Number(year), Number(month) - 1, Number(day))
  if (Number.isNaN(date.getTime()) || date.getMonth() !== Number(month) - 1) return false
  take({ from: Math.floor(date.getTime() / 1000) })
  return true
}

function reversed(match: RegExpExecArray | null): (string | undefined)[] | null {
  return match === null ? null : [match[0], match[3], match[2], match[1]]
}
