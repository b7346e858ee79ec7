/** A rehearsal's folder is written by a thread of its own: the same files as anywhere else, and the same failures by name. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../../src/core/errors.ts'
import type { PutOutcome, RestoreItem } from '../../../src/core/target.ts'
import { archive } from '../../../src/providers/archive/provider.ts'
import { sha256 } from '../../fixtures/memory-account.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { never, quickContext } from '../../restore/harness.ts'

function item(n: number, bytes: Buffer, chunks = 1, failure?: AppError): RestoreItem {
  return {
    ...{ key: `0/${n}`, size: bytes.length, sha256: sha256(bytes), date: new Date(1.7e12 + n * 1_000).toISOString() },
    ...{ identities: [], meta: { flags: ['\\Seen'] }, title: `number ${n}`, at: null },
    async *content(allocate) {
      if (failure !== undefined) throw failure
      const piece = chunks === 1 ? allocate?.(bytes.length) : undefined
      if (piece !== undefined) yield piece.subarray(0, bytes.copy(piece))
      else for (let c = 0; c < chunks; c++) yield bytes.subarray((c * bytes.length) / chunks, ((c + 1) * bytes.length) / chunks)
    },
  }
}

async function restoreInto(
  path: string,
  items: readonly RestoreItem[],
  durable: boolean,
  before = () => {},
): Promise<Map<string, PutOutcome>> {
  const account = { id: 'x', provider: 'archive', services: ['mail'], settings: { path, format: 'maildir', durable } } as const
  const target = archive.target?.(account, 'mail', quickContext(), {
    ...{ into: [], conflict: 'skip', dryRun: false, keep: () => Promise.reject(new Error('nothing is replaced')) },
  })
  if (target === undefined) throw new Error('no target')
  const outcomes = new Map<string, PutOutcome>()
  try {
    const collection = { service: 'mail', key: 'Inbox', path: ['Inbox'] } as const
    await target.open([collection], never)
    const place = await target.ensure(collection, never)
    before()
    for await (const outcome of target.put(place, items, never)) outcomes.set(outcome.key, outcome)
  } finally {
    await target.close()
  }
  return outcomes
}

const cur = (path: string) => join(path, 'Mail', 'Inbox', 'cur')

/** Which of equal messages gets which number is left open. */
const seen = (path: string) =>
  readdirSync(cur(path))
    .sort()
    .map((name) => [
      name.replace(/_\d+\./, '.'),
      sha256(readFileSync(join(cur(path), name))),
      statSync(join(cur(path), name)).mtimeMs,
    ])

describe('a folder that is thrown away', () => {
  it('gets the same files as one that lasts: many, equal, empty, larger than a block, in pieces', async () => {
    const items = Array.from({ length: 700 }, (_, n) =>
      item(n, Buffer.from(`Subject: ${n % 600}\r\n\r\n${'x'.repeat(n * 20)}\r\n`)),
    )
    for (const n of [3, 4]) items.push(item(n, Buffer.from('the very same')))
    items.push(item(1_000, Buffer.alloc(0)), item(1_001, Buffer.alloc(3_000_001, 'y')), item(1_002, Buffer.from('in pieces'), 3))
    items.push(item(1_003, Buffer.alloc((1 << 20) - 1, 'z')), item(1_004, Buffer.alloc(1 << 20, 'w'), 4))
    const unique = items.map((one, n) => ({ ...one, key: `0/${n}` }))
    const [scratch, lasting] = [await scratchFolder(), await scratchFolder()]
    const outcomes = await restoreInto(scratch, unique, false)
    await restoreInto(lasting, unique, true)
    expect([...outcomes.values()].filter(({ kind }) => kind !== 'created')).toEqual([])
    expect(outcomes.size).toBe(unique.length)
    expect(seen(scratch)).toEqual(seen(lasting))
    expect(new Set([...outcomes.values()].map((outcome) => ('at' in outcome ? outcome.at : '')))).toEqual(
      new Set(readdirSync(cur(scratch)).map((name) => join(cur(scratch), name))),
    )
  })

  it('names what cannot be read or written, and goes on with the others', async () => {
    const path = await scratchFolder()
    const items = Array.from({ length: 300 }, (_, n) =>
      item(n, Buffer.alloc(20_000, `${n} `), 1, n === 7 ? new AppError('corrupt', 'It is damaged.') : undefined),
    )
    // Far beyond the first block, and in the way of one of the others.
    const taken = items[250]
    const name = `${Math.floor(Date.parse(taken?.date ?? '') / 1000)}.${taken?.sha256.slice(0, 24)}_1.lifeboat:2,S`
    mkdirSync(join(cur(path), name), { recursive: true })
    const outcomes = await restoreInto(path, items, false)
    expect(outcomes.get('0/7')).toMatchObject({ kind: 'failed', error: { message: 'It is damaged.' } })
    expect([...outcomes.values()].filter(({ kind }) => kind === 'created')).toHaveLength(299)
    expect(outcomes.get('0/250')).toMatchObject({ at: expect.stringContaining('_2.lifeboat') })

    const gone = await scratchFolder()
    const lost = await restoreInto(gone, items.slice(8), false, () => rmSync(cur(gone), { recursive: true }))
    expect([...lost.values()].map((outcome) => (outcome.kind === 'failed' ? outcome.error.message : outcome.kind))).toEqual(
      items.slice(8).map(() => expect.stringMatching(/cannot be written \(ENOENT\)/)),
    )
  })
})
