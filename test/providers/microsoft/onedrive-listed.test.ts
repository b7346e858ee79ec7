import { expect, it } from 'vitest'
import { type Entry, entryOf } from '../../../src/providers/microsoft/onedrive-items.ts'
import { ListedEntries } from '../../../src/providers/microsoft/onedrive-listed.ts'

function entry(id: string, name = id): Entry {
  const made = entryOf({ id, name })
  if (made === null) throw new Error('an item with an id is an entry')
  return made
}

function namesIn(listed: ListedEntries): string[] {
  return [...listed.pages()].flatMap((page) => page.map(({ name }) => name))
}

it('gives each item of a listing once, as it was named last, in the order in which that was', () => {
  using listed = new ListedEntries()
  for (const id of ['a', 'b', 'c']) listed.put(entry(id))
  listed.put(entry('a', 'a renamed'))
  listed.delete('b')
  listed.delete('never named')
  expect(namesIn(listed)).toEqual(['c', 'a renamed'])
})

it('gives all items of a large drive, some at a time', () => {
  using listed = new ListedEntries()
  const ids = Array.from({ length: 1_234 }, (_, n) => `file ${n}`)
  for (const id of ids) listed.put(entry(id))
  expect(namesIn(listed)).toEqual(ids)
  expect(Math.max(...[...listed.pages()].map((page) => page.length))).toBeLessThan(ids.length)
})
