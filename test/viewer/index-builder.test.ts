import { expect, it } from 'vitest'
import { fieldBits, indexEntries } from '../../src/viewer/terms.ts'
import { terms } from '../../src/viewer/tokens.ts'
import { IndexBuilder } from '../../src/viewer/write/index-builder.ts'
import { readMail } from '../../src/viewer/write/mail.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'

type Text = readonly [doc: number, field: number, text: string]

/** Term → documents and their fields, of the shards in their order. */
function built(texts: readonly Text[], first = 0): Map<string, number[]> {
  const builder = new IndexBuilder(first)
  for (const text of texts) builder.add(...text)
  const found = new Map<string, number[]>()
  for (const { content } of builder.shards())
    for (const entry of indexEntries(content, first)) {
      expect(found.has(entry.term)).toBe(false)
      found.set(entry.term, entry.postings())
    }
  return found
}

/** The same, the plain way. */
function expected(texts: readonly Text[]): Map<string, number[]> {
  const found = new Map<string, Map<number, number>>()
  for (const [doc, field, text] of texts)
    for (const term of terms(text)) {
      const docs = found.get(term) ?? new Map<number, number>()
      docs.set(doc, (docs.get(doc) ?? 0) | field)
      found.set(term, docs)
    }
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  return new Map(sorted.map(([term, docs]) => [term, [...docs].flat()]))
}

it('the index holds what the terms of a text are, whatever letters stand beside each other', () => {
  const pool = [...'aZ09 \t\n-_.éÉß\u0301\u200d\u00adﬁ①Ως東京ｶﾅ กา\u3000\u00a0İı𝒳\ud800한']
  let state = 7
  const next = (below: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
  const texts = Array.from({ length: 3000 }, (_, at): Text => {
    const letters = Array.from({ length: next(60) }, () => (next(3) > 0 ? pool[next(12)] : pool[next(pool.length)]) ?? '')
    return [10 + (at >> 1), at % 2 === 0 ? fieldBits.subject : fieldBits.body, letters.join('')]
  })
  const all = expected(texts)
  expect(all.size).toBeGreaterThan(3000)
  expect([...built(texts, 10)]).toEqual([...all])
})

it('the index of more than fits into memory at once is the same', () => {
  const words = Array.from({ length: 700 }, (_, n) => `w${(n * 7919).toString(36)}`).join(' ')
  const texts = Array.from({ length: 7000 }, (_, doc): Text => [doc, fieldBits.body, `${words} only${doc % 100}`])
  const found = built(texts)
  expect(found.size).toBe(800)
  expect(found.get('only5')).toHaveLength(140)
  for (const [term, postings] of found) if (term.startsWith('w')) expect(postings).toHaveLength(14_000)
  expect([...found.keys()]).toEqual([...found.keys()].sort())
})

describeWithCorpus('the index of the corpus', () => {
  it('holds the terms of every message', async () => {
    const texts: Text[] = []
    for (const [doc, file] of corpus('mail').entries()) {
      const { subject, body, detail } = await readMail(file.bytes(), false)
      texts.push([doc, fieldBits.subject, subject], [doc, fieldBits.body, body ?? detail.text ?? ''])
    }
    expect([...built(texts)]).toEqual([...expected(texts)])
  })
})
