import { beforeAll, describe, expect, it } from 'vitest'
import { highlights } from '../../src/viewer/highlight.ts'
import { asksForNothing, parseQuery } from '../../src/viewer/query.ts'
import { filterTest, Search, type SearchSource } from '../../src/viewer/search.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'
import { Built, build, docsIn, inputOf, put } from './built.ts'
import { MemoryFolder } from './memory-folder.ts'

/** Messages in scripts of which the corpus has few, as one finds them in mailboxes. */
const others: readonly string[] = [
  'Subject: Привет из Москвы\n\nЗдравствуйте, Алексей! Ещё раз спасибо за ёлку и подарки. Отчёт будет готов во вторник.',
  'Subject: Отчёт за квартал\n\nОтчёты и счета лежат в приложении. Москва, Ёлочная улица 5. До вторника!',
  'Subject: 会議のお知らせ\n\n来週の月曜日に東京で会議があります。資料を確認してください。京都からも参加します。',
  'Subject: 東京都からの手紙\n\n東京都庁で手紙を受け取りました。カタカナとひらがな、ｶﾅも。大阪では会議がありません。',
  'Subject: 合同确认\n\n请确认合同的内容。北京的会议改到星期三。谢谢！上海的同事也会参加会议。',
  'Subject: 한국어 메일\n\n안녕하세요. 회의는 서울에서 열립니다. 회의록을 보내 주세요.',
  'Subject: Grüße aus Köln\n\nLiebe Jörg, die Rechnung für die Straße ist über 1.200,50 € ausgestellt. Müllerstraße, Größe, ÄÖÜ.',
  'Subject: Rechnung Nr. 4711\n\nSehr geehrter Herr Müller, anbei die Rechnung. Mit freundlichen Grüßen, Jörg Größmann',
  'Subject: การประชุม\n\nการประชุมวันจันทร์ที่กรุงเทพ ขอบคุณครับ',
]

const unspaced = String.raw`[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー\p{sc=Thai}]`
const letter = String.raw`[[\p{L}\p{N}\p{M}]--${unspaced}]`

/** What a person takes for the same text, written down a second time. */
function plain(text: string): string {
  const bare = text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
  const letters = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', ð: 'd', þ: 'th', đ: 'd', ı: 'i' }
  return Object.entries(letters).reduce((all, [from, to]) => all.replaceAll(from, to), bare.normalize('NFC'))
}

