/** An account at Google, its vault, and a second account at Google to restore it to. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import type { Connection } from '../../../src/engine/account-backup.ts'
import type { RestoreReport } from '../../../src/engine/restore-report.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import { seriesOfEvents, seriesText } from '../../../src/providers/google/writable-event.ts'
import { personText } from '../../../src/providers/google/writable-person.ts'
import { anotherAccount, type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { everyField } from '../../fixtures/google-person.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp, type RestoreChoice, restoreTo } from '../../restore/harness.ts'

export interface TwoAccounts {
  readonly alice: GoogleAccount
  /** May be written to. */
  readonly bob: GoogleAccount
  /** Of alice's. */
  readonly vault: string
  /** Backs up alice's account; it has to go well. */
  saved(): Promise<void>
  /** What is saved under alice's name, into bob's account or another one. */
  restore(choice?: RestoreChoice, to?: GoogleAccount): Promise<RestoreReport>
}

export const services = ['mail', 'contacts', 'calendar', 'files'] as const
export const berlin = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' })
export const picture = Buffer.from('\xff\xd8picture', 'latin1')

/** Both are new for each test of the suite in which this is called. */
export function twoAccounts(): TwoAccounts {
  let alice: GoogleAccount
  let bob: GoogleAccount
  let vault: string

  beforeEach(async () => {
    alice = await startGoogleAccount({}, {}, services)
    bob = await anotherAccount(alice, 'bob@example.com', {}, services, true)
    vault = join(await scratchFolder(), 'vault')
  })
  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: GoogleAccount): Connection => ({ account, provider, context: { ...context } })
  return {
    get alice() {
      return alice
    },
    get bob() {
      return bob
    },
    get vault() {
      return vault
    },
    async saved() {
      const report = await backUp(vault, connectionOf(alice))
      expect(report.accounts[0]?.failure).toBeUndefined()
    },
    restore: (choice = {}, to = bob) => restoreTo(vault, connectionOf(to), { account: alice.account.id, ...choice }),
  }
}

/** Items that were created, were there already, are in conflict, or failed. */
export const sums = (report: RestoreReport) => {
  expect(report.failure).toBeUndefined()
  const add = (member: 'created' | 'alreadyThere' | 'conflicts' | 'failed') =>
    report.collections.reduce((sum, collection) => sum + collection[member], 0)
  return [add('created'), add('alreadyThere'), add('conflicts'), add('failed')]
}

export const message = (n: number, more = '') =>
  `Message-ID: <m${n}@example.org>\r\nDate: Tue, 4 Mar 2025 10:${String(n).padStart(2, '0')}:00 +0100\r\n${more}\r\nNumber ${n}\r\n`

