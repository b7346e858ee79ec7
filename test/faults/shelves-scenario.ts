/** Contacts, calendars and files at two moments, for the fault tests. */
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import type { Stage } from './scenario.ts'

const services = ['contacts', 'calendar', 'files'] as const

export function shelfStages(): { readonly first: Stage; readonly second: Stage } {
  const [first, second] = [build(), build()]
  change(second)
  return { first: stageOf(first.account), second: stageOf(second.account) }
}

function stageOf(account: MemoryAccount): Stage {
  const contents = [...account.shelves.shelves.values()].map(({ path, things }): [string, string[]] => [
    path.join('/'),
    [...things.values()].map(({ bytes }) => sha256(bytes)).sort(),
  ])
  return { account, contents: Object.fromEntries(contents), services }
}

type Built = ReturnType<typeof build>

function build() {
  const account = new MemoryAccount()
  const { shelves } = account
  shelves.streamFrom = 5_000
  shelves.originals = true
  const family = shelves.add('contacts', ['Family'])
  const clients = shelves.add('contacts', ['Clients'])
  const work = shelves.add('calendar', ['Work'], { colour: '#336699' })
  const drive = shelves.add('files', ['My Drive'])
  for (let n = 0; n < 9; n++) shelves.put(family, `card ${n}`, card(n))
  shelves.put(family, 'old', 'BEGIN:VCARD\r\nVERSION:2.1\r\nTEL;HOME:1\r\nEND:VCARD\r\n')
  shelves.put(family, 'broken', 'BEGIN:VCARD\nFN:Broken\n')
  for (let n = 20; n < 23; n++) shelves.put(clients, `card ${n}`, card(n).replaceAll('\r\n', '\n'))
  for (let n = 0; n < 9; n++) shelves.put(work, `event ${n}`, event(n))
  shelves.put(work, 'elsewhere', event(50, '+0900'))
  for (const name of ['a', 'b', 'c', 'Docs/1', 'Docs/2', 'Docs/deep/3', 'same', 'SAME', 'page'])
    shelves.file(drive, name, `file ${name}`, `id ${name}`)
  shelves.file(drive, 'empty', '', 'id empty')
  shelves.file(drive, 'large', 'large '.repeat(2_000), 'id large')
  for (const name of ['Hollow/filled', 'Hollow/moved', 'Hollow/removed', 'Hollow/kept']) shelves.folder(drive, name)
  for (let n = 0; n < 8; n++) shelves.file(drive, `kept/${n}`, `kept ${n}`)
  return { account, family, clients, work, drive }
}

/**
 * Edits, removals, renames of items and collections, a ring of names, a file made a folder and a folder made a file, and what
 * becomes of empty folders.
 */
function change({ account: { shelves }, family, clients, work, drive }: Built): void {
  shelves.put(family, 'card 1', card(101))
  shelves.put(family, 'card 5', card(105))
  shelves.remove(family, 'card 3')
  shelves.put(family, 'card 30', card(30))
  shelves.put(family, 'broken', card(31))
  shelves.remove(family, 'old')
  shelves.shelf(clients).path = ['Customers']
  shelves.put(work, 'event 2', event(102))
  shelves.remove(work, 'event 4')
  shelves.put(work, 'event 60', event(60))
  shelves.put(work, 'elsewhere', event(51))
  shelves.shelf(work).meta = { colour: '#FF0000' }
  for (const [from, to] of [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ] as const)
    shelves.describe(drive, `id ${from}`, { path: [to] })
  shelves.describe(drive, 'id same', { path: ['moved', 'same'] })
  shelves.file(drive, 'large', 'other '.repeat(2_500), 'id large')
  shelves.remove(drive, 'id page')
  shelves.file(drive, 'page/one', 'first page')
  for (const name of ['Docs/1', 'Docs/2', 'Docs/deep/3']) shelves.remove(drive, `id ${name}`)
  shelves.file(drive, 'Docs', 'no folder any more')
  shelves.file(drive, 'new/file', 'new')
  for (const name of ['filled', 'removed']) shelves.remove(drive, `Hollow/${name}/`)
  shelves.file(drive, 'Hollow/filled/file', 'in a folder that held nothing')
  shelves.describe(drive, 'Hollow/moved/', { path: ['Elsewhere', 'moved'] })
  shelves.folder(drive, 'c')
  shelves.remove(drive, 'id b')
}

function card(n: number): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${n}\r\nFN:Number ${n}\r\nN:${n};;;;\r\nNOTE:${'some text '.repeat(n % 7)}\r\nEND:VCARD\r\n`
}

function event(n: number, offset = '+0100'): string {
  const zone = `BEGIN:VTIMEZONE\r\nTZID:Here\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:${offset}\r\nTZOFFSETTO:${offset}\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
  return `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n${zone}BEGIN:VEVENT\r\nUID:${n}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID=Here:20240301T100000\r\nSUMMARY:Number ${n}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`
}
