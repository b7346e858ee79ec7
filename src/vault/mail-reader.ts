/** Reads many messages that lie one after the other, as a run left them, with few calls to the disk. */
import { hash } from 'node:crypto'
import { hasCode } from '../core/errors.ts'
import { decodeRecord, readClaim } from '../formats/mbox.ts'
import { type Disk, readStream } from './disk.ts'
import { collect, type Place } from './mail-store.ts'

/** Octets that are read at once. */
const stretch = 1 << 20
/** Longer records are not read here. Octets. */
const longest = 4 << 20

export class MailReader {
  readonly #disk: Disk
  /** What was read last. Files only grow, but what nobody committed yet may have been read half written. */
  #kept: { readonly path: string; readonly start: number; readonly bytes: Buffer } | null = null

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /**
   * The original octets, checked; null where they are not there or not what was saved, and for very long ones: ask `readItem`.
   * @param path of the file, as the system writes it
   */
  async read(path: string, { offset, length }: Pick<Place, 'offset' | 'length'>, sha256: string): Promise<Buffer | null> {
    if (length > longest) return null
    const kept = this.#keptPart(path, offset, length)
    const known = kept === null ? null : original(kept, sha256)
    if (known !== null) return known
    const bytes = await this.#stretchFrom(path, offset, Math.max(length, stretch))
    if (bytes === null) return null
    this.#kept = { path, start: offset, bytes }
    return original(bytes.subarray(0, length), sha256)
  }

  #keptPart(path: string, offset: number, length: number): Buffer | null {
    if (this.#kept === null || this.#kept.path !== path) return null
    const from = offset - this.#kept.start
    return from < 0 || from + length > this.#kept.bytes.length ? null : this.#kept.bytes.subarray(from, from + length)
  }

  async #stretchFrom(path: string, offset: number, length: number): Promise<Buffer | null> {
    try {
      return await collect(readStream(this.#disk, path, offset, offset + length))
    } catch (error) {
      if (hasCode(error, 'disk-absent')) return null
      throw error
    }
  }
}

function original(record: Buffer, sha256: string): Buffer | null {
  try {
    const claim = readClaim(record)
    const message = decodeRecord(record, claim)
    return message.length === claim.size && hash('sha256', message, 'hex') === sha256 ? message : null
  } catch (error) {
    if (hasCode(error, 'corrupt')) return null
    throw error
  }
}
