import { expect, it } from 'vitest'
import { joined, whole } from '../../../src/providers/shared/whole.ts'

const parts = [Buffer.from('one, '), Buffer.from('two, '), Buffer.from('three')]

async function* inParts() {
  for (const part of parts) {
    yield part
    part.fill(0)
  }
}

it('keeps nothing in memory but the octets themselves', () => {
  const text = joined(parts)
  expect([text.toString(), text.buffer.byteLength]).toEqual(['one, two, three', 15])
  expect(joined([])).toHaveLength(0)
})

it('has what came also where the memory that it came in is used again', async () => {
  const octets = await whole(inParts(), 15)
  expect([Buffer.from(octets).toString(), octets.buffer.byteLength]).toEqual(['one, two, three', 15])
})

it('takes no more than it may', async () => {
  await expect(whole(inParts(), 14)).rejects.toMatchObject({ code: 'unsupported' })
})
