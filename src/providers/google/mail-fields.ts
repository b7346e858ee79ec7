/** Of a message, what it is found by at Gmail. */
import { readMailHeader } from '../../formats/mail-header.ts'

/** Without its angle brackets; null where there is none that can be searched for. */
export function messageIdOf(octets: Uint8Array): string | null {
  const id = readMailHeader(octets).messageId.replace(/^<|>$/g, '')
  return /^[^\s<>"]{3,400}$/.test(id) ? id : null
}

/** Of the Date field, in milliseconds since 1970. */
export function dateOf(octets: Uint8Array): number | null {
  const at = Date.parse(readMailHeader(octets).date ?? '')
  return Number.isNaN(at) ? null : at
}
