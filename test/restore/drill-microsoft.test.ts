/** The rehearsal with a second Microsoft account, of work, as the place to restore to. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/engine/account-backup.ts'
import { drill } from '../../src/engine/drill.ts'
import type { Proof } from '../../src/engine/proof.ts'
import { google } from '../../src/providers/google/provider.ts'
import { microsoft } from '../../src/providers/microsoft/provider.ts'
import { startGoogleAccount } from '../fixtures/google-account.ts'
import { anotherMicrosoftAccount, type MicrosoftAccount, startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import { everyField } from '../fixtures/microsoft-contact.ts'
import { allDay, meeting, series } from '../fixtures/microsoft-events.ts'
import { scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { backUp, never } from './harness.ts'

const services = ['mail', 'contacts', 'calendar', 'files'] as const
const into = 'Lifeboat drill 2026-11-25'
const kind = 'work'

describe('a drill into another Microsoft account', () => {
  let alice: MicrosoftAccount
  let bob: MicrosoftAccount
  let vault: string

  beforeEach(async () => {
    alice = await startMicrosoftAccount({}, { services, kind })
    bob = await anotherMicrosoftAccount(alice, { email: 'bob@example.com', services, kind, forRestore: true })
    vault = join(await scratchFolder(), 'vault')
    // Microsoft makes the octets of messages anew each time.
    alice.user.mail.regenerates = true
    bob.user.mail.regenerates = true
    // Bob has things of his own, which are not the drill's.
    bob.user.mail.add('Subject: of Bob\r\n\r\n\r\n')
    bob.user.contacts.add({ displayName: 'Somebody else', givenName: 'Somebody' })
    bob.user.drive.add('of Bob.txt', Buffer.from('Bob'))
  })

  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: MicrosoftAccount): Connection => ({
    ...{ account, provider: microsoft, context: { ...context } },
  })
  const saved = async (connection: Connection = connectionOf(alice)) => {
    const [report] = (await backUp(vault, connection)).accounts
    expect([report?.failure, report?.failedServices, report?.pending]).toEqual([undefined, [], []])
  }

  function fill(): void {
    const { mail, contacts, calendar, drive } = alice.user
    const message = (n: number, more = '', body = `Hello ${n}, grüß dich`) =>
      `Message-ID: <m${n}@example.org>\r\nFrom: Ä Friend <a@example.org>\r\nTo: "B, C" <b@example.org>, d@example.org\r\nCc: e@example.org\r\nSubject: number ${n}\r\nDate: Tue, 4 Mar 2025 10:0${n}:00 +0100\r\n${more}\r\n${body}\r\n`
    const acme = mail.addFolder('Acme', { parent: mail.addFolder('Clients').id })
    for (let n = 0; n < 5; n++)
      mail.add(message(n), n % 2 ? acme.id : 'inbox', {
        ...{ received: `2025-03-04T09:0${n}:03Z`, isRead: n > 1, verb: [102, 103, 104, null, null][n] ?? null },
        flag: n === 3 ? 'flagged' : 'notFlagged',
      })
    const html = `--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <b>there</b></p>\r\n`
    const file = `--x\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.alloc(60, 7).toString('base64')}\r\n--x--`
    mail.add(message(7, 'Content-Type: multipart/mixed; boundary=x\r\n', html + file), 'junkemail')
    contacts.setPhoto(contacts.add(everyField()).id, Buffer.from('\xff\xd8picture', 'latin1'))
    for (const givenName of ['Bob', 'Cleo', 'Dora']) contacts.add({ displayName: givenName, givenName })
    contacts.add({ displayName: 'Eve', emailAddresses: [{ address: 'eve@example.org' }] }, contacts.addFolder('Chess club'))
    calendar.put(meeting, calendar.main, [...(meeting.attachments ?? [])])
    calendar.put({ ...allDay, subject: 'Holiday', iCalUId: '040000008200E00074C5B7101A82E00809' })
    const weekly = series({ type: 'weekly', daysOfWeek: ['tuesday'], firstDayOfWeek: 'monday' })
    const standup = calendar.put({ ...weekly, subject: 'Standup' }, calendar.add('Trips'))
    const moved = { dateTime: '2025-03-12T13:00:00.0000000', timeZone: 'UTC' }
    const end = { dateTime: '2025-03-12T14:00:00.0000000', timeZone: 'UTC' }
    calendar.changeOccurrence(standup.id, '2025-03-11T09:00:00Z', { subject: 'Late standup', start: moved, end })
    calendar.cancelOccurrence(standup.id, '2025-04-01T08:00:00Z')
    drive.folder(['Letters', 'Unanswered'])
    for (let n = 0; n < 3; n++)
      drive.add(`${n}.txt`, Buffer.from(`number ${n}`), drive.folder(['Letters']), `2024-05-06T07:08:0${n}.000Z`)
  }

  function rehearse(afterRestore: () => void = () => undefined, remove = false, from = connectionOf(alice)): Promise<Proof> {
    return drill({
      vault: vaultOptions(vault),
      accounts: null,
      known: async (id) => ({ id, connections: [from], goals: { recoverHours: 1_000, loseDays: 100_000 } }),
      target: { kind: 'account', name: 'bob', connections: [connectionOf(bob)], into, remove },
      sample: null,
      signal: never,
      onProgress: () => {},
      afterRestore: async () => afterRestore(),
    })
  }

  const counts = (proof: Proof) =>
    Object.fromEntries(
      (proof.accounts[0]?.services ?? []).map(({ service, items, restored, identical }) => [
        service,
        [items, restored, identical],
      ]),
    )
  const told = (findings: Proof['accounts'][number]['faults'] | undefined) =>
    (findings ?? []).map(({ service, title, text }) => [String(service), title, text]).sort()
  const exceptions = (proof: Proof) => told(proof.accounts[0]?.exceptions)

  it('proves that everything comes back, names what Microsoft cannot hold, and a repeat adds nothing', async () => {
    fill()
    await saved()
    const proof = await rehearse()
    expect(proof.accounts[0]?.faults).toEqual([])
    // The guests of one event are not invited again. A folder that holds nothing is an item.
    expect(counts(proof)).toEqual({ mail: [6, 6, 6], contacts: [5, 5, 5], calendar: [3, 3, 2], files: [4, 4, 4] })
    expect(exceptions(proof)).toEqual([
      ['calendar', '', expect.stringContaining('identifier of its own (iCalUId)')],
      ['calendar', meeting.subject, expect.stringContaining('3 guests were left out')],
      ['mail', '', expect.stringContaining('puts each message together anew')],
    ])
    expect(proof.verdict).toBe('proven-with-exceptions')
    expect(proof.target).toBe('the account bob')
    expect(bob.user.calendar.invitations).toEqual([])
    const size = () => [bob.user.mail.messages.size, bob.user.contacts.contacts.size, bob.user.drive.items.size]
    const before = size()
    const again = await rehearse()
    expect([again.accounts[0]?.faults, counts(again)['mail'], size()]).toEqual([[], [6, 6, 6], before])
  })

  it('finds what does not come back as it was', async () => {
    fill()
    await saved()
    const { mail, contacts, calendar, drive } = bob.user
    const spoil = () => {
      const find = (n: number) => [...mail.messages.values()].find(({ subject }) => subject === `number ${n}`)?.id
      const [zero, one, two, three, four] = [find(0), find(1), find(2), find(3), find(4)]
      if (zero && one && two && three && four) {
        mail.change(zero, { isRead: true })
        mail.remove(one)
        mail.edit(two, mail.message(two).mime.toString('utf8').replace('a@example.org', 'z@example.org'))
        mail.change(three, { verb: 102 })
        mail.change(four, { received: '2001-01-01T00:00:00Z' })
      }
      const cleo = [...contacts.contacts.values()].find(({ contact }) => contact.givenName === 'Cleo')
      if (cleo !== undefined) contacts.edit(cleo.id, { displayName: 'Leo', givenName: 'Leo' })
      const trips = [...calendar.calendars.values()].find(({ entry }) => entry.name?.endsWith('Trips'))
      for (const id of trips?.events.keys() ?? []) calendar.cancelOccurrence(id, '2025-04-08T08:00:00Z')
      const file = [...drive.items.values()].find(({ name }) => name === '1.txt')
      if (file !== undefined) drive.edit(file.id, Buffer.from('spoilt'))
    }
    // Called after each service, in any order.
    const proof = await rehearse(spoil)
    expect(proof.verdict).toBe('not-proven')
    const notSo = expect.stringMatching(/did not come back, or not as it was saved/)
    expect(told(proof.accounts[0]?.faults)).toEqual([
      ['calendar', 'Standup', notSo],
      ['contacts', 'Cleo', notSo],
      ['files', expect.stringContaining('1.txt'), notSo],
      ['mail', 'number 0', expect.stringMatching(/other marks: .*Seen/)],
      ['mail', 'number 1', notSo],
      ['mail', 'number 2', notSo],
      ['mail', 'number 3', expect.stringMatching(/other marks: .*Answered/)],
      ['mail', 'number 4', expect.stringMatching(/another date: 2001/)],
    ])
  })

  it('takes away again what it put there, and leaves what is not its own', async () => {
    fill()
    await saved()
    const proof = await rehearse(undefined, true)
    expect(proof.accounts[0]?.faults).toEqual([])
    expect(exceptions(proof).filter(([, , text]) => String(text).includes('still there'))).toEqual([])
    const { mail, contacts, calendar, drive } = bob.user
    expect([...mail.messages.values()].map(({ subject }) => subject)).toEqual(['of Bob'])
    expect([...mail.folders.values()].map(({ displayName }) => displayName)).not.toContain(into)
    expect([...contacts.contacts.values()].map(({ contact }) => contact.displayName)).toEqual(['Somebody else'])
    expect(contacts.folders.size).toBe(1)
    expect([...calendar.calendars.values()].map(({ entry }) => entry.name)).toEqual(['Calendar'])
    expect([...drive.items.values()].map(({ name }) => name)).toEqual(['root', 'of Bob.txt'])
  })

  it('takes what a vault of Google holds, and names what Outlook has no room for', async () => {
    const from = await startGoogleAccount({}, {}, services)
    try {
      const { gmail, people, calendar, drive } = from.user
      const work = gmail.createLabel('Work')
      gmail.add('Message-ID: <g1@example.org>\r\nDate: Tue, 4 Mar 2025 10:00:00 +0100\r\nSubject: one\r\n\r\nHello\r\n', [
        ...['INBOX', 'STARRED', work.id],
      ])
      people.add({ names: [{ displayName: 'Ada King', givenName: 'Ada' }], skills: [{ value: 'Whist' }] })
      const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' })
      const times = { start: berlin('2025-03-04T10:00:00+01:00'), end: berlin('2025-03-04T11:00:00+01:00') }
      calendar.primary.put({ summary: 'Standup', ...times, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=9'] })
      calendar.primary.put({ summary: 'Odd', ...times, recurrence: ['RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=9'] })
      drive.add('a.txt', { content: 'a' })
      const connection = { account: from.account, provider: google, context: { ...from.context } }
      await saved(connection)
      const proof = await rehearse(undefined, false, connection)
      expect(proof.accounts[0]?.faults).toEqual([])
      const { mail, contacts, calendar: events, files } = counts(proof)
      expect({ contacts, events, files }).toEqual({ contacts: [1, 1, 0], events: [2, 2, 1], files: [1, 1, 1] })
      // In two folders, and one message.
      expect(mail).toEqual([1, 1, 1])
      expect(exceptions(proof)).toContainEqual(['calendar', 'Odd', expect.stringContaining('only the first is there')])
      expect(exceptions(proof)).toContainEqual(['contacts', 'Ada King', expect.stringContaining('Outlook has no field for')])
    } finally {
      await from.emulator.stop()
    }
  })
})
