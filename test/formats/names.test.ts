import { describe, expect, it } from 'vitest'
import {
  collisionKey,
  decodeName,
  encodeName,
  type FolderNames,
  isShortened,
  uniqueName,
  uniquePath,
} from '../../src/formats/names.ts'
import { worked } from '../fixtures/patience.ts'
import { awkward, complaints, expectSafeAndReversible, issueCases, randomNames, siblings } from './awkward-names.ts'

describe('encodeName', () => {
  it('leaves readable names as they are', () => {
    const readable = [
      'Inbox',
      'Übung',
      '日本語',
      '100= cotton',
      'Привет, мир',
      'हिन्दी',
      'עברית',
      '👩‍👩‍👧 Family',
      '❤️',
      '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
      '.bashrc',
      'a.b.c',
      "it's (2) [x] {y} #1 & ~home",
    ]
    for (const name of [...readable, 'console', 'com10', 'auxiliary.txt', 'nul-set', 'C++ = C + 1; @home, $5 ^_^ `a`'])
      expect(encodeName(name)).toBe(name)
  })

  it.each([
    ['CON', '=43ON'],
    ['aux.txt', '=61ux.txt'],
    ['NUL .txt', '=4EUL .txt'],
    ['lpt³', '=6Cpt³'],
    ['x.', 'x=2E'],
    ['x ', 'x=20'],
    [' x', '=20x'],
    ['.', '=2E'],
    ['..', '.=2E'],
    ['a:b', 'a=3Ab'],
    ['../../.bashrc', '..=2F..=2F.bashrc'],
    ['a\0b', 'a=00b'],
    ['cafe\u0301', 'cafe=CC=81'],
    ['\u212bngström', '=E2=84=ABngström'],
    [':\u0301', '=3A=CC=81'],
    ['x\u0301\u0323', 'x\u0301=CC=A3'],
    ['\u0d9a\u0dd9\u093c\u0dca', '=E0=B6=9A=E0=B7=99=E0=A4=BC=E0=B7=8A'],
    ['a\u202etxt.exe', 'a=E2=80=AEtxt.exe'],
    ['\ud83d', '=ED=A0=BD'],
    ['=41', '=3D41'],
    ['=', '=3D'],
    ['100% cotton', '100=25 cotton'],
    ['', '='],
    ['LONGNA~1.TXT', 'LONGNA=7E1.TXT'],
    ['x ~0123456789abcdef', 'x =7E0123456789abcdef'],
    ['.DS_Store', '=2EDS_Store'],
    ['._photo.jpg', '=2E_photo.jpg'],
  ])('spells %j as %j', (name, spelling) => {
    expect(encodeName(name)).toBe(spelling)
    expect(decodeName(spelling)).toBe(name)
  })

  it('is safe and reversible for every single UTF-16 unit and for one of each block above', () => {
    for (let unit = 0; unit < 0x10000; unit++) expectSafeAndReversible(String.fromCharCode(unit))
    for (let point = 0x10000; point < 0x110000; point += 97) expectSafeAndReversible(`${String.fromCodePoint(point)}a`)
  })

  it('is safe and reversible for random names made of awkward pieces', () => {
    for (const name of [...issueCases, ...awkward, ...randomNames(20_000, 1)]) expectSafeAndReversible(name)
  })

  it('gives different spellings to different names', () => {
    const names = new Set([...issueCases, ...awkward, ...randomNames(20_000, 2)])
    expect(new Set([...names].map(encodeName)).size).toBe(names.size)
  })

  it('needs time in proportion to the length, whatever the name', () => {
    for (const piece of ['a', '.', ' ', '=', '\u0301', 'ᅡ', '\ud800', '~', 'a\u0301\u0323', '/', '.a']) {
      const name = piece.repeat(200_000 / piece.length)
      const start = worked()
      expect(decodeName(encodeName(name)) === name).toBe(true)
      uniqueName(name, () => false)
      collisionKey(name)
      expect(worked() - start).toBeLessThan(20_000)
    }
  })
})

describe('decodeName', () => {
  it('takes what is no escape for itself', () => {
    for (const text of ['=', '100=', '=zz', '=C3', '=C3=A', '=C0=AF', '=E0=80=AF', '=F4=90=80=80', '=FF', 'a=4']) {
      expect(decodeName(`x${text}`)).toBe(`x${text}`)
    }
    expect(decodeName('=c3=a9')).toBe('é')
  })
})

describe('collisionKey', () => {
  it.each([
    ['Inbox', 'INBOX'],
    ['straße', 'STRASSE'],
    ['ΣΑΣ', 'σας'],
    ['ﬁle', 'FILE'],
    ['İi', 'ıI'],
    ['Ｆｕｌｌ', 'full'],
    ['ab', 'a\u200db'],
    ['❤', '❤️'],
    ['é', 'E\u0301'],
  ])('is the same for %j and %j', (a, b) => {
    expect(collisionKey(a)).toBe(collisionKey(b))
  })

  it('differs for names that every file system tells apart', () => {
    const names = ['a', 'b', 'ä', 'a b', 'a.b', 'ab', 'Büro', 'Buro', 'é', 'e', 'ż', 'z', '日', '本', '1', '2']
    expect(new Set(names.map(collisionKey)).size).toBe(names.length)
  })
})

