/** Reads an mbox file once from beginning to end and checks every message in it on the way. */
import { createHash, hash } from 'node:crypto'
import { toAppError } from '../core/errors.ts'
import { decodeRecord, decodeStored } from '../formats/mbox.ts'
import { maxPrefixLength, readClaim } from '../formats/mbox-prefix.ts'
import type { Disk, DiskFile } from './disk.ts'
import { wholeMessage } from './mail-store.ts'
import type { SavedMessage } from './saved-messages.ts'

export interface DamagedMessage {
  readonly message: SavedMessage
  /** One sentence for a person. */
  readonly problem: string
}

/** Octets read at once. */
const chunkLength = 1 << 20
/** Room for a message that is decoded in memory, and for the chunk that goes on behind it. */
const windowLength = wholeMessage + maxPrefixLength + chunkLength

/** Memory to check one file after the other in. As garbage it would pile up. */
export class CheckRoom {
  readonly window = Buffer.allocUnsafeSlow(windowLength)
  readonly chunks = [Buffer.allocUnsafeSlow(chunkLength), Buffer.allocUnsafeSlow(chunkLength)] as const
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

  /** Octets behind the last message, once all is read: a crash or somebody else left them. */
  get added(): number {
    return this.#end - this.#saved
  }

  /** Where the last message should end. */
  #saved = 0

  async *damaged(): AsyncGenerator<DamagedMessage> {
    const file = await this.#disk.open(this.#path, 'read')
    const ahead = new ReadAhead(file, this.#room.chunks)
    try {
      for (const message of this.#messages) {
        this.#saved = message.offset + message.length
        const problem = await this.#check(ahead, message)
        if (problem !== null) yield { message, problem }
      }
      while (await this.#advance(ahead, this.#end));
    } finally {
      await ahead.stop()
      await file.close()
    }
  }

  /** Position in the file of the first octet behind the window. */
  get #end(): number {
    return this.#start + this.#filled
  }

  /**
   * Moves the window so that it begins at `position`, which lies in it or at its end, and adds a chunk, for which there must
   * be room. False at the end of the file.
   */
  async #advance(ahead: ReadAhead, position: number): Promise<boolean> {
    const keep = this.#end - position
    if (keep < this.#filled) this.#window.copyWithin(0, this.#filled - keep, this.#filled)
    this.#start = position
    this.#filled = keep
    const chunk = await ahead.next()
    this.#onChunk(chunk)
    this.#filled += chunk.copy(this.#window, this.#filled)
    return chunk.length > 0
  }

  async #check(ahead: ReadAhead, message: SavedMessage): Promise<string | null> {
    while (message.offset > this.#end) if (!(await this.#advance(ahead, this.#end))) return 'The file ends before the message.'
    if (message.length > wholeMessage) return this.#checkLarge(ahead, message)
    while (message.offset + message.length > this.#end)
      if (!(await this.#advance(ahead, message.offset))) return 'The file ends within the message.'
    const at = message.offset - this.#start
    return problemOf(message, () => this.#checkRecord(this.#window.subarray(at, at + message.length)))
  }

  #checkRecord(record: Buffer): Checked {
    const claim = readClaim(record)
    const original = decodeRecord(record, claim, (octets) => this.#room.original(octets))
    return { sha256: hash('sha256', original, 'hex'), size: original.length, claimed: claim.sha256 }
  }

  /** Decoded as it streams; the window follows. */
  async #checkLarge(ahead: ReadAhead, message: SavedMessage): Promise<string | null> {
    await this.#advance(ahead, message.offset)
    try {
      const claim = readClaim(this.#window.subarray(0, Math.min(this.#filled, maxPrefixLength)))
      const sum = createHash('sha256')
      let size = 0
      for await (const chunk of decodeStored(
        this.#stream(ahead, message.offset + claim.prefixLength, message.offset + message.length),
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

  async *#stream(ahead: ReadAhead, from: number, end: number): AsyncGenerator<Buffer> {
    for (let position = from; position < end; ) {
      const available = this.#end - position
      if (available <= 0) {
        if (!(await this.#advance(ahead, position))) return
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

/** A file from its beginning to its end; while a chunk is worked on, the next one is on its way. */
class ReadAhead {
  readonly #file: DiskFile
  #coming: Promise<Buffer>
  #next: Buffer
  #position = 0

  constructor(file: DiskFile, [first, second]: readonly [Buffer, Buffer]) {
    this.#file = file
    this.#next = second
    this.#coming = this.#read(first)
  }

  /** Empty at the end of the file. The octets stay until the next call. */
  async next(): Promise<Buffer> {
    const chunk = await this.#coming
    if (chunk.length === 0) return chunk
    const memory = this.#next
    this.#next = chunk
    this.#coming = this.#read(memory)
    return chunk
  }

  /** Returns once nothing is under way any more. Never throws. */
  async stop(): Promise<void> {
    await this.#coming.catch(() => undefined)
  }

  #read(memory: Buffer): Promise<Buffer> {
    const whole = Buffer.from(memory.buffer, 0, chunkLength)
    const reading = this.#file.read(whole, this.#position).then((octets) => {
      this.#position += octets
      return whole.subarray(0, octets)
    })
    // Met by whoever asks for the chunk; until then it would count as unhandled.
    reading.catch(() => undefined)
    return reading
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
