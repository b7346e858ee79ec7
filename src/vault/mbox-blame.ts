/**
 * Which messages of an mbox file that is not what was saved are affected. Compares every octet of each record with what the
 * journal lets expect, the lines of ours and the separator included, and finds records that were only shifted by octets that
 * came or went before them.
 */
import { toAppError } from '../core/errors.ts'
import { type LineEnds, recordPrefix } from '../formats/mbox-prefix.ts'
import { type Disk, readStream } from './disk.ts'
import { systemPath } from './layout.ts'
import { collect, readMessage, recordHead } from './mail-store.ts'
import type { DamagedMessage } from './mbox-check.ts'
import type { SavedMessage, SavedMessages } from './saved-messages.ts'

export interface Blame {
  readonly damaged: readonly DamagedMessage[]
  /** Messages that are whole, but not where the journal says. */
  readonly shifted: number
}

/** How far a record is looked for from where it should begin, in octets; the second number where much is damaged. */
const reaches = [1 << 20, 1 << 16] as const
const muchDamaged = 10

/** `path`: of the mbox file, in the vault. A missing file has lost all of its messages. */
export async function blameMbox(disk: Disk, vault: string, path: string, saved: SavedMessages): Promise<Blame> {
  const damaged: DamagedMessage[] = []
  const size = (await disk.stat(systemPath(vault, path)))?.size ?? 0
  let shift = 0
  let shifted = 0
  for (const message of saved.inFile(path)) {
    const record = new ExpectedRecord(disk, vault, path, message, saved)
    let problem = await record.problemAt(message.offset + shift)
    if (problem !== null) {
      const found = await record.find(message.offset + shift, damaged.length < muchDamaged ? reaches[0] : reaches[1])
      if (found !== null && (await isIntactAt(record, found, saved.isStart(path, found - shift)))) {
        shift = found - message.offset
        problem = null
      }
    }
    if (problem === null) shifted += shift === 0 ? 0 : 1
    else damaged.push({ message, problem: message.offset + shift >= size ? 'The file ends before the message.' : problem })
  }
  return { damaged, shifted }
}

/** `isOthersPlace`: there another message should begin. */
async function isIntactAt(record: ExpectedRecord, offset: number, isOthersPlace: boolean): Promise<boolean> {
  return !isOthersPlace && (await record.problemAt(offset)) === null
}

class ExpectedRecord {
  readonly #disk: Disk
  readonly #vault: string
  readonly #path: string
  readonly #message: SavedMessage
  /** One of these stands before the message. */
  readonly #prefixes: readonly Buffer[]

  constructor(disk: Disk, vault: string, path: string, message: SavedMessage, saved: SavedMessages) {
    this.#disk = disk
    this.#vault = vault
    this.#path = path
    this.#message = message
    const { key, date, meta } = saved.origin(path, message.offset)
    const head = recordHead(key, new Date(date), meta)
    const { size, sha256 } = message
    this.#prefixes = [true, false].flatMap((beginsBlank) =>
      (['crlf', 'asis'] satisfies LineEnds[]).map((lineEnds) =>
        recordPrefix(head, { size, sha256, lineEnds, endsInLf: true, beginsBlank }),
      ),
    )
  }

  /** Null when the record stands there, octet for octet; else a sentence for a person. */
  async problemAt(offset: number): Promise<string | null> {
    const { length, sha256 } = this.#message
    const lastOctet = { value: 0 }
    try {
      for await (const chunk of readMessage(this.#disk, this.#vault, { path: this.#path, offset, length }, sha256))
        lastOctet.value = chunk.at(-1) ?? lastOctet.value
    } catch (error) {
      const { code, message } = toAppError(error)
      return code === 'corrupt' ? 'The message is not what was saved.' : message
    }
    const longest = this.#prefixes[0]?.length ?? 0
    const beginning = await this.#read(offset, longest)
    if (!this.#prefixes.some((prefix) => beginning.subarray(0, prefix.length).equals(prefix)))
      return 'The message itself is whole, but the lines before it in the file were changed.'
    const separator = lastOctet.value === 10 ? '\n' : '\n\n'
    const end = await this.#read(offset + length - separator.length, separator.length)
    return end.toString() === separator ? null : 'The message itself is whole, but the empty line after it was changed.'
  }

  /** Where the lines that stand before the message are, the nearest to `expected`. */
  async find(expected: number, reach: number): Promise<number | null> {
    const start = Math.max(0, expected - reach)
    const around = await this.#read(start, expected + reach - start)
    let nearest: number | null = null
    for (const prefix of this.#prefixes) {
      for (let at = around.indexOf(prefix); at >= 0; at = around.indexOf(prefix, at + 1)) {
        if (nearest === null || Math.abs(start + at - expected) < Math.abs(nearest - expected)) nearest = start + at
      }
    }
    return nearest
  }

  async #read(start: number, length: number): Promise<Buffer> {
    return await collect(readStream(this.#disk, systemPath(this.#vault, this.#path), start, start + length))
  }
}
