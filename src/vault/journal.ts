/**
 * The record of what each run did: JSON Lines, append-only, write-once after the run. Only what precedes a valid `commit`
 * counts. FORMAT.md describes every operation for strangers.
 */
import { createHash, type Hash } from 'node:crypto'
import { basename, dirname } from 'node:path'
import type { Json } from '../core/json.ts'
import { type Disk, type DiskFile, readStream, syncPath } from './disk.ts'
import type { BeginEntry, CommitEntry, EndEntry, JournalEntry } from './journal-entries.ts'
import { accountFolder, isRunId, journalFolder, journalPath, systemPath } from './layout.ts'

/** Everything up to a valid commit (or the end line). */
export interface CommittedBatch {
  readonly entries: readonly JournalEntry[]
  /** Octets of the file up to and with this batch. */
  readonly length: number
  /** `sha256` of the last commit up to here: another journal of the same name has another one. */
  readonly fingerprint: string
}

/**
 * Tells how far a journal that is being written may be read: waits until it is longer than that, and answers its committed length;
 * null when it does not grow any more.
 */
export type Growth = (length: number) => Promise<number | null>

/**
 * Reads the committed part of a journal, a commit at a time, starting at `from`, which must be the length of an earlier
 * batch. What follows the last valid commit is not answered: it never happened. With `growth` it follows a journal while it is written.
 */
export async function* committedBatches(disk: Disk, path: string, from = 0, growth?: Growth): AsyncGenerator<CommittedBatch> {
  const sum = createHash('sha256')
  let length = 0
  let fingerprint = ''
  let entries: JournalEntry[] = []
  for await (const line of journalLines(disk, path, growth)) {
    const entry = parseEntry(line)
    if (entry === null) return
    const valid = entry.op === 'end' ? entries.length === 0 : entry.op !== 'commit' || entry.sha256 === sum.copy().digest('hex')
    if (!valid) return
    sum.update(line)
    length += line.length
    entries.push(entry)
    if (entry.op === 'commit') fingerprint = entry.sha256
    else if (entry.op !== 'end') continue
    if (length > from) yield { entries, length, fingerprint }
    entries = []
  }
}

/** Complete lines with their LF. */
async function* journalLines(disk: Disk, path: string, growth?: Growth): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of growth === undefined ? readStream(disk, path) : growingStream(disk, path, growth)) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let start = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      yield bytes.subarray(start, end + 1)
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
}

async function* growingStream(disk: Disk, path: string, growth: Growth): AsyncGenerator<Buffer> {
  let position = 0
  for (let end = await growth(position); end !== null; end = await growth(position)) {
    for await (const chunk of readStream(disk, path, position, end)) {
      position += chunk.length
      yield chunk
    }
    // Shorter than it was said to be: somebody else's hand.
    if (position < end) return
  }
}

const operations: ReadonlySet<string> = new Set([
  'begin',
  'collection',
  'gone',
  'rename',
  'move',
  'place',
  'put',
  'meta',
  'remove',
  'pending',
  'commit',
  'end',
])

/** Null for what is not a line of ours. The checksum in each commit vouches for the fields. */
function parseEntry(line: Buffer): JournalEntry | null {
  try {
    const value = JSON.parse(line.toString()) as Json
    if (value === null || typeof value !== 'object' || !('op' in value) || !operations.has(String(value.op))) return null
    return value as unknown as JournalEntry
  } catch {
    return null
  }
}

export interface PlacedJournal {
  /** As the file is named. */
  readonly run: string
  /** False when it says that it is another run's, or another account's. */
  readonly isInPlace: boolean
}

/**
 * Journals in the order in which they were written: by what they say of themselves, for two may have been exchanged.
 * `runs`: as the files are named.
 */
