import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { RawAnswer } from '../../../src/providers/google/gmail-raw.ts'

function read(json: string, cuts: readonly number[]): { readonly octets: Buffer; readonly fields: object } {
  const bytes = Buffer.from(json)
  const answer = new RawAnswer()
  const parts: Buffer[] = []
  const ends = [...cuts, bytes.length]
  for (const [n, end] of ends.entries()) parts.push(answer.octets(bytes.subarray(ends[n - 1] ?? 0, end)))
  return { octets: Buffer.concat(parts), fields: answer.fields() }
}

const about = { threadId: '18c0', labelIds: ['INBOX', 'Ünïcödé "raw": "x"'], internalDate: '1562577011000' }

describe('an answer with a raw message', () => {
  it.each([0, 1, 2, 3, 4, 5, 100])('of %i octets is decoded, wherever it is cut on its way', (length) => {
    const message = randomBytes(length)
    const raw = message.toString('base64url')
    const padded = raw.padEnd(Math.ceil(raw.length / 4) * 4, '=')
    const forms = [
      JSON.stringify({ ...about, raw }),
      JSON.stringify({ ...about, raw: padded }, null, 2),
      JSON.stringify({ ...about, raw: padded }).replaceAll('=', '\\u003d'),
      JSON.stringify({ raw: padded, ...about }).replaceAll('=', '\\u003D'),
      JSON.stringify({ raw: message.toString('base64'), ...about }),
    ]
    for (const json of forms) {
      const size = Buffer.byteLength(json)
      for (let cut = 0; cut <= size; cut++) expect(read(json, [cut])).toEqual({ octets: message, fields: { ...about, raw: '' } })
      const everywhere = Array.from({ length: size }, (_, at) => at)
      expect(read(json, everywhere)).toEqual({ octets: message, fields: { ...about, raw: '' } })
    }
  })

  it('without the message says so', () => {
    expect(read(JSON.stringify(about), [7])).toEqual({ octets: Buffer.alloc(0), fields: about })
  })

  it.each([
    ['the page of a guest network', '<html>Sign in to the guest network</html>'],
    ['something endless', 'x'.repeat(100_000)],
    ['half of one', JSON.stringify({ ...about, raw: 'QUJD' }).slice(0, -3)],
    ['a sentence', '"raw"'],
  ])('is told from %s', (_, text) => {
    expect(() => read(text, [])).toThrow(expect.objectContaining({ code: 'network' }))
  })
})
