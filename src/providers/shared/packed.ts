/** JSON values that wait in memory for their turn, in a fraction of their size. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'

export type Packed = Uint8Array

/** For values of some kilobytes: with the usual ones each call takes and leaves a hundred times their size. */
const small = { windowBits: 12, memLevel: 5, chunkSize: 2_048 }
/** Many small pieces of memory, each of its own, leave holes where nothing else fits in. */
const blockSize = 1 << 17
let block = new Uint8Array()

export function pack(value: object): Packed {
  const packed = deflateRawSync(JSON.stringify(value), small)
  if (packed.length > blockSize >> 2) return new Uint8Array(packed)
  if (block.length < packed.length) block = new Uint8Array(blockSize)
  const kept = block.subarray(0, packed.length)
  kept.set(packed)
  block = block.subarray(packed.length)
  return kept
}

export function unpack<T>(packed: Packed): T {
  return JSON.parse(inflateRawSync(packed, small).toString('utf8')) as T
}
