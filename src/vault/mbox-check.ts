/** Reads an mbox file once from beginning to end and checks every message in it on the way. */
import { createHash, hash } from 'node:crypto'
import { toAppError } from '../core/errors.ts'
import { decodeRecord, decodeStored, maxPrefixLength, readClaim } from '../formats/mbox.ts'
import type { Disk, DiskFile } from './disk.ts'
import { wholeMessage } from './mail-store.ts'
import type { SavedMessage } from './saved-messages.ts'

export interface DamagedMessage {
  readonly message: SavedMessage
  /** One sentence for a person. */
  readonly problem: string
}

/** Octets read at once; room for a message that is decoded in memory. */
const windowLength = wholeMessage + maxPrefixLength

/** Memory to check one file after the other in. As garbage it would pile up. */
export class CheckRoom {
  readonly window = Buffer.allocUnsafeSlow(windowLength)
  #original: Buffer = Buffer.alloc(0)

  /** For the original of one message, until the next call. */
  original(octets: number): Buffer {
    if (this.#original.length < octets) this.#original = Buffer.allocUnsafeSlow(Math.max(octets, 1 << 20))
    return this.#original
  }
}

export class MboxCheck {
  readonly #disk: Disk
  readonly #path: string
  readonly #messages: Iterable<SavedMessage>
  readonly #onChunk: (chunk: Uint8Array) => void
  readonly #room: CheckRoom
  readonly #window: Buffer
  /** Position in the file of the window's first octet, and how much of the window is filled. */
  #start = 0
  #filled = 0

  /** `messages` in the order of their offsets. `onChunk` is given every octet of the file once, in order. */
  constructor(disk: Disk, room: CheckRoom, path: string, messages: Iterable<SavedMessage>, onChunk: (chunk: Uint8Array) => void) {
    this.#disk = disk
    this.#room = room
    this.#window = room.window
    this.#path = path
    this.#messages = messages
    this.#onChunk = onChunk
  }

  async *damaged(): AsyncGenerator<DamagedMessage> {
    const file = await this.#disk.open(this.#path, 'read')
    try {
      for (const message of this.#messages) {
        const problem = await this.#check(file, message)
        if (problem !== null) yield { message, problem }
      }
      while (await this.#advance(file, this.#start + this.#filled));
    } finally {
      await file.close()
    }
  }

  /** Moves the window so that it begins at `position`, which lies in it or at its end, and fills it. False at the end of the file. */
  async #advance(file: DiskFile, position: number): Promise<boolean> {
    const keep = this.#start + this.#filled - position
    this.#window.copyWithin(0, this.#filled - keep, this.#filled)
    this.#start = position
    this.#filled = keep
    let grown = false
    while (this.#filled < windowLength) {
      const target = this.#window.subarray(this.#filled)
      const n = await file.read(target, this.#start + this.#filled)
      if (n === 0) return grown
      this.#onChunk(target.subarray(0, n))
      this.#filled += n
      grown = true
    }
    return grown
  }

  async #check(file: DiskFile, message: SavedMessage): Promise<string | null> {
    while (message.offset > this.#start + this.#filled)
      if (!(await this.#advance(file, this.#start + this.#filled))) return 'The file ends before the message.'
    if (message.length > wholeMessage) return this.#checkLarge(file, message)
    if (message.offset + message.length > this.#start + this.#filled) await this.#advance(file, message.offset)
    const at = message.offset - this.#start
    if (at + message.length > this.#filled) return 'The file ends within the message.'
    return problemOf(message, () => this.#checkRecord(this.#window.subarray(at, at + message.length)))
  }

  #checkRecord(record: Buffer): Checked {
    const claim = readClaim(record)
    const original = decodeRecord(record, claim, (octets) => this.#room.original(octets))
    return { sha256: hash('sha256', original, 'hex'), size: original.length, claimed: claim.sha256 }
  }

  /** Decoded as it streams; the window follows. */
  async #checkLarge(file: DiskFile, message: SavedMessage): Promise<string | null> {
    await this.#advance(file, message.offset)
    try {
      const claim = readClaim(this.#window.subarray(0, Math.min(this.#filled, maxPrefixLength)))
      const sum = createHash('sha256')
      let size = 0
      for await (const chunk of decodeStored(
        this.#stream(file, message.offset + claim.prefixLength, message.offset + message.length),
        claim,
      )) {
        sum.update(chunk)
        size += chunk.length
      }
      const sha256 = sum.digest('hex')
      return problemOf(message, () => ({ sha256, size, claimed: claim.sha256 }))
    } catch (error) {
      return toAppError(error).message
    }
  }

  async *#stream(file: DiskFile, from: number, end: number): AsyncGenerator<Buffer> {
    for (let position = from; position < end; ) {
      const available = this.#start + this.#filled - position
      if (available <= 0) {
        if (!(await this.#advance(file, position))) return
        continue
      }
      const at = position - this.#start
      // A copy: the decoder may keep its last octets while the window moves on.
      const chunk = Buffer.from(this.#window.subarray(at, at + Math.min(available, end - position, 1 << 20)))
      position += chunk.length
      yield chunk
    }
  }
}

interface Checked {
  readonly sha256: string
  readonly size: number
  readonly claimed: string
}

function problemOf(message: SavedMessage, check: () => Checked): string | null {
  try {
    const { sha256, size, claimed } = check()
    if (sha256 === message.sha256 && size === message.size && claimed === message.sha256) return null
    return 'The message is not what was saved.'
  } catch (error) {
    return toAppError(error).message
  }
}
