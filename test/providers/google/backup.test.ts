import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backupReportLines } from '../../../src/cli/backup-report.ts'
import { backup } from '../../../src/engine/backup.ts'
import type { BackupReport, CollectionReport } from '../../../src/engine/report.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import { verifyVault } from '../../../src/vault/verify.ts'
import { isWriting } from '../../emulators/google/google.ts'
import { type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { runProvider, scratchFolder, vaultOptions } from '../../fixtures/vaults.ts'

describe('a backup of a whole Google account', () => {
  let running: GoogleAccount
  let vault: string

  beforeEach(async () => {
    running = await startGoogleAccount({}, {}, provider.services)
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(() => running.emulator.stop())

  async function run(): Promise<BackupReport> {
    const report = await runProvider(vault, running.account, provider, { context: { ...running.context } })
    const verified = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
    expect(verified.findings).toEqual([])
    expect(running.emulator.requests.filter(isWriting)).toEqual([])
    return report
  }

  const stored = (path: string) => readFile(join(vault, 'data', running.account.id, path), 'utf8')

  const sums = (report: BackupReport) =>
    Object.fromEntries(
      (report.accounts[0]?.collections ?? []).map(({ path, added, changed, removed, bytes, pending }: CollectionReport) => [
        path.join('/'),
        [added, changed, removed, pending, bytes > 0],
      ]),
    )

  it('saves mail, contacts, calendars and files, then only what has changed', async () => {
    const { gmail, people, drive, calendar } = running.user
    const start = { dateTime: '2025-03-04T10:00:00+01:00', timeZone: 'Europe/Berlin' }
    const dinner = calendar.primary.put({ summary: 'Dinner', start, end: start })
    calendar.primary.put({ summary: 'Standup', start, end: start, recurrence: ['RRULE:FREQ=WEEKLY'] })
    gmail.add('Subject: hello\r\n\r\nHello.\r\n')
    const ada = people.add({ names: [{ displayName: 'Ada' }] })
    people.add({ names: [{ displayName: 'Bob' }] }, people.others)
    const folder = drive.folder('Letters')
    const letter = drive.add('a.txt', { parent: folder.id, content: 'Dear bank' })
    drive.add('b.txt', { parent: folder.id, content: 'Dear aunt' })
    const nothing = [0, 0, 0, 0, false]
    expect(sums(await run())).toEqual({
      ...{ 'All Mail': [1, 0, 0, 0, true], Spam: nothing, Trash: nothing },
      ...{ Contacts: [1, 0, 0, 0, true], 'Other contacts': [1, 0, 0, 0, true] },
      'alice@example.com': [2, 0, 0, 0, true],
      ...{ 'My Drive': [2, 0, 0, 0, true], Computers: nothing, 'Shared with me': nothing },
    })
    expect(await stored('Contacts/Contacts.vcf')).toContain('FN:Ada')
    expect(await stored('Calendars/alice@example.com.ics')).toMatch(/BEGIN:VTIMEZONE.*SUMMARY:Dinner/s)
    expect(await stored('Files/My Drive/Letters/a.txt')).toBe('Dear bank')

    running.emulator.requests.length = 0
    for (const [path, sum] of Object.entries(sums(await run()))) expect([path, sum]).toEqual([path, nothing])
    expect(running.emulator.requests.length).toBeLessThanOrEqual(12)

    people.edit(ada, { names: [{ displayName: 'Ada King' }] })
    drive.edit(letter.id, { name: 'to the bank.txt' })
    drive.add('c.txt', { parent: folder.id, content: 'Dear uncle' })
    calendar.primary.edit(dinner, { summary: 'Supper' })
    const changed = sums(await run())
    expect(changed['alice@example.com']).toEqual([0, 1, 0, 0, true])
    expect(await stored('Calendars/alice@example.com.ics')).toMatch(/SUMMARY:Supper/)
    expect(changed['My Drive']).toEqual([1, 1, 0, 0, true])
    expect(await stored('Contacts/Contacts.vcf')).toMatch(/FN:Ada King/)
    expect(await stored('Files/My Drive/Letters/to the bank.txt')).toBe('Dear bank')
    expect(await stored('Files/My Drive/Letters/c.txt')).toBe('Dear uncle')
  })

  it('keeps earlier versions of files where that was asked for, and downloads none twice', async () => {
    await running.emulator.stop()
    running = await startGoogleAccount({}, { files: { revisions: true } }, ['files'])
    const { drive } = running.user
    const folder = drive.folder('Letters')
    const letter = drive.add('a.txt', { parent: folder.id, content: 'first' })
    drive.add('b.txt', { parent: folder.id, content: 'never changed' })
    drive.edit(letter.id, { content: Buffer.from('second') })
    const versions = async () => {
      const names = await readdir(join(vault, 'data', running.account.id, 'Files/My Drive/Letters/a.txt (earlier versions)'))
      return await Promise.all(names.sort().map((name) => stored(`Files/My Drive/Letters/a.txt (earlier versions)/${name}`)))
    }
    const first = await run()
    expect(first.accounts[0]?.counts[0]).toMatchObject({
      ...{ counted: 2, stored: 3, unexplained: 0 },
      apart: [{ count: -1, reason: 'earlier versions of files, which you asked for' }],
    })
    expect(await versions()).toEqual(['first'])
    drive.edit(letter.id, { content: Buffer.from('third') })
    running.emulator.requests.length = 0
    await run()
    expect(await versions()).toEqual(['first', 'second'])
    expect(await stored('Files/My Drive/Letters/a.txt')).toBe('third')
    expect(running.emulator.requests.filter(({ path }) => path.includes('alt=media'))).toHaveLength(1)
    drive.edit(letter.id, { trashed: true })
    const last = await run()
    expect(last.accounts[0]?.failure).toBeUndefined()
    expect(last.accounts[0]?.collections.find(({ path }) => path[0] === 'My Drive')).toMatchObject({ said: 1, removed: 3 })
  })

  it("sets Google's own counts beside the vault's, with a reason for every difference", async () => {
    await running.emulator.stop()
    const settings = { mail: { spam: false, drafts: false }, files: { formats: ['office', 'pdf'] } }
    running = await startGoogleAccount({}, settings, provider.services)
    const { gmail, people, drive, calendar } = running.user
    for (const labels of [['INBOX'], ['SPAM'], ['SPAM'], ['DRAFT'], ['TRASH']]) gmail.add('Subject: hello\r\n\r\n', labels)
    people.add({ names: [{ displayName: 'Ada' }] })
    people.add({ names: [{ displayName: 'Bob' }] }, people.others)
    calendar.add('busy@example.com', { summary: 'Busy', accessRole: 'freeBusyReader' })
    const folder = drive.folder('Letters')
    drive.add('a.txt', { parent: folder.id, content: 'Dear bank' })
    const office = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
    const exports = { [office]: 'docx', 'application/pdf': 'pdf' }
    drive.add('Plan', { mimeType: 'application/vnd.google-apps.document', exports })
    drive.add('lost.txt', { parent: 'a-folder-that-nobody-can-see', content: 'where am I' })
    const [report] = (await run()).accounts
    expect(report?.counts).toEqual([
      {
        ...{ service: 'mail', what: 'messages in the whole mailbox', counted: 5, stored: 2, pending: 0, unexplained: 0 },
        apart: [
          { count: 2, reason: 'spam, which you left out' },
          { count: 1, reason: 'drafts, which you left out' },
        ],
      },
      { service: 'contacts', what: 'contacts', counted: 1, stored: 1, pending: 0, apart: [], unexplained: 0 },
      { service: 'contacts', what: 'other contacts', counted: 1, stored: 1, pending: 0, apart: [], unexplained: 0 },
      {
        ...{ service: 'calendar', what: 'calendars', counted: 2, stored: 1, pending: 0, unexplained: 0 },
        apart: [{ count: 1, reason: 'whose owner shows only when there is something, not what' }],
      },
      {
        ...{ service: 'files', what: 'files of yours and shared with you', counted: 3, stored: 3, pending: 0, unexplained: 1 },
        apart: [{ count: -1, reason: 'kept more than once, in several formats' }],
      },
    ])
    const told = backupReportLines({
      vault: '/v',
      started: '',
      ended: '',
      stopped: false,
      accounts: report === undefined ? [] : [report],
      notices: [],
    })
    expect(told).toContain(
      '  The provider counts 5 messages in the whole mailbox; the vault has 2 (2 spam, which you left out; 1 drafts, which you left out).',
    )
    expect(told.join('\n')).toMatch(
      /counts 3 files .*; the vault has 3 \(1 kept more than once.*; 1 missing for no known reason; the next run looks again\)/,
    )
  })

  it('keeps what Google says of contacts, groups, calendars and events beside what was made of it', async () => {
    const { people, calendar } = running.user
    const club = people.addGroup('Chess club')
    const memberships = [{ contactGroupMembership: { contactGroupResourceName: `contactGroups/${club}` } }]
    people.add({ names: [{ displayName: 'Ada' }], memberships, clientData: [{ key: 'k', value: 'v' }] })
    people.add({ names: [{ displayName: 'Bob' }] }, people.others)
    const start = { dateTime: '2025-03-04T10:00:00+01:00', timeZone: 'Europe/Berlin' }
    const weekly = calendar.primary.put({
      summary: 'Standup',
      start,
      end: start,
      recurrence: ['RRULE:FREQ=WEEKLY'],
      locked: true,
    })
    calendar.primary.exception(
      weekly,
      { dateTime: '2025-03-11T10:00:00+01:00', timeZone: 'Europe/Berlin' },
      { start, end: start },
    )
    await run()
    const lines = async (path: string) =>
      (await stored(`Originals/${path}`)).split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]))
    const contacts = await lines('Contacts/Contacts.jsonl')
    expect(contacts.at(-1)).toEqual(people.living(people.connections)[0])
    expect(contacts).toContainEqual(expect.objectContaining({ resourceName: `contactGroups/${club}`, name: 'Chess club' }))
    expect(await lines('Contacts/Other contacts.jsonl')).toEqual(people.living(people.others))
    const [about, ...events] = await lines('Calendars/alice@example.com.jsonl')
    expect(about).toEqual(calendar.primary.entry)
    expect(events).toEqual([...calendar.primary.events.values()].map(({ event }) => event))
  })

  it('tells how long a large mailbox takes under the quota, before it begins', async () => {
    for (let n = 0; n < 2_000; n++) running.user.gmail.add(`Subject: ${n}\r\n\r\n`)
    const stop = new AbortController()
    const told: string[] = []
    await backup({
      vault: vaultOptions(vault),
      jobs: [{ account: { ...running.account, services: ['mail'] }, provider, context: { ...running.context } }],
      acceptRemovals: false,
      signal: stop.signal,
      onProgress: (event) => {
        if (event.kind !== 'notice') return
        told.push(event.text)
        stop.abort()
      },
    })
    expect(told).toEqual([expect.stringMatching(/^All Mail: .* takes about 7 minutes\. You can stop any time/)])
  })

  it('moves files on the disk when their folder was renamed, and downloads none of them', async () => {
    const { drive } = running.user
    const folder = drive.folder('Old')
    for (let n = 0; n < 5; n++) drive.add(`${n}.txt`, { parent: folder.id, content: `number ${n}` })
    await run()
    drive.edit(folder.id, { name: 'New' })
    running.emulator.requests.length = 0
    await run()
    expect(running.emulator.requests.filter(({ path }) => path.includes('alt=media'))).toEqual([])
    expect(await stored('Files/My Drive/New/3.txt')).toBe('number 3')
  })

  it('downloads no contact again when the sync token has expired', async () => {
    const { people } = running.user
    for (let n = 0; n < 5; n++) people.add({ names: [{ displayName: `Person ${n}` }] })
    await run()
    running.emulator.advance(8 * 86_400_000)
    running.emulator.requests.length = 0
    const report = await run()
    expect(sums(report)['Contacts']).toEqual([0, 0, 0, 0, false])
    expect(running.emulator.requests.filter(({ method }) => method === 'people.people.getBatchGet')).toEqual([])
  })
})
