/** Names that some disk does not take, and what their spellings have to be. */
import { expect } from 'vitest'
import { collisionKey, decodeName, encodeName, isShortened, uniqueName } from '../../src/formats/names.ts'
import { Random } from '../fixtures/random.ts'

/** What no spelling may hold, stated anew from the rules of Windows, macOS and Linux. */
export function complaints(spelling: string): string[] {
  const forbidden = [...'<>:"/\\|?*'].filter((c) => spelling.includes(c))
  const stem = spelling.split('.', 1).join().trimEnd().toLowerCase()
  const devices = [
    'con',
    'prn',
    'aux',
    'nul',
    'conin$',
    'conout$',
    ...[...'0123456789¹²³'].flatMap((n) => [`com${n}`, `lpt${n}`]),
  ]
  const faults: Record<string, boolean> = {
    empty: spelling === '',
    [`holds ${forbidden.join()}`]: forbidden.length > 0,
    'ends in a dot or space': /[. ]$/.test(spelling),
    'begins with a space': spelling.startsWith(' '),
    'is a device': devices.includes(stem),
    'is not in NFC': spelling.normalize('NFC') !== spelling,
    'holds half a surrogate pair': !spelling.isWellFormed(),
    'holds invisible controls': /[\p{Cc}\p{Bidi_Control}\u2028\u2029\ufeff]/u.test(spelling),
    'holds what no Unicode version has assigned': /\p{Cn}/u.test(spelling),
    'begins with a combining mark': /^\p{M}/u.test(spelling),
  }
  return Object.keys(faults).filter((fault) => faults[fault])
}

export function expectSafeAndReversible(name: string): void {
  const spelling = encodeName(name)
  const label = JSON.stringify(name)
  expect(complaints(spelling), label).toEqual([])
  expect(isShortened(spelling), label).toBe(false)
  expect(decodeName(spelling) === name, label).toBe(true)
  expect(decodeName(spelling.normalize('NFD')) === name, `${label} listed in NFD`).toBe(true)
}

/** Spells the names as siblings; the answer is in their order. */
export function siblings(names: readonly string[]): string[] {
  const taken = new Set<string>()
  return names.map((name) => {
    const spelling = uniqueName(name, (key) => taken.has(key))
    taken.add(collisionKey(spelling))
    return spelling
  })
}

/** Pieces of names, one alone or several together. */
export const awkward = [
  ...[
    '=',
    '=4',
    '1',
    'A',
    'a',
    'f',
    '.',
    ' ',
    '~',
    '/',
    ':',
    '\0',
    'CON',
    'é',
    'e\u0301',
    '\u0301',
    '\u0323',
    '\u0338',
    '\u0345',
    '\u212b',
    '\u0958',
  ],
  ...[
    '\ud800',
    '\udc00',
    '\udbff',
    '😀',
    '👩‍👩‍👧',
    '\u200d',
    '\ufe0f',
    '\ufffe',
    '\u{10ffff}',
    '\ue000',
    '\u0378',
    '\u202e',
    'ᄀ',
    'ᅡ',
    'ᆨ',
    '가',
    'ß',
    'İ',
  ],
  ...[
    '\u0dd9',
    '\u0dca',
    '\u0dcf',
    '\u{16d67}',
    '\u{11347}',
    '\u{1133e}',
    '.txt',
    ' ~0123456789abcdef',
    ' (2)',
    '=E2=84=AB',
    '=ED=A0=80',
    '漢',
  ],
]

/** The same ones in each run. */
export function randomNames(count: number, seed: number): string[] {
  const random = new Random(seed)
  const piece = () => (random.chance(0.7) ? random.pick(awkward) : String.fromCharCode(random.below(0x10000)))
  return Array.from({ length: count }, () => Array.from({ length: random.below(12) }, piece).join(''))
}

export const issueCases = [
  ...[
    'CON',
    'con',
    'aux.txt',
    'NUL ',
    'nul .tar.gz',
    'COM1',
    'COM¹',
    'LPT9.doc',
    'CONIN$',
    'x.',
    'x ',
    'x',
    'x...',
    'a:b',
    'a b',
    ' a',
    '.',
    '..',
    '...',
    '',
  ],
  ...[
    '../../.bashrc',
    '/etc/passwd',
    'C:\\Windows',
    '\0',
    'a\0b',
    'café',
    'cafe\u0301',
    'CAFÉ',
    'Inbox',
    'INBOX',
    'inbox',
    'straße',
    'STRASSE',
    '漢'.repeat(86),
  ],
  ...[
    'ı',
    'i',
    'İ',
    'I',
    'ΣΑΣ',
    'σας',
    'ﬁ',
    'fi',
    'Å',
    '\u212b',
    'a\u200db',
    'ab',
    'LONGNA~1.TXT',
    '.DS_Store',
    'desktop.ini',
    '._x',
    '=',
    '=41',
    'A',
    '\ud800',
  ],
]
