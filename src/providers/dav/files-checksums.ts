/** ownCloud's and Nextcloud's checksums of files: `oc:checksums` and the header OC-Checksum, e.g. `SHA1:… MD5:…`. */
import { createHash, type Hash } from 'node:crypto'

export interface Checksum {
  readonly algorithm: 'sha3-256' | 'sha256' | 'sha1' | 'md5'
  /** Lower case. */
  readonly hex: string
}

const known: readonly { readonly name: string; readonly algorithm: Checksum['algorithm']; readonly digits: number }[] = [
  { name: 'SHA3-256', algorithm: 'sha3-256', digits: 64 },
  { name: 'SHA256', algorithm: 'sha256', digits: 64 },
  { name: 'SHA1', algorithm: 'sha1', digits: 40 },
  { name: 'MD5', algorithm: 'md5', digits: 32 },
]

/** The strongest of those that can be checked, or null. */
export function strongestChecksum(checksums: string): Checksum | null {
  const given = new Map(
    checksums.split(/\s+/).map((one) => {
      const colon = one.indexOf(':')
      return [one.slice(0, colon).toUpperCase(), one.slice(colon + 1).toLowerCase()] as const
    }),
  )
  for (const { name, algorithm, digits } of known) {
    const hex = given.get(name)
    if (hex !== undefined && hex.length === digits && /^[0-9a-f]+$/.test(hex)) return { algorithm, hex }
  }
  return null
}

/**
 * The identity under which equal content is known again, or null. MD5 does not qualify: files of the same MD5 and size are
 * easily made.
 */
export function identityOf(checksum: Checksum): string | null {
  return checksum.algorithm === 'md5' ? null : `oc-${checksum.algorithm}:${checksum.hex}`
}

/** The inverse of `identityOf`. */
export function checksumOf(identities: readonly string[]): Checksum | null {
  for (const identity of identities) {
    const match = identity.match(/^oc-(sha3-256|sha256|sha1):([0-9a-f]+)$/)
    if (match) return strongestChecksum(`${match[1]}:${match[2]}`)
  }
  return null
}

export function hashFor(checksum: Checksum): Hash {
  return createHash(checksum.algorithm)
}
