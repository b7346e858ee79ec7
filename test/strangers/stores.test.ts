/** The reader that was written from FORMAT.md alone reads contacts, calendars and files, with everything they ever were. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { shelfStages } from '../faults/shelves-scenario.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { otherParsersMissing, readByOthers } from '../fixtures/other-parsers.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { living, readAsOwner, readAsStranger } from './stranger.ts'

const services = ['contacts', 'calendar', 'files'] as const

describe('a vault with contacts, calendars and files, after two runs', () => {
  it('is read by a stranger: the same as we see, and every item and version octet for octet', async () => {
    const folder = await scratchFolder()
    const vault = join(folder, 'vault')
    const { first, second } = shelfStages()
    const everything = new Map<string, Buffer>()
    for (const { account } of [first, second]) {
      await runBackup(vault, account, { services })
      for (const { things } of account.shelves.shelves.values())
        for (const { bytes } of things.values()) everything.set(sha256(bytes), bytes)
    }
    const target = join(folder, 'extracted')
    await mkdir(target)
    const { accounts, problems } = await readAsStranger(vault, target)
    expect(problems).toEqual([])
    expect(accounts['alice']).toEqual(await readAsOwner(vault))
    expect(living(accounts['alice'] ?? [])).toEqual(second.contents)
    const originals = (await readdir(target)).filter((name) => name.endsWith('.jsonl'))
    expect(originals.length).toBeGreaterThan(30)
    expect((await readdir(target)).filter((name) => !originals.includes(name)).sort()).toEqual([...everything.keys()].sort())
    for (const [name, bytes] of everything) expect((await readFile(join(target, name))).equals(bytes)).toBe(true)
  })

  it.each(['Contacts/Family.vcf', 'Calendars/Work.ics', 'Files/My Drive/large', 'Contacts/Family/vCard 2.1.vcf'])(
    'a changed octet in %s is noticed',
    async (path) => {
      const folder = await scratchFolder()
      const vault = join(folder, 'vault')
      await runBackup(vault, shelfStages().first.account, { services })
      const file = join(vault, 'data/alice', path)
      const bytes = await readFile(file)
      bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1
      await writeFile(file, bytes)
      expect((await readAsStranger(vault)).problems.length).toBeGreaterThan(1)
    },
  )
})

describeWithCorpus('the corpus', () => {
  it('comes back whole through the stranger’s reader', async () => {
    const folder = await scratchFolder()
    const vault = join(folder, 'vault')
    const account = new MemoryAccount()
    const files = [...corpus('vcard'), ...corpus('ical')]
    const book = account.shelves.add('contacts', ['Cards'])
    const calendar = account.shelves.add('calendar', ['Events'])
    for (const file of corpus('vcard')) account.shelves.put(book, file.name, Buffer.from(file.bytes()))
    for (const file of corpus('ical')) account.shelves.put(calendar, file.name, Buffer.from(file.bytes()))
    await runBackup(vault, account, { services })
    const target = join(folder, 'extracted')
    await mkdir(target)
    expect((await readAsStranger(vault, target)).problems).toEqual([])
    const wanted = new Set(files.map((file) => sha256(file.bytes())))
    expect((await readdir(target)).sort()).toEqual([...wanted].sort())
    for (const file of files)
      expect((await readFile(join(target, sha256(file.bytes())))).equals(Buffer.from(file.bytes()))).toBe(true)
    const missing = otherParsersMissing()
    if (missing !== null) {
      expect(process.env['CI'], missing).not.toBe('true')
      return
    }
    const cards = await readFile(join(vault, 'data/alice/Contacts/Cards.vcf'))
    expect(readByOthers('vobject-vcard', cards)).toHaveLength(cards.toString('latin1').match(/^BEGIN:VCARD\r$/gm)?.length ?? -1)
    const events = await readFile(join(vault, 'data/alice/Calendars/Events.ics'))
    const components = componentsIn(events)
    for (const reader of ['vobject-ical', 'icalendar'] as const)
      expect(readByOthers(reader, events).length, reader).toBe(components)
  })
})

/** Components directly below the calendar. */
function componentsIn(calendar: Buffer): number {
  let depth = 0
  let found = 0
  for (const [, mark] of calendar.toString('latin1').matchAll(/^(BEGIN|END):/gm)) {
    if (mark === 'BEGIN' && depth === 1) found++
    depth += mark === 'BEGIN' ? 1 : -1
  }
  return found
}