/** `grep -i` for words that follow each other. `texts` are plain. */
function grep(texts: readonly (readonly string[])[], words: readonly string[], prefix: boolean): number[] {
  const first = words[0] ?? ''
  const isSpaced = !new RegExp(unspaced, 'v').test(first)
  const pattern = words
    .map((word) => plain(word).replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join(String.raw`[^\p{L}\p{N}\p{M}]+`)
  const expression = new RegExp(isSpaced ? `(?<!${letter})${pattern}${prefix ? '' : `(?!${letter})`}` : pattern, 'v')
  return texts.flatMap((parts, doc) => (parts.some((text) => expression.test(text)) ? [doc] : []))
}

async function find(source: SearchSource, query: string): Promise<number[]> {
  const found = await new Search(source).find(parseQuery(query))
  if (found === null) throw new Error(`${query} has no words`)
  const docs: number[] = []
  for (const doc of docsIn(found)) if (found.check === null || (await found.check(doc))) docs.push(doc)
  return docs
}

/** Always the same numbers below 1. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

const scripts = {
  ASCII: /(?<![\p{L}\p{N}\p{M}])[a-zA-Z0-9]{2,20}(?![\p{L}\p{N}\p{M}])/gu,
  umlauts: /(?<![\p{L}\p{N}\p{M}])[a-zA-Z]{0,15}[äöüßÄÖÜéèáàçñ][a-zA-ZäöüßÄÖÜéèáàçñ]{1,15}(?![\p{L}\p{N}\p{M}])/gu,
  Cyrillic: /(?<![\p{L}\p{N}\p{M}])\p{sc=Cyrl}{2,20}(?![\p{L}\p{N}\p{M}])/gu,
  CJK: /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]{1,6}/gu,
} as const

const spaced =
  /(?<![\p{L}\p{N}\p{M}])[[\p{L}\p{N}]--[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}ー]]{1,20}(?: [[\p{L}\p{N}]--[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}ー]]{1,20}){1,3}(?![\p{L}\p{N}\p{M}])/gv
const phrases = {
  ASCII: { of: spaced, with: /^[a-z0-9]+$/i },
  umlauts: { of: spaced, with: /[äöüßéèáàçñ]/i },
  Cyrillic: { of: spaced, with: /\p{sc=Cyrl}/u },
  CJK: {
    of: /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]{1,6}[、。！「」（）・，：？]+[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]{1,6}/gu,
    with: /\p{sc=Han}/u,
  },
} as const

describeWithCorpus('search finds what grep finds in the decoded text', () => {
  let source: SearchSource
  let plains: readonly (readonly string[])[]
  let texts: readonly (readonly string[])[]
  const words: Record<string, string[]> = {}

  beforeAll(async () => {
    const folder = new MemoryFolder()
    const messages = [
      ...corpus('mail').map((file) => file.bytes()),
      ...others.map((text, at) =>
        Buffer.from(`From: a@example.com\nMessage-ID: <${at}@x>\nContent-Type: text/plain; charset=utf-8\n${text}\n`),
      ),
    ]
    // Eight runs and one more, so that some of it was merged.
    const runs = Array.from({ length: 9 }, (_, run) =>
      messages.flatMap((message, at) => (at % 9 === run ? [put(run, String(at), message)] : [])),
    )
    for (let run = 1; run <= runs.length; run++) await build(folder, inputOf(runs.slice(0, run)))
    const built = await Built.open(folder)
    expect(built.segments('mail').map(({ level }) => level)).toEqual([1, 0])
    ;({ source, texts } = await built.mail())
    plains = texts.map((parts) => parts.map(plain))
    for (const [name, expression] of Object.entries(scripts)) {
      const found = texts.flatMap((parts) => parts.flatMap((text) => text.match(expression) ?? []))
      words[name] = [...new Set(found)].sort()
    }
  })

  it.each(Object.keys(scripts))('for 200 random words in %s', async (script) => {
    const all = words[script] ?? []
    const next = random(1)
    for (let at = 0; at < 200; at++) {
      const word = all[Math.floor(next() * all.length)] ?? ''
      expect([word, await find(source, `"${word}"`)]).toEqual([word, grep(plains, [word], false)])
    }
  })

  it.each(Object.keys(scripts))('for 200 random beginnings in %s', async (script) => {
    const all = words[script] ?? []
    const next = random(2)
    for (let at = 0; at < 200; at++) {
      const word = [...(all[Math.floor(next() * all.length)] ?? '')]
      const beginning = word.slice(0, 2 + Math.floor(next() * 3)).join('')
      expect([beginning, await find(source, `${beginning}*`)]).toEqual([beginning, grep(plains, [beginning], true)])
    }
  })

  it.each(Object.keys(phrases))('for 200 random phrases in %s', async (script) => {
    const next = random(3)
    const { of: follow, with: letters } = phrases[script as keyof typeof phrases]
    const found = texts.flatMap((parts) => parts.flatMap((text) => text.match(follow) ?? []))
    const all = found.map((phrase) => phrase.split(/[^\p{L}\p{N}\p{M}]+/u)).filter((words) => letters.test(words.join('')))
    expect(all.length).toBeGreaterThan(5)
    for (let at = 0; at < 200; at++) {
      const words = all[Math.floor(next() * all.length)] ?? []
      expect([words, await find(source, `"${words.join(' ')}"`)]).toEqual([words, grep(plains, words, false)])
    }
  })

  it('for words that must all occur, and one that must not', async () => {
    const [message, attachment, subject] = ['message', 'attachment', 'the'].map((word) => new Set(grep(plains, [word], false)))
    const both = [...(message ?? [])].filter((doc) => attachment?.has(doc))
    expect(both.length).toBeGreaterThan(3)
    expect(await find(source, 'message attachment')).toEqual(both)
    expect(await find(source, 'attachment message -the')).toEqual(both.filter((doc) => !subject?.has(doc)))
  })

  it('for what must not occur, alone', async () => {
    const the = new Set(grep(plains, ['the'], false))
    const others = [...plains.keys()].filter((doc) => !the.has(doc))
    expect(others.length).toBeGreaterThan(3)
    expect(await find(source, '-the')).toEqual(others)
    const phrase = new Set(grep(plains, ['of', 'the'], false))
    expect(await find(source, '-"of the"')).toEqual([...plains.keys()].filter((doc) => !phrase.has(doc)))
  })

  it('in one field only', async () => {
    const subjects = plains.map(([subject = '']) => [subject])
    for (const word of ['test', 'message', 're', 'rechnung'])
      expect([word, await find(source, `subject:${word}`)]).toEqual([word, grep(subjects, [word], false)])
    expect(await find(source, 'from:nobody-of-this-name')).toEqual([])
  })
})

describe('what a person types', () => {
  it.each([
    ['hello World', ['hello', 'world'], []],
    ['hel*', ['hel'], [true]],
    ['"hello world"', ['hello world'], []],
    ['alice@example.com', ['alice example com'], []],
    ['von:Müller', ['muller'], []],
    ['東京都', ['東京 京都'], []],
    ['京', ['京'], [true]],
    ['http://example.com', ['http example com'], []],
    ['nonsense:word', ['nonsense word'], []],
    ['before:nonsense', ['before nonsense'], []],
    ['...', [], []],
    ['"', [], []],
    ['-', [], []],
  ])('%s', (text, words, prefixes) => {
    const query = parseQuery(text)
    expect(query.words.map(({ terms }) => terms.join(' '))).toEqual(words)
    expect(query.words.map(({ prefix }) => prefix)).toEqual(words.map((_, at) => prefixes[at] ?? false))
  })

  it('asks for nothing where it is only signs', () => {
    for (const text of ['🎉', '!', '-', '"…"', ' ? ']) expect([text, asksForNothing(parseQuery(text))]).toEqual([text, true])
    for (const text of ['a', '-a', 'type:pdf', 'after:2024', 'in:x'])
      expect([text, asksForNothing(parseQuery(text))]).toEqual([text, false])
  })

  it('is unfinished while the last word has no blank behind it', () => {
    expect(parseQuery('hello wor', true).words.map(({ prefix }) => prefix)).toEqual([false, true])
    expect(parseQuery('hello wor ', true).words.map(({ prefix }) => prefix)).toEqual([false, false])
    expect(parseQuery('"hello wor', true).words.map(({ prefix }) => prefix)).toEqual([true])
    expect(parseQuery('"hello world"', true).words.map(({ prefix }) => prefix)).toEqual([false])
  })

  it('chooses by date, folder, account and kind', () => {
    const { words, filters } = parseQuery('in:Inbox account:home type:pdf has:attachment after:2024 before:1.3.2024 invoice')
    expect(words).toHaveLength(1)
    const collection = {
      c: 1,
      service: 'mail',
      role: null,
      meta: null,
      since: 0,
      gone: null,
      live: 0,
      removed: 0,
      unread: 0,
      bytes: 0,
    } as const
    const accounts = ['me@home.example', 'me@work.example'].map((id) => ({
      id,
      folder: id,
      providers: [],
      services: [],
      asOf: null,
      lastRun: '',
    }))
    const collections = [
      { ...collection, account: 0, path: ['INBOX'] },
      { ...collection, account: 1, path: ['INBOX'] },
      { ...collection, account: 0, path: ['Sent'] },
    ]
    const test = filterTest(filters, { collections, accounts })
    const date = new Date(2024, 1, 29).getTime() / 1000
    const pdf = 1 | (1 << 8)
    expect(test({ date, marks: pdf, collections: [0] })).toBe(true)
    expect(test({ date, marks: pdf, collections: [1] })).toBe(false)
    expect(test({ date, marks: pdf, collections: [2] })).toBe(false)
    expect(test({ date, marks: 1, collections: [0] })).toBe(false)
    expect(test({ date: new Date(2024, 2, 1).getTime() / 1000, marks: pdf, collections: [0] })).toBe(false)
    expect(test({ date: new Date(2023, 11, 31).getTime() / 1000, marks: pdf, collections: [0] })).toBe(false)
  })
})

describe('highlights', () => {
  const marked = (text: string, query: string) =>
    highlights(text, parseQuery(query)).map(([start, end]) => text.slice(start, end))

  it.each([
    ['Straße und STRASSE', 'strasse', ['Straße', 'STRASSE']],
    ['Müllerei, muller', 'müll*', ['Müllerei', 'muller']],
    ['das Wort und Worte', 'wort', ['Wort']],
    ['東京都で会議', '京都', ['京都']],
    ['東京都で会議', '東京都', ['東京都']],
    ['write to alice@example.com', 'alice@example.com', ['alice', 'example', 'com']],
    ['not this', '-this', []],
  ])('in %s for %s', (text, query, expected) => {
    expect(marked(text, query)).toEqual(expected)
  })
})
