import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { QuickXorHash } from '../../../src/providers/microsoft/quick-xor-hash.ts'

/** Of base64 octets, as published with other implementations of the algorithm. */
const vectors = {
  '': 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=',
  'Sg==': 'SgAAAAAAAAAAAAAAAQAAAAAAAAA=',
  'tbQ=': 'taAFAAAAAAAAAAAAAgAAAAAAAAA=',
  '0pZP': '0rDEEwAAAAAAAAAAAwAAAAAAAAA=',
  'jRRDVA==': 'jaDAEKgAAAAAAAAABAAAAAAAAAA=',
  'eAV52qE=': 'eChAHrQRCgAAAAAABQAAAAAAAAA=',
  luBZlaT6: 'lgBHFipBCn0AAAAABgAAAAAAAAA=',
  'qaApEj66lw==': 'qQBFCiTgA11cAgAABwAAAAAAAAA=',
  '/aNzzCFPS/A=': '/RjFHJgRgicsAR4ACAAAAAAAAAA=',
}

function hashOf(...parts: readonly Uint8Array[]): string {
  const hash = new QuickXorHash()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** The algorithm as its description says it, bit by bit. */
function slowly(octets: Uint8Array): string {
  const mask = (1n << 160n) - 1n
  let block = 0n
  for (const [i, octet] of octets.entries()) {
    const by = BigInt((i * 11) % 160)
    const wide = BigInt(octet) << by
    block ^= (wide & mask) | (wide >> 160n)
  }
  block ^= BigInt(octets.length) << 96n
  return Buffer.from(block.toString(16).padStart(40, '0'), 'hex').reverse().toString('base64')
}

describe('QuickXorHash', () => {
  it.each(Object.entries(vectors))('of %j is %s', (octets, hash) => {
    expect(hashOf(Buffer.from(octets, 'base64'))).toBe(hash)
  })

  it.each([19, 20, 159, 160, 161, 1_000, 65_537])('of %i octets is as described, in whatever parts they come', (length) => {
    const octets = randomBytes(length)
    const at = Math.floor(length / 3)
    expect(hashOf(octets)).toBe(slowly(octets))
    expect(hashOf(octets.subarray(0, at), octets.subarray(at, at), octets.subarray(at))).toBe(slowly(octets))
  })
})
