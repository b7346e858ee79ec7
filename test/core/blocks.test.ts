import { describe, expect, it } from 'vitest'
import { Blocks } from '../../src/core/blocks.ts'

describe('memory for octets on their way through', () => {
  it('is used again once it was given back', () => {
    const blocks = new Blocks()
    const seen = new Set<ArrayBufferLike>()
    for (let n = 0; n < 1_000; n++) {
      const piece = blocks.take(100_000)
      seen.add(piece.buffer)
      blocks.release(piece)
    }
    expect(seen.size).toBeLessThanOrEqual(2)
  })

  it('of large pieces is used again, too, and freed where it is more than is worth keeping', () => {
    const blocks = new Blocks()
    const seen = new Set<ArrayBufferLike>()
    for (let n = 0; n < 100; n++) {
      const piece = blocks.take((1 << 20) + n * 10_000)
      seen.add(piece.buffer)
      blocks.release(piece)
    }
    expect(seen.size).toBeLessThanOrEqual(4)
    const many = Array.from({ length: 10 }, () => blocks.take(4 << 20))
    for (const piece of many) blocks.release(piece)
    const kept = many.filter(({ buffer }) => buffer.byteLength > 0)
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.length).toBeLessThanOrEqual(2)
  })

  it('is not used again before', () => {
    const blocks = new Blocks()
    const kept: Buffer[] = []
    for (let n = 0; n < 300; n++) {
      const piece = blocks.take(100_000).fill(n % 251)
      if (n % 3 === 0) kept.push(piece)
      else blocks.release(piece)
    }
    for (const [i, piece] of kept.entries()) expect(piece.every((octet) => octet === (i * 3) % 251)).toBe(true)
  })

  it('holds a piece of any size', () => {
    const blocks = new Blocks()
    for (const octets of [0, 1, 4 << 20, 1, (4 << 20) + 1, 8 << 20, 3]) {
      expect(blocks.room(octets).length).toBeGreaterThanOrEqual(octets)
      const piece = blocks.keep(octets)
      expect(piece.length).toBe(octets)
      blocks.release(piece)
    }
  })

  it('leaves memory from elsewhere alone', () => {
    const blocks = new Blocks()
    const piece = blocks.take(10).fill(7)
    blocks.release(Buffer.alloc(10))
    blocks.take(4 << 20).fill(0)
    expect(piece.every((octet) => octet === 7)).toBe(true)
  })
})
