import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodedBase64 } from '../../src/viewer/write/base64.ts'

const octets = randomBytes(100_001)

function lines(length: number, end: string): string {
  return octets.toString('base64').replaceAll(new RegExp(`.{1,${length}}`, 'g'), (line) => line + end)
}

describe('base64 of a message', () => {
  it.each([4, 60, 64, 72, 75, 76, 65_535])('is decoded with lines of %d', (length) => {
    for (const end of ['\n', '\r\n', ' \n', '']) {
      const text = lines(length, end)
      for (const one of [text, text.trimEnd(), `${text}\n\n`, `\n${text}`])
        expect(decodedBase64(Buffer.from(one)).equals(octets)).toBe(true)
    }
  })

  it('is decoded where one line differs from the others', () => {
    const text = lines(76, '\n')
    const moved = text.slice(0, 40_000) + text.slice(40_000, 40_100).replace('\n', '') + text.slice(40_100)
    const parted = `${text.slice(0, 50_000)}\n${text.slice(50_000)}`
    const junk = `${text.slice(0, 60_000)}!${text.slice(60_000)}`
    // As long as before, with one line end in another place.
    const shifted = parted.replace(/\n(?=[^\n]+$)/, '')
    for (const one of [moved, parted, junk, shifted]) expect(decodedBase64(Buffer.from(one)).equals(octets)).toBe(true)
  })

  it('is nothing where there is nothing', () => {
    for (const one of ['', '\n', '\r\n', '=']) expect(decodedBase64(Buffer.from(one)).length).toBe(0)
  })
})
