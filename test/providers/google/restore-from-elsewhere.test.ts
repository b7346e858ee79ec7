import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Service } from '../../../src/core/account.ts'
import { archive } from '../../../src/providers/archive/provider.ts'
import { testContext } from '../../fixtures/memory-account.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp } from '../../restore/harness.ts'
import { mailOf, message, sums, twoAccounts } from './two-accounts.ts'

describe('a restore to Google from elsewhere', () => {
  const two = twoAccounts()

  async function savedFromFolder(files: Readonly<Record<string, string>>, wanted: readonly Service[]): Promise<void> {
    const root = await scratchFolder()
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true })
      await writeFile(join(root, path), content)
    }
    const account = { id: two.alice.account.id, provider: 'archive', services: wanted, settings: { path: root } }
    const report = await backUp(two.vault, { account, provider: archive, context: testContext })
    expect(report.accounts[0]?.failure).toBeUndefined()
  }

  it('brings mail folders as labels', async () => {
    await savedFromFolder({ 'Clients/a.eml': message(1, 'Subject: One\r\n'), 'Clients/b.eml': message(2, 'Subject: Two\r\n') }, [
      'mail',
    ])
    expect(sums(await two.restore())).toEqual([2, 0, 0, 0])
    const labels = mailOf(two.bob).map((mail) => mail.labels.filter((name) => name !== 'UNREAD').join())
    expect(new Set(labels)).toEqual(new Set(['Clients']))
    expect(sums(await two.restore({ stateFolder: null }))).toEqual([0, 2, 0, 0])
  })

  it('brings a folder whose name Gmail keeps to itself beside it, once', async () => {
    await savedFromFolder({ 'Chats/a.eml': message(1, 'Subject: One\r\n') }, ['mail'])
    expect(sums(await two.restore())).toEqual([1, 0, 0, 0])
    const labels = () => mailOf(two.bob).map((mail) => mail.labels.filter((name) => name !== 'UNREAD').join())
    expect(labels()).toEqual(['Chats (restored)'])
    expect(sums(await two.restore({ stateFolder: null }))).toEqual([0, 1, 0, 0])
    expect(labels()).toEqual(['Chats (restored)'])
  })

  it('brings cards and events, with what Google has no field for named', async () => {
    const card =
      'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ada King\r\nN:King;Ada;;Dr.;\r\nEMAIL;TYPE=HOME:ada@example.org\r\nTEL;TYPE=CELL:+44 1\r\nBDAY:--12-10\r\nitem1.TEL:1843\r\nitem1.X-ABLabel:Workshop\r\nCATEGORIES:Chess\r\nX-SHOE-SIZE:38\r\nEND:VCARD\r\n'
    const event =
      'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:tea@example.org\r\nDTSTAMP:20250101T000000Z\r\nDTSTART;TZID=W. Europe Standard Time:20250304T100000\r\nDURATION:PT90M\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nEXDATE;TZID=W. Europe Standard Time:20250311T100000\r\nSUMMARY:Tea\\, with cake\r\nGEO:1;2\r\nBEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:Tea\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n'
    await savedFromFolder({ 'family.vcf': card, 'family.ics': event }, ['contacts', 'calendar'])
    const report = await two.restore()
    expect(sums(report)).toEqual([2, 0, 0, 0])
    expect(report.losses.flatMap(({ texts }) => texts)).toEqual(
      expect.arrayContaining(['Google has no field for X-SHOE-SIZE.', 'Google has no field for GEO.']),
    )
    const [ada] = two.bob.user.people.living(two.bob.user.people.connections)
    expect(ada).toMatchObject({
      names: [{ familyName: 'King', givenName: 'Ada', honorificPrefix: 'Dr.' }],
      emailAddresses: [{ value: 'ada@example.org', type: 'home' }],
      phoneNumbers: [
        { value: '+44 1', type: 'mobile' },
        { value: '1843', type: 'Workshop' },
      ],
      birthdays: [{ date: { month: 12, day: 10 } }],
    })
    const events = [...two.bob.user.calendar.calendars.values()].flatMap((calendar) => [...calendar.events.values()])
    expect(events.map((entry) => entry.event)).toMatchObject([
      {
        iCalUID: 'tea@example.org',
        summary: 'Tea, with cake',
        start: { dateTime: '2025-03-04T10:00:00+01:00', timeZone: 'Europe/Berlin' },
        end: { dateTime: '2025-03-04T11:30:00+01:00', timeZone: 'Europe/Berlin' },
        recurrence: ['RRULE:FREQ=WEEKLY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20250311T100000'],
        reminders: { useDefault: false, overrides: [{ method: 'popup', minutes: 15 }] },
      },
    ])
    expect(sums(await two.restore({ stateFolder: null }))).toEqual([0, 2, 0, 0])
  })

  it('gives times of no zone that of the calendar, and says so', async () => {
    const lines = (uid: string, more: string) =>
      `BEGIN:VEVENT\r\nUID:${uid}\r\nDTSTAMP:20250101T000000Z\r\nDTSTART:20250704T100000\r\nDTEND:20250704T110000\r\n${more}END:VEVENT\r\n`
    const series = lines('series', 'RRULE:FREQ=DAILY;COUNT=3\r\nEXDATE:20250705T100000\r\n')
    const ending = lines('ending', 'RRULE:FREQ=DAILY;UNTIL=20250706T100000;INTERVAL=1\r\n')
    const changed =
      'BEGIN:VEVENT\r\nUID:series\r\nDTSTAMP:20250101T000000Z\r\nRECURRENCE-ID:20250706T100000\r\nDTSTART:20250706T120000\r\nDTEND:20250706T130000\r\nEND:VEVENT\r\n'
    const calendar = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n${lines('single', '')}${series}${changed}${ending}END:VCALENDAR\r\n`
    await savedFromFolder({ 'tea.ics': calendar }, ['calendar'])
    const report = await two.restore()
    expect(sums(report)).toEqual([3, 0, 0, 0])
    expect(report.losses.flatMap(({ texts }) => texts)).toContain(
      'Google wants a time zone for every event: where there was none, it is that of the calendar now.',
    )
    const events = [...two.bob.user.calendar.calendars.values()].flatMap((one) =>
      [...one.events.values()].map(({ event }) => event),
    )
    const start = { dateTime: '2025-07-04T10:00:00+02:00', timeZone: 'Europe/Berlin' }
    expect(events).toMatchObject([
      { iCalUID: 'single', start },
      { iCalUID: 'series', start, recurrence: ['RRULE:FREQ=DAILY;COUNT=3', 'EXDATE;TZID=Europe/Berlin:20250705T100000'] },
      { start: { dateTime: '2025-07-06T12:00:00+02:00' }, originalStartTime: { dateTime: '2025-07-06T10:00:00+02:00' } },
      { iCalUID: 'ending', start, recurrence: ['RRULE:FREQ=DAILY;UNTIL=20250706T080000Z;INTERVAL=1'] },
    ])
    expect(sums(await two.restore({ stateFolder: null }))).toEqual([0, 3, 0, 0])
  })

  it('brings the words of parameters as they are: an address as on its label, a guest with quotation marks', async () => {
    const card =
      'BEGIN:VCARD\r\nVERSION:4.0\r\nUID:1\r\nFN:Ada\r\nN:;Ada;;;\r\nADR;LABEL="Hauptstra\u00dfe 1^nK\u00f6ln":;;Hauptstra\u00dfe 1;K\u00f6ln;;;\r\nEND:VCARD\r\n'
    const event =
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:tea\r\nDTSTAMP:20250101T000000Z\r\nDTSTART:20250304T100000Z\r\nATTENDEE;CN=J\u00f6rg ^'Joe^' M.:mailto:joe@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    await savedFromFolder({ 'family.vcf': card, 'family.ics': event }, ['contacts', 'calendar'])
    expect(sums(await two.restore())).toEqual([2, 0, 0, 0])
    const [ada] = two.bob.user.people.living(two.bob.user.people.connections)
    expect(ada?.addresses?.[0]?.formattedValue).toBe('Hauptstra\u00dfe 1\nK\u00f6ln')
    const events = [...two.bob.user.calendar.calendars.values()].flatMap((one) => [...one.events.values()])
    expect(events[0]?.event.attendees?.[0]?.displayName).toBe('J\u00f6rg "Joe" M.')
  })

  it('brings a birthday of which Apple does not know the year', async () => {
    const card =
      'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nFN:Ada\r\nN:;Ada;;;\r\nBDAY;VALUE=date;X-APPLE-OMIT-YEAR=1604:1604-12-10\r\nEND:VCARD\r\n'
    await savedFromFolder({ 'family.vcf': card }, ['contacts'])
    await two.restore()
    const [ada] = two.bob.user.people.living(two.bob.user.people.connections)
    expect(ada?.birthdays?.map(({ date }) => date)).toEqual([{ month: 12, day: 10 }])
  })
})
