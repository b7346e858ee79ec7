/** Nothing lies in a vault that the description of the format does not name. */
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { google } from '../../src/providers/google/provider.ts'
import { microsoft } from '../../src/providers/microsoft/provider.ts'
import { startGoogleAccount } from '../fixtures/google-account.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import { everyField } from '../fixtures/microsoft-contact.ts'
import { meeting } from '../fixtures/microsoft-events.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { backUp } from '../restore/harness.ts'
import { operations, unnamed } from './named.ts'

const services = ['mail', 'contacts', 'calendar', 'files'] as const
const card = (name: string) => `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${name}\r\nFN:${name}\r\nN:${name};;;;\r\nEND:VCARD\r\n`
const zone = (name: string) =>
  `BEGIN:VTIMEZONE\r\nTZID:Here\r\n${name}BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
const event = (name: string, before: string, after = '') =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n${before}BEGIN:VEVENT\r\nUID:${name}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART;TZID=Here:20240301T100000\r\nSUMMARY:${name}\r\nEND:VEVENT\r\n${after}END:VCALENDAR\r\n`
const message = (n: number) => `Message-ID: <${n}@example.com>\r\nReceived: by x; n${n}\r\nSubject: Number ${n}\r\n\r\nText\r\n`

describe('the description of the format', () => {
  let stop: () => Promise<void> = () => Promise.resolve()
  afterEach(() => stop())

  it('names what all operations of a journal say, and finds it where a name is missing', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const { shelves } = account
    shelves.originals = true
    const run = () => runBackup(vault, account, { services, acceptRemovals: true })
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    const work = account.addMailbox(['Work'])
    account.add(work, message(0))
    const uids = [1, 2, 3, 4].map((n) => account.add(inbox, message(n), ['\\Answered', '\\Seen', '$Work']))
    account.add(inbox, ' begins with a space\r\n\r\n')
    const book = shelves.add('contacts', ['Family'], { description: 'ours' })
    for (const name of ['Ada', 'Bob']) shelves.put(book, name, card(name))
    const calendar = shelves.add('calendar', ['Private'], { colour: '#336699' })
    shelves.put(calendar, 'a', event('a', zone('')))
    shelves.put(calendar, 'b', event('b', '', zone('X-OTHER:1\r\n')))
    const drive = shelves.add('files', ['Drive'])
    for (const name of ['a.txt', 'b/c.txt']) shelves.file(drive, name, name)
    await run()
    account.move(inbox, uids[0] ?? 0, work)
    account.remove(inbox, uids[1] ?? 0)
    account.reflag(inbox, uids[2] ?? 0, ['\\Flagged'])
    account.rename(work, ['Arbeit'])
    account.poison.add(`1.${account.add(inbox, message(5))}`)
    shelves.put(book, 'Ada', card('Ada King'))
    shelves.remove(book, 'Bob')
    shelves.file(drive, 'a.txt', 'changed')
    await run()
    account.poison.clear()
    account.renumber(inbox)
    account.mailboxes.delete(work)
    await run()
    expect(operations(vault)).toEqual([
      'begin',
      'collection',
      'commit',
      'end',
      'gone',
      'meta',
      'move',
      'pending',
      'place',
      'put',
      'remove',
      'rename',
    ])
    expect(unnamed(vault)).toEqual([])
    await appendFile(join(vault, 'bag-info.txt'), 'Lifeboat-Colour: blue\n')
    expect(unnamed(vault)).toEqual(['bag-info.txt: | `Lifeboat-Colour:'])
  })

  it('names what is said of a Google account, whose calendars keep their colour', async () => {
    const running = await startGoogleAccount({}, { files: { revisions: true } }, services)
    stop = () => running.emulator.stop()
    const { gmail, people, drive, calendar } = running.user
    gmail.add('Subject: hello\r\n\r\nHello.\r\n', ['INBOX', 'STARRED'])
    people.add({ names: [{ displayName: 'Ada' }] })
    const start = { dateTime: '2025-03-04T10:00:00+01:00', timeZone: 'Europe/Berlin' }
    const team = calendar.add('team@example.com', { summary: 'Team', backgroundColor: '#ff0000', description: 'Ours' })
    team.put({ summary: 'Standup', start, end: start, recurrence: ['RRULE:FREQ=WEEKLY'] })
    const letter = drive.add('a.txt', { content: 'first' })
    drive.edit(letter.id, { content: Buffer.from('second'), starred: true, description: 'to the bank' })
    drive.add('Form', { mimeType: 'application/vnd.google-apps.form' })
    const vault = join(await scratchFolder(), 'vault')
    await backUp(vault, { account: running.account, provider: google, context: { ...running.context } })
    expect(unnamed(vault)).toEqual([])
    const text = await readFile(join(vault, 'data/alice@example.com/Calendars/Team.ics'), 'utf8')
    expect(text).toContain('\r\nX-APPLE-CALENDAR-COLOR:#ff0000\r\n')
  })

  it('names what is said of a Microsoft account, whose calendars keep their colour', async () => {
    const running = await startMicrosoftAccount({}, { services, settings: { files: { versions: 5 } } })
    stop = () => running.emulator.stop()
    const { mail, contacts, calendar, drive } = running.user
    mail.add('Subject: hello\r\n\r\nHello.\r\n', 'inbox', { categories: ['Red'], importance: 'high' })
    contacts.add(everyField(), contacts.addFolder('Friends'))
    calendar.put(meeting, calendar.add('Trips', { hexColor: '#00ff00' }))
    drive.add('a.txt', Buffer.from('a'), drive.folder(['Letters']))
    drive.folder(['Nothing'])
    drive.add('Tresor', null, drive.rootId, undefined, { specialFolder: { name: 'vault' } })
    const vault = join(await scratchFolder(), 'vault')
    await backUp(vault, { account: running.account, provider: microsoft, context: { ...running.context } })
    expect(unnamed(vault)).toEqual([])
    const text = await readFile(join(vault, 'data/alice@example.com/Calendars/Trips.ics'), 'utf8')
    expect(text).toContain('\r\nX-APPLE-CALENDAR-COLOR:#00ff00\r\n')
  })
})
