/**
 * Gmail's answer with a raw message, decoded as it comes: as JSON, as base64 and as octets at once it would be in memory four
 * times.
 */
import { answeredInPlaceOf } from '../shared/web-errors.ts'

/** All that is asked for beside the message is short. */
const longestRest = 1 << 16
const opening = /"raw"\s*:\s*"/
/** Of `\u003d`. */
const escapeLength = 6
const nothing = Buffer.alloc(0)

export class RawAnswer {
  /** The answer without the message. */
  #json = ''
  /** Not decoded yet: less than four characters, or the beginning of an escape. */
  #carried = ''
  #place: 'before' | 'within' | 'after' = 'before'

  /** The octets of the message that the next part of the answer holds. @throws AppError `network` where it is no such answer */
  octets(chunk: Uint8Array): Buffer {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    return this.#place === 'within' ? this.#within(text) : this.#beside(text)
  }

  /** What else was answered. `raw` is empty where there was a message. @throws AppError `network` where it is not whole */
  fields(): object {
    try {
      const fields: unknown = JSON.parse(Buffer.from(this.#json, 'latin1').toString('utf8'))
      if (typeof fields === 'object' && fields !== null) return fields
    } catch {
      // Told below.
    }
    throw answeredInPlaceOf('Google')
  }

  #beside(text: string): Buffer {
    this.#json += text
    if (this.#place === 'before') {
      const found = opening.exec(this.#json)
      if (found !== null) {
        const begin = found.index + found[0].length
        const rest = this.#json.slice(begin)
        this.#json = this.#json.slice(0, begin)
        this.#place = 'within'
        return this.#within(rest)
      }
    }
    if (this.#json.length > longestRest) throw answeredInPlaceOf('Google')
    return nothing
  }

  #within(text: string): Buffer {
    const end = text.indexOf('"')
    const part = this.#carried + (end < 0 ? text : text.slice(0, end))
    if (end >= 0) {
      this.#place = 'after'
      this.#carried = ''
      this.#beside(text.slice(end))
      return Buffer.from(unescaped(part), 'base64url')
    }
    const cut = part.indexOf('\\', Math.max(0, part.length - escapeLength + 1))
    const upTo = cut < 0 ? part.length : cut
    const plain = unescaped(part.slice(0, upTo))
    const whole = plain.length - (plain.length % 4)
    this.#carried = plain.slice(whole) + part.slice(upTo)
    return Buffer.from(plain.slice(0, whole), 'base64url')
  }
}

/** Google writes `=` as `\u003d`. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
