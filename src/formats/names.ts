/**
 * One spelling of names that every file system takes and none takes for another: ext4, APFS, HFS+, NTFS, exFAT, FAT32.
 * Readable names stay as they are; what some system refuses, changes or hides is written as `=` and two hex digits for
 * each octet of its UTF-8.
 *
 * A spelling is always in NFC. Some systems list it in NFD: `decodeName` and `collisionKey` take that as well.
 */
import { hash } from 'node:crypto'
import { AppError } from '../core/errors.ts'

/**
 * Refused or altered somewhere, invisible, or without a meaning that all Unicode versions share; and `%`, which a BagIt
 * manifest would write as `%25` where `sha256sum` reads it as it stands.
 */
const unsafe = /[<>:"/\\|?*%\p{Cc}\p{Cs}\p{Co}\p{Cn}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u
const unsafeInPlace = /^[ \p{M}]|[. ]$|=[0-9a-f]{2}|^=$/iu
const mark = /^\p{M}$/u

/**
 * Windows devices, with any extension; files that Windows and macOS write into folders by themselves; AppleDouble
 * companions, which macOS hides and removes.
 */
const reserved =
  /^(?:(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$|clock\$) *(?:\.|$)|(?:\.ds_store|desktop\.ini|thumbs\.db|autorun\.inf)$|\._)/i

/** Names that Windows and FAT may have given to another file as its 8.3 alias, such as `LONGNA~1.TXT`. */
const shortAlias = /^[^.]{0,7}~\d{1,7}(?:\.[^.]{0,3})?$/

/** `<readable> ~<16 hex>`, a number where that was taken, the extension. */
const shortenedForm = /(?:^| )~[0-9a-f]{16}(?: \(\d+\))?(?:\.[a-z0-9]{1,10})?$/i

/** Of what has a stem before it. */
const extension = /(?<!^)\.[a-z0-9]{1,10}$/i

/** The longest spelling where nothing else is asked for, in octets of UTF-8. Leaves room for a suffix of the caller's. */
const maxNameBytes = 120

/** Total and reversible: `decodeName` gives back exactly `name`, lone surrogates and the empty name included. */
export function encodeName(name: string): string {
  return spell(name, name.length, name.length)
}

/** The inverse of `encodeName`. Total: what is no escape stands for itself. Means nothing for a shortened spelling. */
export function decodeName(spelling: string): string {
  if (spelling === '=') return ''
  return spelling.normalize('NFC').replace(escapedCharacter, characterOf)
}

/** Whether this is a shortened spelling, which only the caller's record can turn back. Never true of what `encodeName` gives. */
export function isShortened(spelling: string): boolean {
  return shortenedForm.test(spelling)
}

/**
 * Equal for two spellings that some file system could take for one, whatever it ignores: case, Unicode form, width,
 * invisible characters. More names share a key than share a file. In lower case.
 */
export function collisionKey(spelling: string): string {
  return spelling
    .normalize('NFKD')
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, '')
    .toLowerCase()
    .toUpperCase()
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll('i\u0307', 'i')
}

/**
 * A spelling of at most `limit` octets whose key is free: `encodeName(name)` where it can be, else with more and more characters
 * escaped, from the end of the stem, which `decodeName` reads as well; else shortened (`isShortened`).
 * @param isTaken whether a sibling has this collision key
 */
export function uniqueName(name: string, isTaken: (key: string) => boolean, limit = maxNameBytes): string {
  const stem = name.length - (extension.exec(name)?.[0].length ?? 0)
  for (let from = stem; from >= 0; from--) {
    const spelling = spell(name, from, stem)
    if (Buffer.byteLength(spelling) > limit) break
    if (!isTaken(collisionKey(spelling))) return spelling
  }
  return shorten(name, utf8(name), limit, isTaken)
}

