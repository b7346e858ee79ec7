/** Reads many messages that lie one after the other in a few files, as a run left them, with few calls to the disk. */
import { hash } from 'node:crypto'
import { hasCode } from '../core/errors.ts'
import { decodeRecord, readClaim } from '../formats/mbox.ts'
import type { Disk } from './disk.ts'
import type { Place } from './mail-store.ts'

/** Octets that are read at once. */
const stretch = 256 << 10
/** Longer records are not read here. Octets. */
const longest = 4 << 20
/** A run writes to as many files at once as it has connections. */
const mostStretches = 8

/** What was read last of a file. Files only grow, but what nobody committed yet may have been read half written. */
interface Stretch {
  readonly start: number
  readonly bytes: Buffer
}

export class MailReader {
  readonly #disk: Disk
  /** By file, the one used last at the end. */
  readonly #stretches = new Map<string, Stretch>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /**
   * The original octets, checked; null where they are not there or not what was saved, and for very long ones: ask `readItem`.
   * @param path of the file, as the system writes it
   */
  async read(path: string, { offset, length }: Pick<Place, 'offset' | 'length'>, sha256: string): Promise<Buffer | null> {
    if (length > longest) return null
    const kept = this.#kept(path, offset, length)
    const known = kept === null ? null : original(kept, sha256)
    if (known !== null) return known
    const bytes = await this.#octets(path, offset, Math.max(length, stretch))
    if (bytes === null) return null
    this.#stretches.delete(path)
    this.#stretches.set(path, { start: offset, bytes })
    for (const oldest of this.#stretches.keys()) if (this.#stretches.size > mostStretches) this.#stretches.delete(oldest)
    return original(bytes.subarray(0, length), sha256)
  }

  #kept(path: string, offset: number, length: number): Buffer | null {
    const kept = this.#stretches.get(path)
    const from = offset - (kept?.start ?? 0)
    return kept === undefined || from < 0 || from + length > kept.bytes.length ? null : kept.bytes.subarray(from, from + length)
  }

  /** Fewer where the file ends; null where it is not there. It is not held open: its folder may get another name. */
  async #octets(path: string, offset: number, length: number): Promise<Buffer | null> {
    try {
      const file = await this.#disk.open(path, 'read')
      try {
        const bytes = Buffer.allocUnsafe(length)
        let end = 0
        for (let n = -1; n !== 0 && end < length; end += n) n = await file.read(bytes.subarray(end), offset + end)
        return bytes.subarray(0, end)
      } finally {
        await file.close()
      }
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