describe('uniqueName', () => {
  it('escapes from the end of the stem while another name has the key', () => {
    expect(siblings(['Inbox', 'INBOX', 'inbox', 'inboX'])).toEqual(['Inbox', 'INBO=58', 'inbo=78', 'inb=6F=58'])
    expect(siblings(['photo.jpg', 'photo.JPG', 'Photo.jpg'])).toEqual(['photo.jpg', 'phot=6F.JPG', 'Pho=74=6F.jpg'])
  })

  it('numbers the shortened spelling when even that is taken', () => {
    const twins = siblings(Array.from({ length: 1000 }, () => 'a.txt'))
    expect(new Set(twins.map(collisionKey)).size).toBe(1000)
    expect(twins.slice(0, 4)).toEqual(['a.txt', '=61.txt', 'a ~18b7cb099a9ea3f5.txt', 'a ~18b7cb099a9ea3f5 (2).txt'])
    expect(twins.slice(2).every(isShortened)).toBe(true)
  })

  it('shortens what is over 120 octets between characters as a person counts them, and keeps the extension', () => {
    const spellings = siblings([
      '漢'.repeat(86),
      `${'漢'.repeat(86)}.pdf`,
      '👩‍👩‍👧'.repeat(30),
      'e\u0301'.repeat(90),
      '/'.repeat(41),
      'x'.repeat(120),
      'x'.repeat(121),
    ])
    for (const spelling of spellings) {
      expect(Buffer.byteLength(spelling)).toBeLessThanOrEqual(120)
      expect(complaints(spelling)).toEqual([])
    }
    expect(spellings.map(isShortened)).toEqual([true, true, true, true, true, false, true])
    expect(spellings[0]).toMatch(/^漢{20,} ~[0-9a-f]{16}$/)
    expect(spellings[1]).toMatch(/^漢{20,} ~[0-9a-f]{16}\.pdf$/)
    expect(spellings[2]).toMatch(/^(?:👩‍👩‍👧){3,} ~[0-9a-f]{16}$/u)
    expect(spellings[3]).toMatch(/^(?:e=CC=81)+ ~[0-9a-f]{16}$/)
  })

  it('gives siblings of any names safe spellings with different keys, reversible unless shortened', () => {
    const names = [...issueCases, ...awkward, ...randomNames(5000, 3)]
    const spellings = siblings(names)
    expect(new Set(spellings.map(collisionKey)).size).toBe(names.length)
    for (const [n, spelling] of spellings.entries()) {
      expect(complaints(spelling)).toEqual([])
      if (!isShortened(spelling)) expect(decodeName(spelling) === names[n]).toBe(true)
    }
  })
})

/** A tree of folders as a vault keeps it. */
class Folders implements FolderNames {
  readonly #spellings = new Map<string, string>()
  readonly #keys = new Set<string>()

  spellingOf = (parent: string, name: string) => this.#spellings.get(JSON.stringify([parent, name]))
  isTaken = (parent: string, key: string) => this.#keys.has(`${parent}/${key}`)

  assign(segments: readonly string[]): string[] {
    const path = uniquePath(segments, this)
    for (const [n, spelling] of path.entries()) {
      const parent = path.slice(0, n).join('/')
      this.#keys.add(`${parent}/${collisionKey(spelling)}`)
      const standsForMany = n === path.length - 1 && path.length < segments.length
      if (!standsForMany) this.#spellings.set(JSON.stringify([parent, segments[n]]), spelling)
    }
    return path
  }
}

describe('uniquePath', () => {
  it('keeps the spelling of a known parent and tells parents apart that differ only in case', () => {
    const folders = new Folders()
    expect(folders.assign(['Clients', 'Acme'])).toEqual(['Clients', 'Acme'])
    expect(folders.assign(['CLIENTS', 'Acme'])).toEqual(['CLIENT=53', 'Acme'])
    expect(folders.assign(['Clients', 'ACME'])).toEqual(['Clients', 'ACM=45'])
    expect(folders.assign(['CLIENTS', 'Acme', '..', '.bashrc'])).toEqual(['CLIENT=53', 'Acme', '.=2E', '.bashrc'])
  })

  it('replaces the lower part of a deep path by one component', () => {
    const levels = Array.from({ length: 300 }, (_, n) => `level ${n}`)
    const path = new Folders().assign(levels)
    expect(path.slice(0, 3)).toEqual(['level 0', 'level 1', 'level 2'])
    expect(path.at(-1)).toMatch(/^level 299 ~[0-9a-f]{16}$/)
    expect(Buffer.byteLength(path.join('/'))).toBeLessThanOrEqual(150)
  })

  it('tells deep paths apart that differ anywhere, in a moment', () => {
    const folders = new Folders()
    const deep = Array.from({ length: 10_000 }, () => '日')
    const start = worked()
    const paths = [deep, deep.with(5000, '本'), deep.slice(1), [...deep, '日'], deep.with(9999, '漢'.repeat(90))].map((path) =>
      folders.assign(path).join('/'),
    )
    expect(worked() - start).toBeLessThan(20_000)
    expect(new Set(paths).size).toBe(5)
    for (const path of paths) {
      expect(Buffer.byteLength(path)).toBeLessThanOrEqual(150)
      expect(path).toMatch(/ ~[0-9a-f]{16}$/)
    }
  })

  it('never leaves its root and never exceeds 150 octets', () => {
    const names = randomNames(3000, 4)
    const folders = new Folders()
    const owners = new Map<string, string>()
    for (let n = 0; n + 6 < names.length; n += 3) {
      const segments = names.slice(n, n + 1 + (n % 6))
      const path = folders.assign(segments)
      for (const spelling of path) expect(complaints(spelling)).toEqual([])
      expect(Buffer.byteLength(path.join('/'))).toBeLessThanOrEqual(150)
      const key = path.map(collisionKey).join('/')
      expect(owners.get(key) ?? JSON.stringify(segments)).toBe(JSON.stringify(segments))
      owners.set(key, JSON.stringify(segments))
    }
  })
})
