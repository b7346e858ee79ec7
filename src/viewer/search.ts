/**
 * Search over the shards of one service's segments: no browser, no disk; what loads a shard is given. Candidates come from
 * the index alone; a phrase has to be looked for in their texts afterwards (`Found.check`), newest first and only as far as a
 * person looks.
 */

import { textOfHtml } from '../formats/html-text.ts'
import type { MailDetail, Overview, Segment, ShardLoader } from './format.ts'
import { shardFile, shardId } from './format.ts'
import type { Query, QueryFilters, QueryWord } from './query.ts'
import { fieldBits, indexEntries, shardsWith } from './terms.ts'
import { holdsPhrase, normalised } from './tokens.ts'

export interface SearchSource {
  /** Those of one service, in order. */
  readonly segments: readonly Segment[]
  readonly load: ShardLoader
  /** Texts of a document that stand in these fields (0: all), for phrases. See `mailTexts`. */
  texts(doc: number, fields: number): Promise<readonly string[]>
}

export interface Found {
  /** Ascending. All of them are hits when `check` is null. */
  readonly docs: readonly number[]
  readonly check: ((doc: number) => Promise<boolean>) | null
}

/** Documents and the fields in which something stands, ascending. */
type Hits = ReadonlyMap<number, number>

/** Index shards kept for the next letter that is typed: about 130 KB each. */
const keptShards = 64

export class Search {
  readonly #source: SearchSource
  readonly #shards = new Map<string, Promise<Uint8Array>>()

  constructor(source: SearchSource) {
    this.#source = source
  }

  /**
   * Null where the query has no words: then the filters alone decide, over all documents.
   * @throws what `load` throws
   */
  async find({ words }: Query, signal?: AbortSignal): Promise<Found | null> {
    const wanted = words.filter(({ negated }) => !negated)
    if (wanted.length === 0) return null
    let docs: number[] | null = null
    // Side by side: each waits for the disk most of the time.
    const all = await Promise.all(wanted.map((word) => this.#word(word, signal)))
    for (const hits of all.sort((a, b) => a.size - b.size))
      docs = docs === null ? [...hits.keys()] : docs.filter((doc) => hits.has(doc))
    const unwanted = words.filter(({ negated }) => negated)
    for (const word of unwanted.filter(({ phrase }) => phrase === null)) {
      const hits = await this.#word(word, signal)
      docs = (docs ?? []).filter((doc) => !hits.has(doc))
    }
    const phrases = words.filter(({ phrase }) => phrase !== null)
    return {
      docs: (docs ?? []).sort((a, b) => a - b),
      check: phrases.length === 0 ? null : (doc) => this.#holds(doc, phrases),
    }
  }

  async #holds(doc: number, phrases: readonly QueryWord[]): Promise<boolean> {
    for (const { phrase, prefix, fields, negated } of phrases) {
      const texts = await this.#source.texts(doc, fields)
      const holds = texts.some((text) => holdsPhrase(text, phrase ?? '', prefix))
      if (holds === negated) return false
    }
    return true
  }

  /** Where all terms of the word stand. */
  async #word({ terms, prefix, fields }: QueryWord, signal: AbortSignal | undefined): Promise<Hits> {
    const mask = fields === 0 ? 0xff : fields
    const lists = await Promise.all(terms.map((term, at) => this.#term(term, prefix && at === terms.length - 1, mask, signal)))
    const [first = new Map<number, number>(), ...others] = lists.sort((a, b) => a.size - b.size)
    if (others.length === 0) return first
    return new Map([...first].filter(([doc]) => others.every((hits) => hits.has(doc))))
  }

  async #term(term: string, isPrefix: boolean, mask: number, signal: AbortSignal | undefined): Promise<Hits> {
    const hits = new Map<number, number>()
    const found = await Promise.all(this.#source.segments.map((segment) => this.#inSegment(segment, term, isPrefix, signal)))
    for (const postings of found) {
      for (let at = 0; at < postings.length; at += 2) {
        const fields = (postings[at + 1] ?? 0) & mask
        const doc = postings[at] ?? 0
        if (fields !== 0) hits.set(doc, (hits.get(doc) ?? 0) | fields)
      }
    }
    return hits
  }

  async #inSegment(segment: Segment, term: string, isPrefix: boolean, signal: AbortSignal | undefined): Promise<number[]> {
    const { from, to } = shardsWith(segment.terms, term, isPrefix)
    const numbers = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)
    const shards = await Promise.all(numbers.map((number) => this.#shard(segment, number)))
    signal?.throwIfAborted()
    const postings: number[] = []
    for (const shard of shards) {
      for (const entry of indexEntries(shard, segment.firstDoc, term)) {
        if (!isPrefix && entry.term !== term) break
        for (const value of entry.postings()) postings.push(value)
      }
    }
    return postings
  }

  #shard(segment: Segment, number: number): Promise<Uint8Array> {
    const id = shardId(segment.id, 'i', number)
    const loading = this.#shards.get(id) ?? this.#source.load(shardFile(segment, 'i', number), id)
    this.#shards.delete(id)
    this.#shards.set(id, loading)
    loading.catch(() => this.#shards.delete(id))
    for (const oldest of this.#shards.keys()) {
      if (this.#shards.size <= keptShards) break
      this.#shards.delete(oldest)
    }
    return loading
  }
}

/** What phrases are looked for in. `subject` stands in the columns; `html` is asked for where there is no plain text. */
export async function mailTexts(
  subject: string,
  detail: MailDetail,
  html: () => Promise<string | null>,
  fields: number,
): Promise<string[]> {
  const wanted = fields === 0 ? 0xff : fields
  const people = (bit: number, lists: readonly MailDetail['from'][]) =>
    (wanted & bit) === 0 ? [] : lists.flat().map(({ name, address }) => (name === '' ? address : `${name} <${address}>`))
  const body = (wanted & fieldBits.body) === 0 ? [] : [detail.source ?? detail.text ?? textOfHtml((await html()) ?? '')]
  return [
    ...((wanted & fieldBits.subject) === 0 ? [] : [subject]),
    ...people(fieldBits.from, [detail.from, detail.replyTo]),
    ...people(fieldBits.to, [detail.to, detail.cc, detail.bcc]),
    ...((wanted & fieldBits.attachment) === 0 ? [] : detail.attachments.map(({ name }) => name)),
    ...body,
  ]
}

export interface MailFacts {
  readonly date: number
  readonly marks: number
  /** Where it is or was: positions in `Overview.collections`. */
  readonly collections: readonly number[]
}

/** What the filters say of one message. */
export function filterTest(
  filters: QueryFilters,
  { collections, accounts }: Pick<Overview, 'collections' | 'accounts'>,
): (facts: MailFacts) => boolean {
  const chosen = new Set<number>()
  for (const [number, { path, account }] of collections.entries()) {
    const folder = normalised(path.join('/'))
    const name = normalised(accounts[account]?.id ?? '')
    const isIn = filters.in.every((part) => folder.includes(part.trimEnd()))
    if (isIn && filters.account.every((part) => name.includes(part.trimEnd()))) chosen.add(number)
  }
  const all = filters.in.length === 0 && filters.account.length === 0
  const { after, before } = filters
  return (facts) =>
    filters.marks.every((bits) => (facts.marks & bits) !== 0) &&
    (after === null || facts.date >= after) &&
    (before === null || facts.date < before) &&
    (all || facts.collections.some((number) => chosen.has(number)))
}
