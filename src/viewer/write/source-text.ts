/** A card or an entry as it stands, to be shown and saved. */
import { decodeOctets } from '../../formats/content-lines.ts'

/** UTF-8 where it is that, else as old programs of Windows wrote. */
export function sourceText(octets: Uint8Array): string {
  return decodeOctets(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1'))
}
