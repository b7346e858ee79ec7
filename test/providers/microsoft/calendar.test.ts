import type { Attachment, Event } from '@microsoft/microsoft-graph-types'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection } from '../../../src/core/items.ts'
import type { Cursor, Source } from '../../../src/core/source.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import type { CalendarStore } from '../../emulators/microsoft/calendar-store.ts'
import { documentedErrors, GraphError } from '../../emulators/microsoft/graph.ts'
import { type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { series as seriesOf } from '../../fixtures/microsoft-events.ts'
import { collectionsOf, readChanges, readContents } from '../../fixtures/read-source.ts'

const zone = 'W. Europe Standard Time'

describe("a backup of Outlook's calendars", () => {
  let running: MicrosoftAccount
  let store: CalendarStore
  let mine: Collection

  beforeEach(async () => {
    running = await startMicrosoftAccount({}, { services: ['calendar'] })
    store = running.user.calendar
    mine = { service: 'calendar', key: store.main.id, path: ['Calendar'] }
  })

  afterEach(() => running.emulator.stop())

  const source = (): Source => provider.source(running.account, 'calendar', { ...running.context })
  const read = (since: Cursor | null) => readChanges(source(), mine, since)
  const at = (hour: string, day = '04') => ({ dateTime: `2026-03-${day}T${hour}:00.0000000`, timeZone: 'UTC' })
  const event = (subject: string): Event => ({
    ...{ subject, start: at('09:00'), end: at('10:00'), originalStartTimeZone: zone, originalEndTimeZone: zone },
  })
  const weekly = (subject: string): Event => {
    const { recurrence = null } = seriesOf(
      { type: 'weekly', daysOfWeek: ['wednesday'], firstDayOfWeek: 'monday' },
      { type: 'numbered', numberOfOccurrences: 5, startDate: '2026-03-04' },
    )
    return { ...event(subject), recurrence }
  }

  const everyDay = (numberOfOccurrences: number) =>
    seriesOf({ type: 'daily' }, { type: 'numbered', numberOfOccurrences, startDate: '2026-03-04' }).recurrence ?? null

  async function objects(since: Cursor | null = null): Promise<Map<string, string>> {
    const one = source()
    const { items } = await readChanges(one, mine, since)
    return new Map(
      [...(await readContents(one, mine, items))].map(([key, octets]) => [key, String(octets).replace(/\r\n /g, '')]),
    )
  }

  it('finds all calendars of all groups, and marks those of others', async () => {
    store.add('Trips', { hexColor: '#ff0000' })
    store.add('Boss', { owner: { name: 'Boss', address: 'boss@example.com' }, canEdit: false }, 'others')
    const found = await collectionsOf(source())
    expect(found.map(({ path }) => path)).toEqual([['Calendar'], ['Trips'], ['Other Calendars', 'Boss']])
    expect(found.map(({ meta }) => meta)).toEqual([
      { primary: true, access: 'owner' },
      { colour: '#ff0000', access: 'owner' },
      { group: 'Other Calendars', owner: 'boss@example.com', access: 'reader', shared: true },
    ])
  })

  it('makes one item of a series with its changed and cancelled occurrences', async () => {
    const { id } = store.put(weekly('Standup'))
    store.changeOccurrence(id, '2026-03-11T09:00:00Z', {
      subject: 'Late standup',
      start: at('13:00', '11'),
      end: at('14:00', '11'),
    })
    store.cancelOccurrence(id, '2026-04-01T08:00:00Z')
    store.put(event('Single'))
    const found = await objects()
    expect(found.size).toBe(2)
    const text = found.get(id) ?? ''
    expect(text).toContain('RRULE:FREQ=WEEKLY;BYDAY=WE;WKST=MO;COUNT=5')
    expect(text).toContain('EXDATE;TZID=Europe/Berlin:20260401T100000')
    expect(text).toMatch(/RECURRENCE-ID;TZID=Europe\/Berlin:20260311T100000.*SUMMARY:Late standup/s)
    expect(text).toContain('BEGIN:VTIMEZONE')
  })

  it('saves every changed occurrence, also where they come in pages', async () => {
    const { id } = store.put({ ...weekly('Standup'), ...{ recurrence: everyDay(15) } })
    for (let day = 4; day < 17; day++)
      store.changeOccurrence(id, `2026-03-${String(day).padStart(2, '0')}T09:00:00Z`, { subject: `Changed ${day}` })
    const text = (await objects()).get(id) ?? ''
    expect(text.match(/SUMMARY:Changed \d+/g)).toHaveLength(13)
  })

  it('saves attachments, files as they are and attached messages as files', async () => {
    const attachment = (type: string, more: object) => ({ '@odata.type': `#microsoft.graph.${type}`, ...more }) as Attachment
    const file = attachment('fileAttachment', { id: 'f', name: 'a.txt', contentType: 'text/plain', contentBytes: 'aGVsbG8=' })
    const message = attachment('itemAttachment', { id: 'i', name: 'Letter', value: 'Subject: hi\r\n\r\nthere' })
    const { id } = store.put(event('Dinner'), store.main, [file, message])
    const text = (await objects()).get(id) ?? ''
    expect(text).toContain('ATTACH;FMTTYPE=text/plain;FILENAME=a.txt;ENCODING=BASE64;VALUE=BINARY:aGVsbG8=')
    expect(text).toContain(
      `FILENAME=Letter.eml;ENCODING=BASE64;VALUE=BINARY:${Buffer.from('Subject: hi\r\n\r\nthere').toString('base64')}`,
    )
  })

  it('names what has changed, also far from now and where only an occurrence did, and nothing when nothing has', async () => {
    const series = store.put(weekly('Standup'))
    const edited = store.put(event('Edited'))
    const deleted = store.put(event('Deleted'))
    const old = store.put({ ...event('Old'), start: { dateTime: '1999-01-01T09:00:00', timeZone: 'UTC' } })
    store.put(event('Kept'))
    const first = await read(null)
    running.emulator.requests.length = 0
    expect(await read(first.cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    expect(running.emulator.requests.filter(({ method }) => method !== 'sign-in')).toHaveLength(1)
    store.edit(edited.id, { subject: 'Edited again' })
    store.edit(old.id, { subject: 'Old, edited' })
    store.delete(deleted.id)
    store.cancelOccurrence(series.id, '2026-03-11T09:00:00Z')
    const added = store.put(event('Added'))
    const second = await read(first.cursor)
    // What was touched shortly before the first run is named again, as what it was.
    const known = new Map(first.items.map(({ key, version }) => [key, version]))
    const other = second.items.filter(({ key, version }) => known.get(key) !== version)
    expect(other.map(({ key }) => key).sort()).toEqual([series.id, edited.id, old.id, added.id].sort())
    expect(second.removed).toContain(deleted.id)
    expect(second.removed).not.toContain(old.id)
    const changed = await objects(first.cursor)
    expect(changed.get(series.id)).toContain('EXDATE;TZID=Europe/Berlin:20260311T100000')
    // A full listing finds the same versions, so nothing is fetched twice.
    const versions = new Map((await read(null)).items.map(({ key, version }) => [key, version]))
    for (const { key, version } of second.items) expect(versions.get(key)).toBe(version)
  })

  it('lists again after 410, and now and then', async () => {
    store.put(event('Dinner'))
    const { cursor } = await read(null)
    running.emulator.faults.next(/event\.delta/, { kind: 'error', error: documentedErrors.syncStateNotFound() })
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    const later = {
      ...running.context,
      clock: { ...running.clock, now: () => new Date(running.clock.now().getTime() + 8 * 86_400_000) },
    }
    await expect(readChanges(provider.source(running.account, 'calendar', later), mine, cursor)).rejects.toMatchObject({
      code: 'cursor-expired',
    })
  })

  it('lists a calendar each time of which Microsoft tells no changes', async () => {
    store.put(event('Dinner'))
    const error = new GraphError(400, 'ErrorInvalidRequest', 'Change tracking is not supported for this folder.')
    running.emulator.faults.always(/event\.delta/, { kind: 'error', error })
    const first = await read(null)
    expect(first.items).toHaveLength(1)
    await expect(read(first.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('lists a calendar each time whose changes Microsoft tells in a circle', async () => {
    store.put(event('Dinner'))
    const { cursor } = await read(null)
    store.put(event('Lunch'))
    running.emulator.pages.endless = 'view'
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    const again = await read(null)
    expect(again.items).toHaveLength(2)
    await expect(read(again.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('names a changed whole day by the day that it was to be on, wherever the series is from', async () => {
    const days = (day: string, end: string) => ({ start: at('00:00', day), end: at('00:00', end) })
    const { id } = store.put({ ...weekly('Bins'), ...days('04', '05'), isAllDay: true })
    // Midnight in Berlin.
    store.changeOccurrence(id, '2026-03-10T23:00:00Z', { subject: 'Late bins', ...days('12', '13') })
    store.cancelOccurrence(id, '2026-03-17T23:00:00Z')
    const text = (await objects()).get(id) ?? ''
    expect(text).toMatch(/DTSTART;VALUE=DATE:20260312.*RECURRENCE-ID;VALUE=DATE:20260311.*SUMMARY:Late bins/s)
    expect(text).toContain('EXDATE;VALUE=DATE:20260318')
  })

  it('fetches an item that an earlier run left over', async () => {
    const { id } = store.put(weekly('Standup'))
    const contents = await readContents(source(), mine, [
      { key: id, version: 'x', meta: {} },
      { key: 'gone', version: 'x', meta: {} },
    ])
    expect(String(contents.get(id))).toContain('SUMMARY:Standup')
    expect(contents.get('gone')).toMatch(/does not have this any more/)
  })
})
