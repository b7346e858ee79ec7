/**
 * How text becomes terms, the same when the index is written and when a person searches. Case, diacritics and width do not
 * count (`Müller`, `MULLER` and `muller` are one term); `ß` is `ss`. Scripts without spaces between words (Han, Kana, Thai, Lao,
 * Khmer, Burmese) become overlapping pairs of characters, and the last character alone, so that any part can be found.
 */

/** Longer words are cut here: what nobody types does not have to be told apart. Characters after folding. */
export const maxTermLength = 40

/** What NFKD leaves whole though people take them for spellings of plain letters. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ł: 'l',
  ı: 'i',
  ð: 'd',
  þ: 'th',
}
const oddLetter = /[ßæœøđłıðþ]/g
const unspaced = '\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}ー\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}'
const unspacedStart = new RegExp(`^[${unspaced}]`, 'u')
const run = new RegExp(`([${unspaced}]+)|((?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+)`, 'gu')
const ascii = /^\p{ASCII}*$/u
const asciiRun = /[a-z0-9]+/g

/** Folds case, diacritics (of Latin, Greek, Cyrillic) and compatibility forms. Idempotent. */
export function fold(text: string): string {
  if (ascii.test(text)) return text.toLowerCase()
  return text
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .normalize('NFC')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replaceAll(oddLetter, (letter) => plainLetters[letter] ?? letter)
}

/** The terms of a text, in order, repeated as often as they occur. */
export function* terms(text: string): Generator<string> {
  const folded = fold(text)
  if (ascii.test(folded)) {
    for (const [word] of folded.matchAll(asciiRun)) yield word.slice(0, maxTermLength)
    return
  }
  for (const [, characters, word] of folded.matchAll(run)) {
    if (word !== undefined) yield cut(word)
    else if (characters !== undefined) yield* pairs(characters)
  }
}

/**
 * The terms that a text with these words has: of scripts without spaces only the pairs, for the last character may be followed by
 * others there.
 */
export function queryTerms(text: string): string[] {
  return [...fold(text).matchAll(run)].flatMap(([, characters, word]) => {
    if (word !== undefined) return [cut(word)]
    const all = [...pairs(characters ?? '')]
    return all.length > 1 ? all.slice(0, -1) : all
  })
}

/**
 * A text as phrases are looked for in it: its words folded, one space between them and at both ends. Words and runs of scripts
 * without spaces are parted by a space too.
 */
export function normalised(text: string): string {
  const words = [...fold(text).matchAll(run)].map(([, characters, word]) => (word === undefined ? characters : cut(word)))
  return ` ${words.join(' ')} `
}

/** `phrase` as `normalised` gives it. `prefix`: its last word may go on. */
export function holdsPhrase(text: string, phrase: string, prefix: boolean): boolean {
  const start = isUnspaced(phrase.trimStart()) ? phrase.trimStart() : phrase
  const wanted = prefix || isUnspaced(lastCharacter(phrase.trimEnd())) ? start.trimEnd() : start
  return normalised(text).includes(wanted)
}

function lastCharacter(text: string): string {
  return [...text.slice(-2)].at(-1) ?? ''
}

/** True where the text begins with a character of a script that puts no spaces between words. */
export function isUnspaced(text: string): boolean {
  return unspacedStart.test(text)
}

/** Never within a surrogate pair. */
function cut(word: string): string {
  if (word.length <= maxTermLength) return word
  const isHalf = (word.charCodeAt(maxTermLength - 1) & 0xfc00) === 0xd800
  return word.slice(0, isHalf ? maxTermLength - 1 : maxTermLength)
}

function* pairs(characters: string): Generator<string> {
  const all = [...characters]
  for (let at = 0; at < all.length - 1; at++) yield `${all[at]}${all[at + 1]}`
  const last = all.at(-1)
  if (last !== undefined) yield last
}
