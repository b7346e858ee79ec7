import type { Socket } from 'node:net'
import type { Writable } from 'node:stream'
import type { ImapFlow } from 'imapflow'
import type { ImapStream } from 'imapflow/lib/handler/imap-stream.js'

/** Octets that are read from a connection at once. */
const chunkSize = 64 << 10

/** What of imapflow is needed here, which its published types leave out. */
interface Client {
  readonly socket: Socket
  readonly streamer: ImapStream
  /** Stands before the parser once the connection is compressed (RFC 4978). */
  readonly _inflate?: Writable
}

/**
 * Reads from a connection into memory that is used again. A stream would make new memory for every chunk, and collecting that
 * garbage costs more than all the rest of receiving. Not for a connection that is yet to change to TLS.
 */
export class Inlet {
  readonly #free: Buffer[] = []
  #client: Client | null = null

  /** For `net.connect` and `tls.connect`. */
  readonly onread = {
    buffer: () => this.#free.pop() ?? Buffer.allocUnsafeSlow(chunkSize),
    callback: (octets: number, memory: Uint8Array): boolean => this.#receive(memory as Buffer, octets),
  }

  /** `client` was made with `onread` among its `tls` options and has not connected yet. */
  attach(client: ImapFlow): void {
    this.#client = client as unknown as Client
  }

  /** False when nothing more is to be read until what came is dealt with. */
  #receive(memory: Buffer, octets: number): boolean {
    const client = this.#client
    if (client === null) return false
    const to = client._inflate ?? client.streamer
    if (to.destroyed || to.writableEnded) return true
    const goesOn = to.write(memory.subarray(0, octets), () => {
      keepOwn(client.streamer, memory)
      this.#free.push(memory)
    })
    if (!goesOn) to.once('drain', () => client.socket.resume())
    return goesOn
  }
}

/** The parser may keep the beginning of an answer until the rest comes: from now on in memory of its own. */
function keepOwn(parser: ImapStream, memory: Buffer): void {
  const own = (part: Buffer) => (part.buffer === memory.buffer ? Buffer.from(part) : part)
  parser.lineBuffer = parser.lineBuffer.map(own)
  parser.inputBuffer = parser.inputBuffer.map(own)
  parser.literalBuffer = parser.literalBuffer.map(own)
}