/** Something of everything. */
export function fill(alice: GoogleAccount): void {
  const { gmail, people, calendar, drive } = alice.user
  const work = gmail.createLabel('Work/Clients')
  const first = gmail.add(message(1, 'Subject: Plan\r\n'), ['INBOX', 'UNREAD', work.id], '2025-03-04T09:01:00Z')
  const reply = message(2, 'Subject: Re: Plan\r\nReferences: <m1@example.org>\r\n')
  gmail.add(reply, ['SENT', 'STARRED'], '2025-03-04T09:02:00Z', first.threadId)
  gmail.add(message(3, 'Subject: Offer\r\n'), ['SPAM', 'UNREAD'], '2025-03-04T09:03:00Z')
  gmail.add('Date: Tue, 4 Mar 2025 10:04:00 +0100\r\n\r\nno id\r\n', ['TRASH'], '2025-03-04T09:04:00Z')
  const club = people.addGroup('Chess club')
  const photo = `${alice.emulator.origin}/photos/${people.addPhoto(picture)}=s100`
  people.add(everyField([photo], [club]))
  people.add({ names: [{ displayName: 'Bob', givenName: 'Bob' }], emailAddresses: [{ value: 'bob@example.org' }] })
  people.add({ names: [{ displayName: 'Eve', givenName: 'Eve' }], emailAddresses: [{ value: 'eve@example.org' }] }, people.others)
  const times = { start: berlin('2025-03-04T10:00:00+01:00'), end: berlin('2025-03-04T11:00:00+01:00') }
  calendar.primary.put({ summary: 'Dinner', ...times, attendees: [{ email: 'eve@example.org', responseStatus: 'accepted' }] })
  const series = calendar.primary.put({ summary: 'Standup', ...times, recurrence: ['RRULE:FREQ=WEEKLY;COUNT=9'] })
  calendar.primary.exception(series, berlin('2025-03-11T10:00:00+01:00'), {
    ...{ start: berlin('2025-03-11T12:00:00+01:00'), end: berlin('2025-03-11T13:00:00+01:00'), summary: 'Late standup' },
  })
  calendar.primary.exception(series, berlin('2025-03-18T10:00:00+01:00'), { status: 'cancelled' })
  const trips = calendar.add('trips@group.calendar.google.com', { summary: 'Trips', timeZone: 'Europe/Lisbon' })
  trips.put({ summary: 'Porto', start: { date: '2025-05-01' }, end: { date: '2025-05-04' }, colorId: '11' })
  const letters = drive.folder('Letters')
  drive.add('to the bank.txt', {
    parent: letters.id,
    content: 'Dear bank',
    mimeType: 'text/plain',
    description: 'sent',
    starred: true,
  })
  drive.add('large.bin', { content: Buffer.alloc(9 << 20, 'octets') })
  drive.add('empty', { content: '' })
}

/** What a person would see of the mail. */
export const mailOf = ({ user: { gmail } }: GoogleAccount) => {
  const messages = [...gmail.messages.values()]
  return messages
    .map(({ raw, labels, threadId, internalDate }) => ({
      text: raw.toString('latin1'),
      labels: [...labels].map((id) => gmail.labels.get(id)?.name).sort(),
      together: messages.filter((other) => other.threadId === threadId).length,
      date: new Date(internalDate).toISOString(),
    }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
}

const pathOf = (account: GoogleAccount, id: string | null): string[] => {
  const { drive } = account.user
  const file = id === null ? undefined : drive.files.get(id)
  return file === undefined || file.id === drive.root ? [] : [...pathOf(account, file.parent), file.name]
}

export const foldersOf = (account: GoogleAccount) =>
  [...account.user.drive.files.values()]
    .filter(({ mimeType }) => mimeType.endsWith('.folder'))
    .map(({ id }) => pathOf(account, id).join('/'))
    .sort()

export const filesOf = (account: GoogleAccount, top: string) => {
  const { drive } = account.user
  return [...drive.files.values()]
    .filter(({ mimeType }) => !mimeType.endsWith('.folder'))
    .map((file) => {
      const { content, modifiedTime, description, starred } = file
      const sum = createHash('sha256').update(content).digest('hex')
      return { path: pathOf(account, file.id).join('/').replace(top, ''), sum, modifiedTime, description, starred }
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

export const personsOf = ({ user: { people } }: GoogleAccount) => people.living(people.connections).map(personText).sort()

export const eventsOf = ({ user: { calendar } }: GoogleAccount) =>
  [...calendar.calendars.values()].map(({ entry, events }) => {
    const all = [...events.values()].map(({ event }) => event)
    const uids = new Map(all.flatMap(({ id, iCalUID }) => (id && iCalUID ? [[id, iCalUID]] : [])))
    const series = Map.groupBy(all, ({ iCalUID, recurringEventId }) => uids.get(recurringEventId ?? '') ?? iCalUID ?? '')
    const texts = [...series].map(([uid, each]) => [uid, seriesText(seriesOfEvents(uid, each))])
    return [entry.primary === true ? 'primary' : entry.summary, texts.sort()]
  })