/** What a tree of folders holds already. A parent is its spellings joined by `/`; the root is the empty string. */
export interface FolderNames {
  /** The spelling that the child `name` of `parent` has, if it has one. */
  spellingOf(parent: string, name: string): string | undefined
  isTaken(parent: string, key: string): boolean
}

/**
 * Spellings for a folder path, parent by parent: known parents keep theirs, the others get a unique one. Where the whole
 * would be longer than `maxBytes` (at least 80) with its slashes, the leading folders that fit into half of it stay and one
 * shortened spelling, from the last name and a hash of the whole path, stands for all the others. A caller keeps a record of
 * the paths it has: asked again, this numbers the shortened spelling. `limit`: of one name, in octets.
 */
export function uniquePath(segments: readonly string[], folders: FolderNames, maxBytes = 150, limit = maxNameBytes): string[] {
  const spellings: string[] = []
  let parent = ''
  for (const name of segments) {
    const inParent = parent
    const spelling = folders.spellingOf(inParent, name) ?? uniqueName(name, (key) => folders.isTaken(inParent, key), limit)
    spellings.push(spelling)
    parent = join(inParent, spelling)
    if (Buffer.byteLength(parent) > maxBytes) return shortenPath(segments, spellings, folders, maxBytes)
  }
  return spellings
}

function shortenPath(
  segments: readonly string[],
  spellings: readonly string[],
  folders: FolderNames,
  maxBytes: number,
): string[] {
  const kept: string[] = []
  let parent = ''
  for (const spelling of spellings) {
    const longer = join(parent, spelling)
    if (Buffer.byteLength(longer) > maxBytes / 2) break
    kept.push(spelling)
    parent = longer
  }
  const room = maxBytes - Buffer.byteLength(parent) - 1
  const whole = Buffer.from(JSON.stringify(segments))
  return [...kept, shorten(segments.at(-1) ?? '', whole, Math.min(room, maxNameBytes), (key) => folders.isTaken(parent, key))]
}

function join(parent: string, spelling: string): string {
  return parent === '' ? spelling : `${parent}/${spelling}`
}

/** Spells `name` with every character that begins in [from, to) escaped. */
function spell(name: string, from: number, to: number): string {
  if (name === '') return '='
  const composed = isComposed(name)
  if (composed && from >= to && !unsafe.test(name) && !unsafeInPlace.test(name)) return escapePatterns(name)
  const spelling = escapePatterns(escapeWhere(name, from, to, composed))
  return isComposed(spelling) ? spelling : escapePatterns(escapeAll(name))
}

function isComposed(text: string): boolean {
  return text.normalize('NFC') === text
}

/**
 * After an escape (and at the beginning) combining marks are escaped too: they would join its last hex digit. In a name that
 * is not in NFC so is each character that would not stay as it is after the ones before it.
 */
function escapeWhere(name: string, from: number, to: number, composed: boolean): string {
  let spelling = ''
  let base = ''
  let lastMark = ''
  let literal = false
  let offset = 0
  for (const c of name) {
    const isMark = mark.test(c)
    const stable = composed || isComposed(base + lastMark + c)
    if ((offset >= from && offset < to) || !stable || (isMark && !literal) || isUnsafeAt(name, offset, c)) {
      spelling += escaped(c)
      base = lastMark = ''
      literal = false
    } else {
      spelling += c
      if (!isMark) base = c
      lastMark = isMark ? c : ''
      literal = true
    }
    offset += c.length
  }
  return spelling
}

function isUnsafeAt(name: string, offset: number, c: string): boolean {
  if (c === ' ' || c === '.') return offset === name.length - 1 || (c === ' ' && offset === 0)
  if (c === '=') return name === '=' || /^[0-9a-f]{2}/i.test(name.slice(offset + 1, offset + 3))
  return unsafe.test(c)
}

/** Breaks up what is reserved as a whole, and what looks like a shortened spelling. */
function escapePatterns(spelling: string): string {
  const free = reserved.test(spelling) ? escaped(spelling.slice(0, 1)) + spelling.slice(1) : spelling
  if (!shortAlias.test(free) && !shortenedForm.test(free)) return free
  const tilde = free.lastIndexOf('~')
  return `${free.slice(0, tilde)}=7E${free.slice(tilde + 1)}`
}

