/** Whole backups of a real server: what comes into the vault besides the items. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { dav } from '../../../src/providers/dav/provider.ts'
import { realDisk } from '../../../src/vault/disk.ts'
import { Vault } from '../../../src/vault/vault.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { testContext } from '../../fixtures/memory-account.ts'
import { runProvider, scratchFolder, vaultOptions } from '../../fixtures/vaults.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../../servers/radicale.ts'
import { unnamed } from '../../strangers/named.ts'
import { calendarObject, card } from './account.ts'

describeUnless(radicaleMissing(), 'address books and calendars of Radicale in the vault', () => {
  let server: Radicale
  beforeAll(async () => {
    server = await startRadicale()
  })
  afterAll(() => server.stop())

  /** As the journals alone tell it. */
  async function described(directory: string) {
    const vault = await Vault.openForReading(vaultOptions(directory, realDisk, null))
    try {
      const { state } = await vault.account('home')
      return Object.fromEntries(state.collections().map(({ path, meta }) => [path.join('/'), meta]))
    } finally {
      await vault.close()
    }
  }

  it('keep names, descriptions, colours, order and every kind of entry, and follow them without a download', async () => {
    await server.addCollection(
      '/alice/friends/',
      'contacts',
      'Fr&#xFC;nde &amp; Co',
      '<CR:addressbook-description>All of them</CR:addressbook-description><I:addressbook-color>#aabbccff</I:addressbook-color>',
    )
    await server.addCollection(
      '/alice/work/',
      'calendar',
      'Work',
      '<A:calendar-color>#112233ff</A:calendar-color><A:calendar-order>7</A:calendar-order><C:calendar-description>Shifts</C:calendar-description>',
    )
    await server.put('/alice/friends/a.vcf', card('a'))
    for (const component of ['VEVENT', 'VTODO', 'VJOURNAL'])
      expect(await server.put(`/alice/work/${component}.ics`, calendarObject(component, component))).toBe(201)
    const directory = join(await scratchFolder(), 'vault')
    const settings = { user: server.user, carddav: `${server.url}/`, caldav: `${server.url}/` }
    const account = { id: 'home', provider: 'dav', services: ['contacts', 'calendar'] as const, settings }
    const context = { ...testContext, secret: async () => server.password }
    const run = async () => (await runProvider(directory, account, dav, { context })).accounts[0]
    const work = (name: string) => readFileSync(join(directory, `data/home/Calendars/${name}.ics`), 'utf8')

    expect((await run())?.collections).toMatchObject([{ stored: 1 }, { stored: 3 }])
    expect(unnamed(directory)).toEqual([])
    expect(await described(directory)).toMatchObject({
      'Fründe & Co': { description: 'All of them', colour: '#aabbccff' },
      Work: { description: 'Shifts', colour: '#112233ff', order: 7 },
    })
    expect(work('Work')).toContain('X-WR-CALNAME:Work\r\nX-WR-CALDESC:Shifts\r\nX-APPLE-CALENDAR-COLOR:#112233ff\r\n')
    expect(
      work('Work')
        .match(/^BEGIN:V(?!CAL).*(?=\r$)/gm)
        ?.sort(),
    ).toEqual(['BEGIN:VEVENT', 'BEGIN:VJOURNAL', 'BEGIN:VTODO'])

    const set =
      '<D:displayname>Arbeit</D:displayname><A:calendar-color>#445566ff</A:calendar-color><A:calendar-order>2</A:calendar-order>'
    const body = `<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:A="http://apple.com/ns/ical/"><D:set><D:prop>${set}</D:prop></D:set></D:propertyupdate>`
    const headers = { 'content-type': 'application/xml; charset=utf-8' }
    expect((await server.request('PROPPATCH', '/alice/work/', { body, headers })).status).toBe(207)
    expect((await run())?.collections).toMatchObject([
      { stored: 1, bytes: 0 },
      { stored: 3, bytes: 0 },
    ])
    expect((await described(directory))['Arbeit']).toMatchObject({ description: 'Shifts', colour: '#445566ff', order: 2 })
    expect(work('Arbeit')).toContain('X-WR-CALNAME:Arbeit\r\nX-WR-CALDESC:Shifts\r\nX-APPLE-CALENDAR-COLOR:#445566ff\r\n')
  })
})
