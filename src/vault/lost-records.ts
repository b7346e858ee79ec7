/**
 * Finds messages that are not where the journal says: a mail program wrote their file anew, or somebody moved it. Each says by its own
 * header what it is, and its checksum proves it.
 */
import { DatabaseSync } from 'node:sqlite'
import { hasCode } from '../core/errors.ts'
import { claimedSum, messageOfRewritten } from '../formats/mbox-rewritten.ts'
import { type Disk, readStream } from './disk.ts'
import { mailFolder, systemPath } from './layout.ts'
import { collect, readMessage } from './mail-store.ts'
import { payloadFiles } from './manifest.ts'
import type { AccountState } from './state.ts'

/** A longer one is not taken apart in memory. Octets. */
const longest = 64 << 20
/** In so many octets of a record stands our line. */
const beginning = 8 << 10
const separator = Buffer.from('\nFrom ')

export class LostRecords {
  readonly #disk: Disk
  readonly #root: string
  readonly #state: AccountState
  #found: DatabaseSync | null = null
  readonly #read = new Set<string>()
  #hasLookedEverywhere = false

  /** `root`: the account's folder. Files that were looked through once are taken to stay as they are. */
  constructor(disk: Disk, root: string, state: AccountState) {
    this.#disk = disk
    this.#root = root
    this.#state = state
  }

  /**
   * The original octets of a message, from the file where it was saved, another place where it was saved too, or any other file of the
   * account; null where it is in none that can be read.
   */
  async find(path: string, sha256: string): Promise<Buffer | null> {
    await this.#lookThrough(path)
    return (await this.#known(sha256)) ?? (await this.#elsewhere(sha256))
  }

  async #elsewhere(sha256: string): Promise<Buffer | null> {
    for (const place of this.#state.places('mail', sha256)) {
      if (place.size > longest) continue
      const message = await ifReadable(collect(readMessage(this.#disk, this.#root, place, sha256)))
      if (message !== null) return message
    }
    if (this.#hasLookedEverywhere) return null
    this.#hasLookedEverywhere = true
    const lengths = this.#state.fileLengths(`${mailFolder}/`)
    // What somebody put into a file changed its length: all others hold what was saved in them, which may be a lot to read.
    for await (const { path, size } of payloadFiles(this.#disk, this.#root, mailFolder))
      if (path.endsWith('.mbox') && lengths.get(path) !== size) await this.#lookThrough(path)
    return await this.#known(sha256)
  }

  get #database(): DatabaseSync {
    if (this.#found !== null) return this.#found
    this.#found = new DatabaseSync('')
    this.#found.exec(
      'CREATE TABLE found (sha256 TEXT NOT NULL, path TEXT NOT NULL, start INTEGER NOT NULL, length INTEGER NOT NULL)',
    )
    this.#found.exec('CREATE INDEX found_by_sum ON found (sha256)')
    return this.#found
  }

  async #known(sha256: string): Promise<Buffer | null> {
    const rows = this.#database.prepare('SELECT path, start, length FROM found WHERE sha256 = ?').all(sha256)
    for (const { path, start, length } of rows) {
      if (Number(length) > longest) continue
      const from = Number(start)
      const octets = readStream(this.#disk, systemPath(this.#root, String(path)), from, from + Number(length))
      const record = await ifReadable(collect(octets))
      const message = record === null ? null : messageOfRewritten(record, sha256)
      if (message !== null) return message
    }
    return null
  }

  async #lookThrough(path: string): Promise<void> {
    if (this.#read.has(path)) return
    this.#read.add(path)
    const file = systemPath(this.#root, path)
    if ((await this.#disk.stat(file))?.kind !== 'file') return
    this.#database.exec('BEGIN')
    try {
      await ifReadable(this.#noteRecords(path, file))
    } finally {
      this.#database.exec('COMMIT')
    }
  }

  async #noteRecords(path: string, file: string): Promise<void> {
    const insert = this.#database.prepare('INSERT INTO found VALUES (?, ?, ?, ?)')
    let last: { readonly sha256: string | null; readonly start: number } | null = null
    const end = (position: number) => {
      if (last !== null && last.sha256 !== null) insert.run(last.sha256, path, last.start, position - last.start)
    }
    let length = 0
    for await (const { start, head } of recordsOf(readStream(this.#disk, file), (octets) => (length = octets))) {
      end(start)
      last = { sha256: claimedSum(head), start }
    }
    end(length)
  }
}

/** Null where that part of the disk is not what it was, is not there or cannot be read. */
async function ifReadable<T>(read: Promise<T>): Promise<T | null> {
  try {
    return await read
  } catch (error) {
    if (hasCode(error, 'corrupt', 'disk-absent', 'disk-failed')) return null
    throw error
  }
}

/** What the records of an mbox file say their messages have, from the beginning of one on. */
export async function* claimedSums(disk: Disk, path: string, from: number): AsyncGenerator<string> {
  for await (const { head } of recordsOf(readStream(disk, path, from), () => undefined)) {
    const sha256 = claimedSum(head)
    if (sha256 !== null) yield sha256
  }
}

/** Where the records of an mbox file begin, and with what. `onEnd`: told the length of the file. */
async function* recordsOf(
  chunks: AsyncIterable<Buffer>,
  onEnd: (octets: number) => void,
): AsyncGenerator<{ readonly start: number; readonly head: Buffer }> {
  // So that the first record begins as all others do.
  let window: Buffer = Buffer.from('\n')
  let position = -1
  const take = function* (isEnd: boolean) {
    let done = 0
    for (let at = window.indexOf(separator); at >= 0; at = window.indexOf(separator, done)) {
      done = at
      if (!isEnd && window.length - at <= beginning) break
      yield { start: position + at + 1, head: window.subarray(at + 1, at + 1 + beginning) }
      done = at + 1
    }
    if (window.indexOf(separator, done) < 0) done = Math.max(done, window.length - separator.length + 1)
    position += done
    window = window.subarray(done)
  }
  for await (const chunk of chunks) {
    window = Buffer.concat([window, chunk])
    yield* take(false)
  }
  yield* take(true)
  onEnd(position + window.length)
}
