import { expect, it } from 'vitest'
import { Endless } from '../../../src/providers/microsoft/errors.ts'
import { pagesFrom } from '../../../src/providers/microsoft/pages.ts'

/** What all pages hold, of a server that answers the n-th question so. */
async function listed<T>(answer: (n: number) => { readonly value: readonly T[]; readonly next?: string }): Promise<T[]> {
  const all: T[] = []
  let asked = 0
  const get = async () => {
    const { value, next } = answer(asked++)
    return { value, ...(next === undefined ? {} : { '@odata.nextLink': next }) }
  }
  for await (const { value } of pagesFrom<T>('/first', get)) all.push(...value)
  return all
}

it('takes pages of what has no ids for as many as they are', async () => {
  const people = await listed((n) => ({ value: [{ name: `a${n}` }, { name: `b${n}` }], ...(n < 9 ? { next: `/${n}` } : {}) }))
  expect(people).toHaveLength(20)
})

it.each([
  ['the same page with new links for ever', (n: number) => ({ value: [{ id: '1' }], next: `/${n}` })],
  ['the same page without ids', (n: number) => ({ value: [{ name: 'a' }], next: `/${n}` })],
  ['a link back to the page itself', () => ({ value: [{ id: '1' }], next: '/first' })],
])('comes to an end at %s', async (_, answer) => {
  await expect(listed<object>(answer)).rejects.toBeInstanceOf(Endless)
})
