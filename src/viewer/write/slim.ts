/**
 * Takes large base64 attachments out of a message before it is parsed, for the parser spends nearly all of its time on them.
 * What stands in for one is recognised among the parsed attachments; where it is not, the message is parsed as it is.
 */
import { randomBytes } from 'node:crypto'
import { type Allocate, decodedBase64 } from './base64.ts'

/** Shorter ones are not worth it. Octets. */
const shortest = 4096

export interface SlimMessage {
  readonly bytes: Uint8Array
  /** What was taken out, as it is encoded, by the content of what stands in for it. */
  readonly parts: ReadonlyMap<string, Uint8Array>
}

const LF = 10
const DASH = 45

/** Nobody can know it who wrote a message. */
const mark = randomBytes(8).toString('hex')
/** A longer header is none, or not one to look into. Octets. */
const longestHeader = 16_384

export function slimMessage(message: Uint8Array): SlimMessage {
  const source = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  const parts = new Map<string, Uint8Array>()
  const kept: Uint8Array[] = []
  let last = 0
  for (let start = 0; start >= 0 && start < source.length; start = nextBoundary(source, start)) {
    const body = bodyOfAttachment(source, start)
    if (body === null) continue
    const end = endOfBody(source, body)
    if (end - body < shortest) continue
    const name = `lifeboat-part-${mark}-${parts.size}`
    parts.set(name, source.subarray(body, end))
    kept.push(source.subarray(last, body), Buffer.from(Buffer.from(name).toString('base64')))
    last = end
    start = end - 1
  }
  if (parts.size === 0) return { bytes: message, parts }
  return { bytes: Buffer.concat([...kept, source.subarray(last)]), parts }
}

/** The line after the next one that begins with `--`. */
function nextBoundary(source: Buffer, from: number): number {
  const at = source.indexOf('\n--', from)
  if (at < 0) return -1
  const end = source.indexOf(LF, at + 1)
  return end < 0 ? -1 : end + 1
}

/** Where the content of a part begins whose header stands at `start`, if it is base64 and no text or message. */
function bodyOfAttachment(source: Buffer, start: number): number | null {
  const near = source.subarray(start, start + longestHeader)
  const end = emptyLine(near)
  if (end < 0) return null
  const header = near.toString('latin1', 0, end)
  if (!/^content-transfer-encoding:[ \t]*base64[ \t\r]*$/im.test(header)) return null
  if (!/^content-type:[ \t]*(application|image|audio|video|font|model)\//im.test(header)) return null
  return source.indexOf(LF, start + end + 1) + 1
}

/** Where the first empty line begins, at the LF before it; -1: nowhere. */
export function emptyLine(bytes: Buffer): number {
  const lf = bytes.indexOf('\n\n')
  const crlf = bytes.subarray(0, lf < 0 ? bytes.length : lf + 1).indexOf('\n\r\n')
  return crlf < 0 ? lf : crlf
}

/** base64 has no `-`: the next line that begins with two of them ends it. */
function endOfBody(source: Buffer, body: number): number {
  if (source[body] === DASH && source[body + 1] === DASH) return body
  const at = source.indexOf('\n--', body)
  return at < 0 ? source.length : at
}

/** Content of an attachment, if it stands in for one that was taken out. */
export function takenOut(content: Uint8Array, parts: ReadonlyMap<string, Uint8Array>, allocate: Allocate): Uint8Array | null {
  if (content.length > 64) return null
  const encoded = parts.get(Buffer.from(content).toString('latin1'))
  if (encoded === undefined) return null
  return decodedBase64(Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength), allocate)
}