/** Pure ASCII, so in NFC beyond doubt. */
function escapeAll(name: string): string {
  return escapeWhere(name, 0, name.length, true)
}

function escaped(text: string): string {
  return utf8(text).toString('hex').toUpperCase().replace(/../g, '=$&')
}

/** UTF-8 with lone surrogates encoded like other characters (WTF-8). */
function utf8(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text)
  return Buffer.concat(Array.from(text, (c) => (c.isWellFormed() ? Buffer.from(c) : surrogate(c.charCodeAt(0)))))
}

function surrogate(unit: number): Buffer {
  return Buffer.from([0xed, 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)])
}

/** One escaped character: the shortest UTF-8 of a code point up to U+10FFFF, surrogates included. */
const escapedCharacter = new RegExp(
  [
    '=[0-7]h',
    '=(?:c[2-9a-f]|dh)=[89ab]h',
    '=(?:e0=[ab]h|e[1-9a-f]=[89ab]h)=[89ab]h',
    '=(?:f0=[9ab]h|f[123]=[89ab]h|f4=8h)=[89ab]h=[89ab]h',
  ]
    .join('|')
    .replaceAll('h', '[0-9a-f]'),
  'gi',
)

function characterOf(sequence: string): string {
  const [lead = 0, ...rest] = Buffer.from(sequence.replaceAll('=', ''), 'hex')
  const leadBits = rest.length === 0 ? 0x7f : 0x3f >> rest.length
  return String.fromCodePoint(rest.reduce((point, octet) => (point << 6) | (octet & 0x3f), lead & leadBits))
}

let graphemes: Intl.Segmenter | null = null

/** Made for the first name that needs it: few do, and it takes longer than loading twenty files of code. */
function characters(): Intl.Segmenter {
  graphemes ??= new Intl.Segmenter('und', { granularity: 'grapheme' })
  return graphemes
}

/**
 * `<readable> ~<16 hex of SHA-256>`, with the extension of `name` where it has one, of at most `limit` octets while fewer than
 * a million are taken. `hashed`: the UTF-8 of the name, or of the path's names as a JSON array.
 */
function shorten(name: string, hashed: Buffer, limit: number, isTaken: (key: string) => boolean): string {
  const tail = ` ~${hash('sha256', hashed, 'hex').slice(0, 16)}`
  const ext = extension.exec(name)?.[0] ?? ''
  const room = limit - tail.length - ext.length - ' (999999)'.length
  const readable = readablePrefix(name.slice(0, name.length - ext.length), room)
  const numbered = (n: number) => `${readable}${tail}${n === 1 ? '' : ` (${n})`}${ext}`.trimStart()
  return numbered(firstFree((n) => isTaken(collisionKey(numbered(n)))))
}

/** As many whole characters, as a person counts them, as fit in `room` octets once spelled. */
function readablePrefix(name: string, room: number): string {
  let readable = ''
  for (const { segment } of characters().segment(name.slice(0, Math.max(room, 0)))) {
    if (Buffer.byteLength(encodeName(readable + segment)) > room) break
    readable += segment
  }
  readable = readable.replace(/[. ]+$/, '')
  return readable === '' ? '' : encodeName(readable)
}

/** Some n ≥ 1 that is free while n - 1 is not, found in logarithmically many questions. */
function firstFree(isTaken: (n: number) => boolean): number {
  let taken = 0
  let free = 1
  while (isTaken(free)) {
    taken = free
    free *= 2
    if (free > Number.MAX_SAFE_INTEGER) throw new AppError('bug', 'No free name could be found.')
  }
  while (free - taken > 1) {
    const middle = Math.floor((taken + free) / 2)
    if (isTaken(middle)) taken = middle
    else free = middle
  }
  return free
}
