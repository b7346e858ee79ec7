/**
 * Search over the shards of one service's segments: no browser, no disk; what loads a shard is given. Candidates come from
 * the index alone; a phrase has to be looked for in their texts afterwards (`Found.check`), newest first and only as far as a
 * person looks.
 */

import { textOfHtml } from '../formats/html-text.ts'
import type { Segment, ShardLoader } from './format.ts'
import { shardFile, shardId } from './format.ts'
import type { MailDetail } from './format-documents.ts'
import type { Overview } from './format-overview.ts'
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
  /** Those above 0 are hits, or may be one where there is a `check`. */
  readonly hits: Hits
  readonly check: ((doc: number) => Promise<boolean>) | null
}

/**
 * For each document the fields in which something stands (`fieldBits`); 0: it does not. A hundred thousand documents take
 * 100 KB, however many of them are hits.
 */
type Hits = Uint8Array

/** Index shards kept for the next letter that is typed: about 130 KB each. */
const keptShards = 32

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
    if (words.length === 0) return null
    const wanted = words.filter(({ negated }) => !negated)
    // Side by side: each waits for the disk most of the time.
    const all = await Promise.all(wanted.map((word) => this.#word(word, signal)))
    const hits = all.length === 0 ? this.#none().fill(1) : both(all)
    for (const word of words.filter(({ negated, phrase }) => negated && phrase === null)) {
      const unwanted = await this.#word(word, signal)
      for (let doc = 0; doc < hits.length; doc++) if (unwanted[doc] !== 0) hits[doc] = 0
    }
    const phrases = words.filter(({ phrase }) => phrase !== null)
    return {
      hits,
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

  #none(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#source.segments.reduce((end, { firstDoc, docs }) => Math.max(end, firstDoc + docs), 0))
  }

  /** Where all terms of the word stand. */
  async #word({ terms, prefix, fields }: QueryWord, signal: AbortSignal | undefined): Promise<Hits> {
    const mask = fields === 0 ? 0xff : fields
    return both(await Promise.all(terms.map((term, at) => this.#term(term, prefix && at === terms.length - 1, mask, signal))))
  }

  async #term(term: string, isPrefix: boolean, mask: number, signal: AbortSignal | undefined): Promise<Hits> {
    const hits = this.#none()
    await Promise.all(this.#source.segments.map((segment) => this.#inSegment(segment, { term, isPrefix, mask }, hits, signal)))
    return hits
  }

  async #inSegment(
    segment: Segment,
    { term, isPrefix, mask }: { readonly term: string; readonly isPrefix: boolean; readonly mask: number },
    hits: Hits,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { from, to } = shardsWith(segment.terms, term, isPrefix)
    const numbers = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at)
    const shards = await Promise.all(numbers.map((number) => this.#shard(segment, number)))
    signal?.throwIfAborted()
    for (const shard of shards) {
      for (const entry of indexEntries(shard, segment.firstDoc, term)) {
        if (!isPrefix && entry.term !== term) break
        entry.mark(hits, mask)
      }
    }
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

/** What stands in all of them, in whatever fields. Changes the first. */
function both([first = new Uint8Array(), ...others]: readonly Hits[]): Hits {
  for (const other of others) for (let doc = 0; doc < first.length; doc++) if (!other[doc]) first[doc] = 0
  return first
}

/** What phrases are looked for in. `subject` stands in the columns; `html` is asked for where there is no plain text, or too little. */
export async function mailTexts(
  subject: string,
  detail: MailDetail,
  html: () => Promise<string | null>,
  fields: number,
): Promise<string[]> {
  const wanted = fields === 0 ? 0xff : fields
  const people = (bit: number, lists: readonly MailDetail['from'][]) =>
    (wanted & bit) === 0 ? [] : lists.flat().map(({ name, address }) => (name === '' ? address : `${name} <${address}>`))
  const isBodyWanted = (wanted & fieldBits.body) !== 0
  const plain = detail.source ?? detail.text
  const rich = isBodyWanted && (plain === null || detail.htmlToo) ? [textOfHtml((await html()) ?? '')] : []
  const body = isBodyWanted && plain !== null ? [plain, ...rich] : rich
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
