/** QuickXorHash, the checksum of OneDrive ("Code snippets: QuickXorHash algorithm"): 160 bits, each octet shifted on by 11. */

const bits = 160
const octets = bits / 8
const shift = 11

/** Octets that are `bits` apart fall onto the same bits, so these are gathered first. */
export class QuickXorHash {
  readonly #gathered = new Uint8Array(bits)
  #length = 0

  update(bytes: Uint8Array): void {
    const gathered = this.#gathered
    let at = this.#length % bits
    for (const octet of bytes) {
      gathered[at] = (gathered[at] ?? 0) ^ octet
      at = at === bits - 1 ? 0 : at + 1
    }
    this.#length += bytes.length
  }

  /** In base64, as Microsoft gives it. More may follow. */
  digest(): string {
    const hash = Buffer.alloc(octets)
    for (const [i, octet] of this.#gathered.entries()) {
      const bit = (i * shift) % bits
      const wide = octet << (bit % 8)
      for (const part of [0, 1]) {
        const at = (Math.floor(bit / 8) + part) % octets
        hash[at] = (hash[at] ?? 0) ^ ((wide >> (8 * part)) & 0xff)
      }
    }
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(this.#length))
    for (const [i, octet] of length.entries()) {
      const at = octets - length.length + i
      hash[at] = (hash[at] ?? 0) ^ octet
    }
    return hash.toString('base64')
  }
}
