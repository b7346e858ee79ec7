import { ImapFlow } from 'imapflow'
import type { ImapStream } from 'imapflow/lib/handler/imap-stream.js'
import { describe, expect, it } from 'vitest'
import { Inlet } from '../../../src/providers/imap/inlet.ts'
import { Random } from '../../fixtures/random.ts'

interface Item {
  readonly payload: Buffer
  readonly literals: readonly Buffer[]
  next(): void
}

/** What a parser behind an inlet hands on of `bytes` that are read in pieces of up to `longest` octets, when they are dealt with slowly. */
async function received(bytes: Buffer, longest: number): Promise<{ answers: string[]; memories: number; pauses: number }> {
  const random = new Random(11)
  const inlet = new Inlet()
  const client = new ImapFlow({ host: 'localhost', port: 1, logger: false })
  let goOn: () => void = () => undefined
  Object.assign(client, { socket: { resume: () => goOn() } })
  inlet.attach(client)
  const parser = (client as unknown as { readonly streamer: ImapStream }).streamer
  const answers: string[] = []
  parser.on('data', ({ payload, literals, next }: Item) => {
    // Long after the piece was read.
    setImmediate(() => {
      answers.push([payload, ...literals].map((part) => part.toString('latin1')).join('|'))
      next()
    })
  })
  const memories = new Set<Buffer>()
  let pauses = 0
  for (let at = 0; at < bytes.length; ) {
    const memory = inlet.onread.buffer()
    memories.add(memory)
    const octets = bytes.copy(memory, 0, at, at + random.integer(1, Math.min(longest, memory.length)))
    at += octets
    const resumed = new Promise<void>((resolve) => {
      goOn = resolve
    })
    if (inlet.onread.callback(octets, memory)) continue
    pauses++
    await resumed
  }
  parser.end()
  await new Promise((resolve) => parser.once('end', resolve))
  return { answers, memories: memories.size, pauses }
}

describe('the inlet', () => {
  const random = new Random(5)
  const expected: string[] = []
  const wire: string[] = []
  for (let n = 0; n < 300; n++) {
    const literal = `literal ${n} `.padEnd(random.integer(0, 5_000), String(n % 10))
    const line = `* ${n} FETCH (X ${'y'.repeat(random.integer(0, 2_000))} BODY[] {${literal.length}}`
    wire.push(`${line}\r\n${literal} FLAGS ())\r\n`)
    expected.push(`${line}\r\n FLAGS ())|${literal}`)
  }
  const bytes = Buffer.from(wire.join(''))

  it.each([100, 1_000, 65_536])('hands on every octet, read in pieces of up to %i octets', async (longest) => {
    const { answers } = await received(bytes, longest)
    expect(answers).toEqual(expected)
  })

  it('uses the same memory again, and holds the server back while it is all in use', async () => {
    const { memories, pauses } = await received(bytes, 65_536)
    expect(memories).toBeLessThan(4)
    expect(pauses).toBeGreaterThan(5)
  })
})
