/** A mail folder as mbox files (mboxrd, flags in Status, X-Status and X-Keywords): each attempt adds one whole file. */
import { hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { toAppError } from '../../core/errors.ts'
import type { PutOutcome, RestoreItem } from '../../core/target.ts'
import { encodeRecord } from '../../formats/mbox.ts'
import { exists, giveName, makeFolder, writeError } from './target-files.ts'

const separator = Buffer.from('\nFrom ')

export class MboxFolder {
  /** Without `.mbox`. */
  readonly #stem: string
  readonly #dryRun: boolean
  readonly #durable: boolean
  /** SHA-256 of each record that is there, and how many of them no item of this restore stands for yet. */
  #there: Map<string, number> | null = null
  #file: FileHandle | null = null
  #parts: Uint8Array[] = []
  #waiting = 0

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
      const sum = hash('sha256', record, 'hex')
      const left = there.get(sum) ?? 0
      if (left > 0) {
        there.set(sum, left - 1)
        return { key: item.key, kind: 'already-there' }
      }
      if (!this.#dryRun) await this.#append(record)
      return { key: item.key, kind: 'created' }
    } catch (error) {
      return { key: item.key, kind: 'failed', error: toAppError(writeError(error, this.#stem)) }
    }
  }

  async #append(record: Buffer): Promise<void> {
    this.#file ??= await open(this.#temporary, 'wx', 0o600)
    this.#parts.push(record)
    this.#waiting += record.length
    if (this.#waiting >= 4 << 20) await this.#flush()
  }

  async #flush(): Promise<void> {
    const parts = this.#parts
    this.#parts = []
    this.#waiting = 0
    if (parts.length > 0) await this.#file?.writeFile(Buffer.concat(parts))
  }

  async #read(): Promise<Map<string, number>> {
    const there = new Map<string, number>()
    for (let part = 1; await exists(this.#nameOf(part)); part++) {
      for await (const record of records(this.#nameOf(part))) {
        const sum = hash('sha256', record, 'hex')
        there.set(sum, (there.get(sum) ?? 0) + 1)
      }
    }
    return there
  }

  /** The file of this attempt gets its name. */
  async finish(): Promise<void> {
    if (this.#file === null) return
    await this.#flush()
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

/** As the vault writes it, but without the line that only a vault needs. */
async function recordOf(item: RestoreItem): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of item.content()) parts.push(part)
  const texts = (value: unknown) => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [])
  const { flags, labels, thread } = item.meta
  const head = {
    id: '',
    date: new Date(item.date),
    flags: texts(flags),
    ...(labels === undefined ? {} : { labels: texts(labels) }),
    ...(typeof thread === 'string' ? { thread } : {}),
  }
  const { record } = encodeRecord(head, Buffer.concat(parts))
  const ours = record.indexOf(10) + 1
  return Buffer.concat([record.subarray(0, ours), record.subarray(record.indexOf(10, ours) + 1)])
}

/** Each from its `From ` line up to the next one. */
async function* records(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    let bytes: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let at = bytes.indexOf(separator); at >= 0; at = bytes.indexOf(separator)) {
      yield bytes.subarray(0, at + 1)
      bytes = bytes.subarray(at + 1)
    }
    rest = bytes
  }
  if (rest.length > 0) yield rest
}
