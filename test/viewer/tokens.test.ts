import { describe, expect, it } from 'vitest'
import { fold, maxTermLength, terms } from '../../src/viewer/tokens.ts'

describe('terms', () => {
  it.each([
    ['Hello, World-wide 2024!', ['hello', 'world', 'wide', '2024']],
    ['Müller MULLER Mu\u0308ller', ['muller', 'muller', 'muller']],
    ['Straße Ærø Łódź', ['strasse', 'aero', 'lodz']],
    ['Ещё ёлка Й', ['еще', 'елка', 'и']],
    ['Αθήνα', ['αθηνα']],
    ['東京都で会う', ['東京', '京都', '都で', 'で会', '会う', 'う']],
    ['ｶﾞ ＡＢＣ', ['ガ', 'abc']],
    ['한국어 메일', ['한국어', '메일']],
    ['İstanbul I ı', ['istanbul', 'i', 'i']],
    ['alice@example.com', ['alice', 'example', 'com']],
    ['mail東京mail', ['mail', '東京', '京', 'mail']],
    ['co\u00adoperate', ['cooperate']],
    ['', []],
    ['… — 👍', []],
  ])('of %s', (text, expected) => {
    expect([...terms(text)]).toEqual(expected)
  })

  it('are cut where nobody types on, never within a character', () => {
    expect([...terms('a'.repeat(100))]).toEqual(['a'.repeat(maxTermLength)])
    const [term = ''] = terms(`${'a'.repeat(maxTermLength - 1)}𝒳𐐨𐐨`)
    expect(term.isWellFormed()).toBe(true)
  })

  it('are folded once and for all, over all of Unicode', () => {
    const unstable: string[] = []
    for (let code = 0; code <= 0x10_ffff; code++) {
      const folded = fold(String.fromCodePoint(code))
      if (fold(folded) !== folded) unstable.push(`U+${code.toString(16)}`)
    }
    expect(unstable).toEqual([])
  })
})
