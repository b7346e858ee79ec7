/** A mail folder as mbox files (mboxrd, flags in Status, X-Status and X-Keywords): each attempt adds one whole file. */
import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { toAppError } from '../../core/errors.ts'
import type { PutOutcome, RestoreItem } from '../../core/target.ts'
import { ContentInspector, encodeRecord, storedForm } from '../../formats/mbox.ts'
import { type RecordHead, recordPrefix, recordSuffix } from '../../formats/mbox-prefix.ts'
import { exists, giveName, makeFolder, writeError } from './target-files.ts'

const separator = Buffer.from('\nFrom ')
/** Messages up to this size are put together in memory. Octets. */
const wholeLimit = 4 << 20
/** So much waits until it is written. Octets. */
const waitingLimit = 4 << 20

export class MboxFolder {
  /** Without `.mbox`. */
  readonly #stem: string
  readonly #dryRun: boolean
  readonly #durable: boolean
  /** SHA-256 of each record that is there, and how many of them no item of this restore stands for yet. */
  #there: Map<string, number> | null = null
  #file: FileHandle | null = null
  /** Octets of the file so far, and how many of them are written; the others wait in the parts. */
  #length = 0
  #written = 0
  #parts: Uint8Array[] = []

  constructor(stem: string, dryRun: boolean, durable: boolean) {
    this.#stem = stem
    this.#dryRun = dryRun
    this.#durable = durable
  }

  get #temporary(): string {
    return join(dirname(this.#stem), `.lifeboat-tmp-${basename(this.#stem)}`)
  }

  async make(): Promise<boolean> {
    if (!this.#dryRun) {
      await makeFolder(dirname(this.#stem))
      await unlink(this.#temporary).catch(() => {})
    }
    return !(await exists(this.#nameOf(1)))
  }

  #nameOf(part: number): string {
    return part === 1 ? `${this.#stem}.mbox` : `${this.#stem} (${part}).mbox`
  }

  async *put(items: readonly RestoreItem[]): AsyncGenerator<PutOutcome> {
    this.#there ??= await this.#read()
    for (const item of items) yield await this.#putOne(item, this.#there)
  }

  async #putOne(item: RestoreItem, there: Map<string, number>): Promise<PutOutcome> {
    try {
      const record = await recordOf(item)
      if (there.size > 0) {
        const sum = await sumOf(record())
        const left = there.get(sum) ?? 0
        if (left > 0) {
          there.set(sum, left - 1)
          return { key: item.key, kind: 'already-there' }
        }
      }
      if (!this.#dryRun) await this.#append(record())
      return { key: item.key, kind: 'created' }
    } catch (error) {
      return { key: item.key, kind: 'failed', error: toAppError(writeError(error, this.#stem)) }
    }
  }

  /** All of the record or nothing. */
  async #append(record: AsyncIterable<Uint8Array>): Promise<void> {
    this.#file ??= await open(this.#temporary, 'wx', 0o600)
    const start = this.#length
    try {
      for await (const part of record) {
        this.#parts.push(part)
        this.#length += part.length
        if (this.#length - this.#written >= waitingLimit) await this.#flush(this.#file)
      }
    } catch (error) {
      await this.#cutBack(this.#file, start)
      throw error
    }
  }

  async #cutBack(file: FileHandle, length: number): Promise<void> {
    this.#parts = [Buffer.concat(this.#parts).subarray(0, Math.max(0, length - this.#written))]
    this.#length = length
    if (this.#written <= length) return
    await file.truncate(length)
    this.#written = length
  }

  /** What could not be written waits on: earlier messages, of which it was said that they are there, stand in it. */
  async #flush(file: FileHandle): Promise<void> {
    let left: Uint8Array = Buffer.concat(this.#parts)
    this.#parts = [left]
    while (left.length > 0) {
      const { bytesWritten } = await file.write(left, 0, left.length, this.#written)
      this.#written += bytesWritten
      left = left.subarray(bytesWritten)
      this.#parts = [left]
    }
    this.#parts = []
  }

  async #read(): Promise<Map<string, number>> {
    const there = new Map<string, number>()
    for (let part = 1; await exists(this.#nameOf(part)); part++)
      for await (const sum of sumsOf(this.#nameOf(part))) there.set(sum, (there.get(sum) ?? 0) + 1)
    return there
  }

  /** The file of this attempt gets its name. */
  async finish(): Promise<void> {
    if (this.#file === null) return
    await this.#flush(this.#file)
    if (this.#durable) await this.#file.sync()
    await this.#file.close()
    this.#file = null
    for (let part = 1; !(await giveName(this.#temporary, this.#nameOf(part))); part++);
  }

  async close(): Promise<void> {
    await this.#file?.close().catch(() => {})
    this.#file = null
  }
}

/**
 * As the vault writes it, but without the line that only a vault needs. The same each time it is asked for. Parts are copied: their
 * memory may be used again.
 */
async function recordOf(item: RestoreItem): Promise<() => AsyncIterable<Uint8Array>> {
  const head = headOf(item)
  if (item.size > wholeLimit) {
    const inspector = new ContentInspector()
    for await (const part of item.content()) inspector.update(part)
    const facts = inspector.facts()
    return async function* () {
      yield withoutOwnLine(recordPrefix(head, facts))
      for await (const part of storedForm(item.content(), facts.lineEnds)) yield Buffer.from(part)
      yield recordSuffix(facts)
    }
  }
  const parts: Uint8Array[] = []
  for await (const part of item.content()) parts.push(new Uint8Array(part))
  const record = withoutOwnLine(encodeRecord(head, Buffer.concat(parts)).record)
  return async function* () {
    yield record
  }
}

function headOf({ date, meta }: RestoreItem): RecordHead {
  const texts = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [])
  const { flags, labels, thread } = meta
  return {
    id: '',
    date: new Date(date),
    flags: texts(flags),
    ...(labels === undefined ? {} : { labels: texts(labels) }),
    ...(typeof thread === 'string' ? { thread } : {}),
  }
}

/** Without the line behind the `From ` line. */
function withoutOwnLine(record: Buffer): Buffer {
  const ours = record.indexOf(10) + 1
  return Buffer.concat([record.subarray(0, ours), record.subarray(record.indexOf(10, ours) + 1)])
}

async function sumOf(record: AsyncIterable<Uint8Array>): Promise<string> {
  const sum = createHash('sha256')
  for await (const part of record) sum.update(part)
  return sum.digest('hex')
}

/** Of each record, from its `From ` line up to the next one. */
async function* sumsOf(path: string): AsyncGenerator<string> {
  let sum: Hash | null = null
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator)) {
      yield (sum ?? createHash('sha256')).update(bytes.subarray(0, at + 1)).digest('hex')
      sum = null
      bytes = bytes.subarray(at + 1)
    }
    // The end may be the beginning of what parts two records.
    const certain = Math.max(0, bytes.length - separator.length + 1)
    sum = (sum ?? createHash('sha256')).update(bytes.subarray(0, certain))
    rest = bytes.subarray(certain)
  }
  if (sum !== null) yield sum.update(rest).digest('hex')
}
