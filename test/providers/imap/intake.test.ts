import { ImapFlow } from 'imapflow'
import type { ImapStream } from 'imapflow/lib/handler/imap-stream.js'
import { describe, expect, it } from 'vitest'
import { Blocks } from '../../../src/core/blocks.ts'
import { Intake } from '../../../src/providers/imap/intake.ts'
import { octets } from '../../../src/providers/imap/protocol.ts'
import { Random } from '../../fixtures/random.ts'

interface Item {
  readonly payload: Buffer
  readonly literals: readonly Buffer[]
  next(): void
}

/** What a parser with an intake hands on, and what the intake takes, of `bytes` that come in `chunks`. */
async function received(chunks: Iterable<Buffer>): Promise<{ taken: Map<number, string>; handedOn: string[] }> {
  const client = new ImapFlow({ host: 'localhost', port: 1, logger: false })
  const parser = (client as unknown as { readonly streamer: ImapStream }).streamer
  const taken = new Map<number, string>()
  const handedOn: string[] = []
  parser.on('data', ({ payload, literals, next }: Item) => {
    handedOn.push([payload, ...literals].map((part) => part.toString('latin1')).join('|'))
    next()
  })
  const memory = new Blocks()
  new Intake(client).begin(memory, async ({ uid, body }) => {
    await new Promise((resolve) => setImmediate(resolve))
    const content = octets(body?.value) ?? Buffer.alloc(0)
    taken.set(uid ?? 0, content.toString('latin1'))
    memory.release(content)
  })
  for (const chunk of chunks) parser.write(chunk)
  parser.end()
  await new Promise((resolve) => parser.once('end', resolve))
  return { taken, handedOn }
}

/** In pieces of 1 up to `longest` octets. */
function* cut(bytes: Buffer, longest: number, random: Random): Generator<Buffer> {
  for (let at = 0; at < bytes.length; ) {
    const end = at + random.integer(1, longest)
    yield Buffer.from(bytes.subarray(at, end))
    at = end
  }
}

describe('the intake', () => {
  const random = new Random(7)
  const bodies = Array.from({ length: 200 }, (_, n) =>
    `${n} * 1 FETCH (UID 1 BODY[] {3}\r\n`.repeat(n % 7).padEnd(random.integer(0, 3_000), '\r\n'),
  )
  const answers = bodies.map((body, n) => `* ${n + 1} FETCH (UID ${n + 1000} BODY[] {${body.length}}\r\n${body})\r\n`)

  it.each([1, 3, 50, 5_000, 100_000])('takes every message, in pieces of up to %i octets', async (longest) => {
    const { taken, handedOn } = await received(cut(Buffer.from(`${answers.join('')}A1 OK done\r\n`), longest, random))
    expect([...taken]).toEqual(bodies.map((body, n) => [n + 1000, body]))
    expect(handedOn).toEqual(['A1 OK done'])
  })

  it('leaves every other answer to imapflow, with its literals', async () => {
    const others = [
      '* 1 FETCH (FLAGS (\\Seen) UID 7 BODY[] {3}|abc)',
      '* 1 FETCH (BODY[] {3}|abc UID 7)',
      '* 1 FETCH (UID 7 BODY[]<0> {3}|abc)',
      '* 1 FETCH (UID 7 BODY[HEADER] {3}|abc)',
      '* 1 FETCH (UID 7 BODY[] "abc")',
      '* 1 FETCH (UID 7 BODY[] {1}|a BODY[] {1}|b)',
      '* LIST () "/" {3}|abc',
      '* 1 FETCH (UID 7 BODY[] NIL)',
    ]
    const bytes = others.map((other) => `${other.replaceAll('|', '\r\n')}\r\n`).join('')
    const { taken, handedOn } = await received([Buffer.from(bytes)])
    expect(taken.size).toBe(0)
    expect(handedOn).toHaveLength(others.length)
    for (const [n, other] of others.entries()) {
      const literals = [...other.matchAll(/\{(\d+)\}\|(\w+)/g)].map(([, length, text = '']) => text.slice(0, Number(length)))
      const payload = other.replaceAll(/\|\w+/g, '\r\n')
      expect(handedOn[n]).toBe([payload, ...literals].join('|'))
    }
  })
})
