/** Reads many messages that lie one after the other in a few files, as a run left them, with few calls to the disk. */
import { hash } from 'node:crypto'
import { hasCode } from '../core/errors.ts'
import { decodeRecord, storedMessage } from '../formats/mbox.ts'
import { type RecordClaim, readClaim } from '../formats/mbox-prefix.ts'
import type { Disk } from './disk.ts'
import type { Place } from './mail-store.ts'

/** Octets that are read at once. */
const stretch = 256 << 10
/** Longer records are not read here. Octets. */
const longest = 4 << 20
/** A run writes to as many files at once as it has connections. */
const mostStretches = 8

/** What was read last of a file. */
interface Stretch {
  readonly start: number
  readonly bytes: Buffer
}

type Where = Pick<Place, 'offset' | 'length'>
type Decode = (record: Buffer, claim: RecordClaim) => Buffer | null

/** What it answers is good until the next call. */
export class MailReader {
  readonly #disk: Disk
  /** By file, the one used last at the end. */
  readonly #stretches = new Map<string, Stretch>()
  /** Room of stretches that are not needed any more: memory that is new costs as much as what is read into it. */
  readonly #spare: Buffer[] = []
  /** The original octets of a message while they are checked. */
  #original = Buffer.alloc(0)

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /**
   * A message as `storedMessage` gives it, checked; null where it is not there or not what was saved, and for very long ones: ask
   * `readItem`.
   * @param path of the file, as the system writes it
   */
  async read(path: string, where: Where, sha256: string): Promise<Buffer | null> {
    return await this.#read(path, where, (record, claim) =>
      this.#isSound(record, claim, sha256) ? storedMessage(record, claim) : null,
    )
  }

  #isSound(record: Buffer, claim: RecordClaim, sha256: string): boolean {
    const message = decodeRecord(record, claim, (octets) => {
      if (octets > this.#original.length) this.#original = Buffer.allocUnsafe(2 * octets)
      return this.#original
    })
    return message.length === claim.size && hash('sha256', message, 'hex') === sha256
  }

  /**
   * The same of one that this very run has written and checked. Files grow while they are read: what was not committed when `forget`
   * was called last may be half there.
   */
  async readFresh(path: string, where: Where, sha256: string): Promise<Buffer | null> {
    return await this.#read(path, where, (record, claim) => (claim.sha256 === sha256 ? storedMessage(record, claim) : null))
  }

  /** More was committed. */
  forget(): void {
    for (const path of [...this.#stretches.keys()]) this.#drop(path)
  }

  #drop(path: string): void {
    const dropped = this.#stretches.get(path)
    this.#stretches.delete(path)
    if (dropped?.bytes.buffer.byteLength === stretch) this.#spare.push(Buffer.from(dropped.bytes.buffer))
  }

  async #read(path: string, { offset, length }: Where, decode: Decode): Promise<Buffer | null> {
    if (length > longest) return null
    const kept = this.#kept(path, offset, length)
    const known = kept === null ? null : decoded(kept, decode)
    if (known !== null) return known
    this.#drop(path)
    const bytes = await this.#octets(path, offset, Math.max(length, stretch))
    if (bytes === null) return null
    this.#stretches.set(path, { start: offset, bytes })
    for (const oldest of this.#stretches.keys()) {
      if (this.#stretches.size <= mostStretches) break
      this.#drop(oldest)
    }
    return bytes.length < length ? null : decoded(bytes.subarray(0, length), decode)
  }

  #kept(path: string, offset: number, length: number): Buffer | null {
    const kept = this.#stretches.get(path)
    const from = offset - (kept?.start ?? 0)
    return kept === undefined || from < 0 || from + length > kept.bytes.length ? null : kept.bytes.subarray(from, from + length)
  }

  /** Fewer where the file ends; null where not all can be read. The file is not held open: its folder may get another name. */
  async #octets(path: string, offset: number, length: number): Promise<Buffer | null> {
    try {
      const file = await this.#disk.open(path, 'read')
      try {
        const spare = length === stretch ? this.#spare.pop() : undefined
        const bytes = spare ?? Buffer.from(new ArrayBuffer(length))
        let end = 0
        for (let n = -1; n !== 0 && end < length; end += n) n = await file.read(bytes.subarray(end), offset + end)
        return bytes.subarray(0, end)
      } finally {
        await file.close()
      }
    } catch (error) {
      if (hasCode(error, 'disk-absent', 'disk-failed')) return null
      throw error
    }
  }
}

function decoded(record: Buffer, decode: Decode): Buffer | null {
  try {
    return decode(record, readClaim(record))
  } catch (error) {
    if (hasCode(error, 'corrupt')) return null
    throw error
  }
}
