import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/core/errors.ts'
import type { Collection, Item } from '../../src/core/items.ts'
import type { Provider } from '../../src/core/provider.ts'
import type { Change, Fetched } from '../../src/core/source.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount, memoryProvider } from '../fixtures/memory-account.ts'
import { ShelfSource } from '../fixtures/memory-shelves.ts'
import { readVault, runProvider, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'

const card = (name: string) => `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nEND:VCARD\r\n`
const event = (name: string) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:${name}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART:20240301T100000Z\r\nSUMMARY:${name}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

/** Contacts are not given before the calendar was asked for what `until` says. */
function slowContacts(memory: MemoryAccount, until: 'collections' | 'changes'): Provider {
  const { promise: reached, resolve } = Promise.withResolvers<void>()
  class Contacts extends ShelfSource {
    override async *fetch(c: Collection, items: readonly Item[]): AsyncGenerator<Fetched> {
      await reached
      await delay(20)
      yield* super.fetch(c, items)
    }
  }
  class Calendars extends ShelfSource {
    override async *collections(): AsyncGenerator<Collection> {
      yield* super.collections()
      if (until === 'collections') resolve()
    }
    override async *changes(c: Collection, since: string | null): AsyncGenerator<Change> {
      if (until === 'changes') resolve()
      yield* super.changes(c, since)
    }
  }
  return {
    ...memoryProvider(memory),
    source: (_, service) =>
      service === 'contacts' ? new Contacts(memory.shelves, service) : new Calendars(memory.shelves, service),
  }
}

async function scene() {
  const vault = join(await scratchFolder(), 'vault')
  const memory = new MemoryAccount()
  const { shelves } = memory
  const [book, calendar] = [shelves.add('contacts', ['Family']), shelves.add('calendar', ['Work'])]
  for (let n = 0; n < 30; n++) {
    shelves.put(book, `c${n}`, card(`c${n}`))
    shelves.put(calendar, `e${n}`, event(`e${n}`))
  }
  const account = { id: 'alice', provider: 'memory', services: ['contacts', 'calendar'] as const, settings: {} }
  const run = (provider: Provider) => runProvider(vault, account, provider)
  const findings = async () => (await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)).findings
  return { vault, memory, shelves, book, calendar, run, findings }
}

describe('address books and calendars of one account', () => {
  it('are saved while the next are listed', async () => {
    const { vault, memory, run, findings } = await scene()
    const report = await run(slowContacts(memory, 'changes'))
    expect(report.accounts[0]?.collections.map(({ stored }) => stored)).toEqual([30, 30])
    expect(await findings()).toEqual([])
    expect(Object.values((await readVault(vault)).live).map((sums) => sums.length)).toEqual([30, 30])
  })

  it('are renamed one after the other', async () => {
    const { vault, memory, shelves, book, calendar, run, findings } = await scene()
    await run(memoryProvider(memory))
    shelves.shelf(calendar).path = ['Office']
    shelves.put(book, 'c0', card('c0 again'))
    shelves.put(calendar, 'e0', event('e0 again'))
    const report = await run(slowContacts(memory, 'collections'))
    expect(report.accounts[0]).toMatchObject({ failedServices: [], collections: [{ changed: 1 }, { changed: 1 }] })
    expect(await findings()).toEqual([])
    expect(['Office.ics', 'Work.ics'].map((name) => existsSync(join(vault, 'data/alice/Calendars', name)))).toEqual([true, false])
  })

  it('are saved where the others cannot be listed', async () => {
    const { memory, shelves, run, findings } = await scene()
    const provider = memoryProvider(memory)
    const broken: Provider = {
      ...provider,
      source: (account, service, context) =>
        service === 'contacts' ? provider.source(account, service, context) : new Unlisted(shelves, service),
    }
    const report = await run(broken)
    expect(report.accounts[0]).toMatchObject({
      failedServices: [{ service: 'calendar', failure: { code: 'network' } }],
      collections: [{ service: 'contacts', stored: 30 }],
    })
    expect(await findings()).toEqual([])
  })
})

class Unlisted extends ShelfSource {
  // biome-ignore lint/correctness/useYield: it fails before
  override async *collections(): AsyncGenerator<Collection> {
    throw new AppError('network', 'The server does not answer.')
  }
}