export async function journalsInOrder(disk: Disk, accountRoot: string, runs?: readonly string[]): Promise<PlacedJournal[]> {
  const placed: (PlacedJournal & { readonly written: string })[] = []
  for (const run of runs ?? (await journalRuns(disk, accountRoot))) {
    const begin = await firstEntry(disk, systemPath(accountRoot, journalPath(run)))
    const isHere = begin === null || accountFolder(begin.account) === basename(accountRoot)
    placed.push({ run, isInPlace: isHere && (begin === null || begin.run === run), written: (isHere ? begin?.run : null) ?? run })
  }
  return placed.sort((a, b) => (a.written < b.written ? -1 : a.written > b.written ? 1 : 0))
}

const commitBeginning = Buffer.from('{"op":"commit",')

/** Null when nothing was committed. What lies between the first line and its commit is not parsed: the checksum vouches for it. */
export async function firstEntry(disk: Disk, path: string): Promise<BeginEntry | null> {
  const sum = createHash('sha256')
  let first: JournalEntry | null = null
  for await (const line of journalLines(disk, path)) {
    first ??= parseEntry(line)
    if (first?.op !== 'begin') return null
    if (line.subarray(0, commitBeginning.length).equals(commitBeginning)) {
      const commit = parseEntry(line)
      return commit?.op === 'commit' && commit.sha256 === sum.digest('hex') ? first : null
    }
    sum.update(line)
  }
  return null
}

/** Ids of all runs that left a journal, oldest first. */
export async function journalRuns(disk: Disk, accountRoot: string): Promise<string[]> {
  const entries = (await disk.list(systemPath(accountRoot, journalFolder))) ?? []
  return entries
    .filter((entry) => entry.kind === 'file' && entry.name.endsWith('.jsonl'))
    .map((entry) => entry.name.slice(0, -'.jsonl'.length))
    .filter(isRunId)
}

/** Appends to the journal of one run. */
export class JournalWriter {
  readonly #disk: Disk
  readonly #vault: string
  readonly #path: string
  readonly #sum: Hash = createHash('sha256')
  #file: DiskFile | null = null
  /** Its name is on the medium. */
  #isNamed = false
  #length = 0
  #fingerprint = ''

  /** `vault`: its folder. */
  constructor(disk: Disk, vault: string, path: string) {
    this.#disk = disk
    this.#vault = vault
    this.#path = path
  }

  get length(): number {
    return this.#length
  }

  /** `sha256` of the last commit. */
  get fingerprint(): string {
    return this.#fingerprint
  }

  /** Hash of the file as written so far. */
  digest(): string {
    return this.#sum.copy().digest('hex')
  }

  /** Returns once the lines and their commit are on the medium. */
  async commit(entries: readonly JournalEntry[], commit: Omit<CommitEntry, 'op' | 'sha256'>): Promise<void> {
    for (const lines of linesOf(entries)) await this.#append(lines)
    const sha256 = this.digest()
    await this.#append(toLine({ op: 'commit', ...commit, sha256 }))
    await this.#sync()
    this.#fingerprint = sha256
  }

  async end(entry: EndEntry): Promise<void> {
    await this.#append(toLine(entry))
    await this.#sync()
    await this.close()
  }

  async #append(lines: string): Promise<void> {
    this.#file ??= await this.#disk.open(this.#path, 'new')
    const bytes = Buffer.from(lines)
    this.#sum.update(bytes)
    await this.#file.write([bytes], this.#length)
    this.#length += bytes.length
  }

  async #sync(): Promise<void> {
    await this.#file?.sync()
    if (!this.#isNamed) await syncPath(this.#disk, this.#vault, dirname(this.#path))
    this.#isNamed = true
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = null
  }
}

/** Characters. */
const writtenAtOnce = 256 << 10

/** Many lines at once, but not all of a large commit: as one text it would be there several times over. */
function* linesOf(entries: readonly JournalEntry[]): Generator<string, void, undefined> {
  let lines = ''
  for (const entry of entries) {
    lines += toLine(entry)
    if (lines.length < writtenAtOnce) continue
    yield lines
    lines = ''
  }
  if (lines !== '') yield lines
}

function toLine(entry: JournalEntry): string {
  return `${JSON.stringify(entry)}\n`
}
