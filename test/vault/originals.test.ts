/** What the provider itself said of converted items, kept beside them. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { originalsOf } from '../fixtures/memory-shelves.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { readAsOwner, readAsStranger } from '../strangers/stranger.ts'

const services = ['contacts', 'calendar'] as const

async function setUp() {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const { shelves } = account
  shelves.originals = true
  const book = shelves.add('contacts', ['Family'])
  const calendar = shelves.add('calendar', ['Work'])
  for (let n = 0; n < 30; n++) shelves.put(book, `card ${n}`, card(n))
  for (let n = 0; n < 3; n++) shelves.put(calendar, `event ${n}`, event(n))
  const run = () => runBackup(vault, account, { services })
  const file = (...path: readonly string[]) => join(vault, 'data', 'alice', ...path)
  const lines = async (...path: readonly string[]) =>
    (await readFile(file(...path), 'utf8'))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown)
  const expectGood = async () => {
    const verified = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
    expect(verified.findings).toEqual([])
    const strange = await readAsStranger(vault)
    expect(strange.problems).toEqual([])
    expect(strange.accounts['alice']).toEqual(await readAsOwner(vault))
    return strange.originals['alice']
  }
  /** What should stand in the file of a shelf. */
  const said = (id: string) => {
    const { meta, things } = shelves.shelf(id)
    return [{ id, meta }, ...[...things.values()].flatMap(originalsOf)]
  }
  return { vault, shelves, book, calendar, run, file, lines, expectGood, said }
}

function card(n: number): string {
  return `BEGIN:VCARD\r\nVERSION:4.0\r\nUID:${n}\r\nFN:Number ${n}\r\nEND:VCARD\r\n`
}

function event(n: number): string {
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:${n}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART:20240301T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
}

describe('the originals of converted items', () => {
  it('stand line by line in a file for each book and calendar, with what is said of the book itself', async () => {
    const { run, lines, said, book, calendar, expectGood } = await setUp()
    await run()
    expect(await lines('Originals', 'Contacts', 'Family.jsonl')).toEqual(said(book))
    expect(await lines('Originals', 'Calendars', 'Work.jsonl')).toEqual(said(calendar))
    expect(await expectGood()).toBe(30 + 3 + 2)
  })

  it('follow every change, and nothing that was saved is destroyed', async () => {
    const { run, lines, said, book, shelves, expectGood, file } = await setUp()
    await run()
    const before = originalsOf(shelves.shelf(book).things.get('card 1') ?? { bytes: Buffer.alloc(0), version: '' })
    const removed = originalsOf(shelves.shelf(book).things.get('card 2') ?? { bytes: Buffer.alloc(0), version: '' })
    shelves.put(book, 'card 1', card(101))
    shelves.remove(book, 'card 2')
    shelves.put(book, 'card 30', card(30))
    shelves.shelf(book).meta = { description: 'the family' }
    await run()
    expect(new Set(await lines('Originals', 'Contacts', 'Family.jsonl'))).toEqual(new Set(said(book)))
    const [last = ''] = (await readdir(file('History'))).toReversed()
    expect(await lines('History', last, 'Originals', 'Contacts', 'Family.jsonl')).toEqual(
      expect.arrayContaining([...before, ...removed, { id: book, meta: {} }]),
    )
    expect(await expectGood()).toBe(30 + 3 + 2)
  })

  it('take the new name of their book', async () => {
    const { run, lines, said, book, shelves, expectGood, file } = await setUp()
    await run()
    shelves.shelf(book).path = ['Relatives']
    await run()
    expect(await readdir(file('Originals', 'Contacts'))).toEqual(['Relatives.jsonl'])
    expect(await lines('Originals', 'Contacts', 'Relatives.jsonl')).toEqual(said(book))
    await expectGood()
  })

  it('are not touched by a run in which nothing changed', async () => {
    const { run, file } = await setUp()
    await run()
    const journals = async () =>
      Promise.all((await readdir(file('Journal'))).map((name) => readFile(file('Journal', name), 'utf8')))
    await run()
    const [, second = ''] = await journals()
    expect(second).not.toMatch(/"op":"(?:put|place|collection)"/)
  })

  it('that were damaged on the disk are named by verify, and come again with their item', async () => {
    const { vault, run, lines, said, book, shelves, expectGood, file } = await setUp()
    await run()
    const path = file('Originals', 'Contacts', 'Family.jsonl')
    await writeFile(path, (await readFile(path, 'utf8')).replace('Number 7', 'Numbar 7'))
    const { findings } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
    expect(JSON.stringify(findings)).toContain('Originals/Contacts/Family.jsonl')
    shelves.put(book, 'card 1', card(101))
    await run()
    await run()
    expect(new Set(await lines('Originals', 'Contacts', 'Family.jsonl'))).toEqual(new Set(said(book)))
    expect(await expectGood()).toBe(30 + 3 + 2)
  })
})
