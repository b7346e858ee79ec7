/** What is known of Microsoft's sign-in, limits, deltas and faults, each by name, against whole backups. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountReport } from '../../../src/engine/report.ts'
import { imap } from '../../../src/providers/imap/provider.ts'
import { newMessage } from '../../../src/providers/microsoft/mail-message.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import { consent, enterCode } from '../../emulators/microsoft/browser.ts'
import { shortcutTo } from '../../emulators/microsoft/drive.ts'
import { DriveStore } from '../../emulators/microsoft/drive-store.ts'
import { documentedErrors, GraphError } from '../../emulators/microsoft/graph.ts'
import { isWriting, type Microsoft, type RequestRecord } from '../../emulators/microsoft/microsoft.ts'
import {
  anotherMicrosoftAccount,
  deathsTold,
  type MicrosoftAccount,
  startMicrosoftAccount,
} from '../../fixtures/microsoft-account.ts'
import { series } from '../../fixtures/microsoft-events.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp, restoreTo } from '../../restore/harness.ts'

type Fault = Parameters<Microsoft['faults']['next']>[1]

const day = 86_400_000
const services = ['mail', 'contacts', 'calendar', 'files'] as const
const never = new AbortController().signal
const utc = (dateTime: string) => ({ dateTime: `${dateTime}.0000000`, timeZone: 'UTC' })
const at = (dateTime: string) => ({ start: utc(dateTime), end: utc(dateTime.replace(/T..:/, 'T23:')) })

let running: MicrosoftAccount
let vault: string
/** Of the backups. */
let written: RequestRecord[]

beforeEach(async () => {
  running = await startMicrosoftAccount({}, { services, kind: 'work' })
  vault = join(await scratchFolder(), 'vault')
  written = []
})

afterEach(async () => {
  expect(written).toEqual([])
  await running.emulator.stop()
})

async function run(): Promise<AccountReport> {
  running.emulator.requests.length = 0
  const { account, context } = running
  const [report] = (await backUp(vault, { account, provider, context: { ...context } })).accounts
  written.push(...running.emulator.requests.filter(isWriting))
  if (report === undefined) throw new Error('no report')
  return report
}

const sum = ({ collections }: AccountReport, member: 'added' | 'stored') =>
  collections.reduce((total, collection) => total + collection[member], 0)
const asked = (method: RegExp) => running.emulator.requests.filter((request) => method.test(request.method ?? '')).length
const bodies = () => asked(/get\.mime|get\.value|get\.content|download/)
const saved = (path: string) => join(vault, 'data/alice@example.com', path)

/** For this computer, so many milliseconds have passed. */
function pass(ms: number): void {
  const { context } = running
  const clock = { ...context.clock, now: () => new Date(context.clock.now().getTime() + ms) }
  running = { ...running, context: { ...context, clock } }
}

/** A little of everything: 4 × n items. */
function fill(n = 3): void {
  const { mail, contacts, calendar, drive } = running.user
  for (let i = 0; i < n; i++) {
    mail.add(`Message-ID: <m${i}@example.org>\r\nSubject: ${i}\r\n\r\nHello.\r\n`)
    contacts.add({ displayName: `Person ${i}` })
    calendar.put({ subject: `Event ${i}`, ...at('2025-03-04T09:00:00'), iCalUId: `event-${i}` })
    drive.add(`${i}.txt`, Buffer.from(`number ${i}`))
  }
}

describe('sign-in', () => {
  it('a password opens Outlook.com no more: whoever tries by IMAP is told to sign in', async () => {
    await expect(imap.findServer?.('alice@outlook.com', never)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('lifeboat account add microsoft'),
    })
  })

  it.each(['the browser', 'a code on another device'])('by %s, and a backup with what it gave', async (how) => {
    fill()
    const { emulator } = running
    const withCode = how !== 'the browser'
    emulator.addUser('eve@outlook.example').mail.add('Subject: of Eve\r\n\r\n')
    const client = provider.registration?.read(JSON.stringify(emulator.practiceFile()))
    const person = { email: 'eve@outlook.example' }
    const signedIn = await provider.signIn?.(
      { settings: client?.settings ?? {}, services: ['mail'] },
      client?.secret ?? '',
      {
        open: async (url) => void (await consent(url, emulator.ca, person)),
        ...(withCode ? { code: async (page, code) => void (await enterCode(page, code, emulator.ca, person)) } : {}),
      },
      running.context,
      never,
    )
    const account = { id: 'eve', provider: 'microsoft', services: ['mail' as const], settings: signedIn?.settings ?? {} }
    const context = { ...running.context, secret: async () => signedIn?.secret ?? null }
    const [report] = (await backUp(vault, { account, provider, context })).accounts
    expect([report?.failure, report?.collections.reduce((total, { stored }) => total + stored, 0)]).toEqual([undefined, 1])
  })

  it('90 days without a backup: the sign-in is dead, and the cause is named', async () => {
    fill()
    await run()
    running.emulator.advance(91 * day)
    pass(91 * day)
    expect(await run()).toMatchObject({ failure: { code: 'auth', message: expect.stringContaining('90 days') } })
    expect(await readFile(saved('Files/OneDrive/1.txt'), 'utf8')).toBe('number 1')
  })

  // The clock alone ends those of 90 days: see above.
  const deaths = deathsTold.filter(([death]) => death !== 'inactive-90-days')
  it.each(deaths)('%s: told in plain words, with what to do, and nothing in the vault changes', async (death, code, words) => {
    fill()
    await run()
    running.emulator.signIn.kill('alice@example.com', death)
    running.emulator.signIn.expireAccessTokens()
    expect(await run()).toMatchObject({ failure: { code, message: expect.stringMatching(words) } })
    expect(await readFile(saved('Files/OneDrive/1.txt'), 'utf8')).toBe('number 1')
  })

  it('no program gets into a personal account by itself: it wants an organisation', () => {
    const settings = { clientId: '11111111-2222-3333-4444-555555555555', appOnly: true, user: 'alice@outlook.com' }
    for (const tenant of ['consumers', 'common'])
      expect(() => provider.checkSettings({ ...settings, tenant })).toThrow(/needs the mailbox and its organisation/)
  })

  it('an access token that ends in the middle is renewed without a word', async () => {
    fill()
    running.emulator.faults.next(
      /message\.get\.mime|contactFolder\.list|calendar\.list\.events|driveItem\.delta/,
      { kind: 'expire' },
      2,
    )
    const report = await run()
    expect([report.failure, sum(report, 'stored'), report.pending]).toEqual([undefined, 12, []])
  })
})

describe('limits', () => {
  it('never more than four questions on their way to a mailbox, all its services together, and none is refused', async () => {
    fill(30)
    running.emulator.latency = 5
    expect(sum(await run(), 'stored')).toBe(120)
    const { peak, refused } = running.emulator.throttle
    expect([peak <= 4, refused]).toEqual([true, 0])
  })

  it('a batch holds at most 20 questions, and each of them counts', async () => {
    fill(70)
    await run()
    const inner = running.emulator.requests.filter(({ isInner }) => isInner).length
    const batches = asked(/^\$batch$/)
    expect(inner).toBeGreaterThan(20)
    expect(inner).toBeLessThanOrEqual(batches * 20)
    expect(running.emulator.requests.filter(({ status }) => status >= 400 && status !== 404 && status !== 424)).toEqual([])
  })

  it.each([
    { what: '429', error: () => documentedErrors.tooManyRequests(30) },
    { what: '429 for too many at once', error: () => documentedErrors.mailboxConcurrency(30) },
    { what: '503', error: () => documentedErrors.unavailable(30) },
  ])('$what with Retry-After, in each service: waited for, and nothing is lost', async ({ error }) => {
    fill()
    for (const method of [/message\.get\.mime/, /contactFolder\.list/, /calendar\.list\.events/, /driveItem\.get\.content/])
      running.emulator.faults.next(method, { kind: 'error', error: error() }, 2)
    const before = running.clock.now().getTime()
    const report = await run()
    expect([report.failure, sum(report, 'stored'), report.pending]).toEqual([undefined, 12, []])
    expect(running.clock.now().getTime() - before).toBeGreaterThanOrEqual(60_000)
  })

  it('files have a limit of their own: a mailbox that is throttled does not hold them up', async () => {
    fill()
    running.emulator.faults.always(/^(?:message|mailFolder|contact|calendar|event|user)/, {
      ...{ kind: 'error', error: documentedErrors.tooManyRequests(600) },
    })
    const report = await run()
    expect(report.collections.filter(({ service }) => service === 'files').reduce((all, { stored }) => all + stored, 0)).toBe(3)
  })

  it('ids that stay are asked for in every call of the mailbox, of pages and in batches', async () => {
    fill(15)
    await run()
    await run()
    const outlook = running.emulator.requests.filter(({ path }) => /mailFolders|messages|contact|calendar|events/i.test(path))
    expect(outlook.length).toBeGreaterThan(20)
    expect(outlook.filter(({ prefer }) => !prefer.includes('IdType="ImmutableId"'))).toEqual([])
  })
})

describe('mail', () => {
  it('pages of a delta that come again and in another order: everything once', async () => {
    const { mail } = running.user
    for (let n = 0; n < 1_200; n++) mail.add(`Message-ID: <m${n}@example.org>\r\nSubject: ${n}\r\n\r\n`)
    running.emulator.pages.replays = true
    expect(sum(await run(), 'stored')).toBe(1_200)
    const [first] = mail.messages.keys()
    mail.remove(first ?? '')
    const report = await run()
    expect([sum(report, 'added'), sum(report, 'stored'), bodies()]).toEqual([0, 1_199, 0])
  })

  it.each([410, 404])('syncStateNotFound (%i): that folder is listed again, and nothing is downloaded', async (status) => {
    fill()
    const other = running.user.mail.addFolder('Other')
    running.user.mail.add('Subject: other\r\n\r\n', other.id)
    await run()
    const error = new GraphError(status, 'SyncStateNotFound', 'The sync state generation is not found.')
    running.emulator.faults.next(/message\.delta/, { kind: 'error', error })
    const report = await run()
    expect([report.failure, sum(report, 'added'), bodies(), report.pending]).toEqual([undefined, 0, 0, []])
  })

  it('a read state of which the delta tells nothing is put right within a week', async () => {
    const one = running.user.mail.add('Subject: one\r\n\r\n')
    await run()
    running.user.mail.change(one.id, { isRead: true }, true)
    await run()
    const before = await readFile(saved('Mail/index.csv'), 'utf8')
    pass(8 * day)
    await run()
    expect([bodies(), before === (await readFile(saved('Mail/index.csv'), 'utf8'))]).toEqual([0, false])
  })

  it('MIME that Exchange makes anew is no change', async () => {
    running.user.mail.regenerates = true
    const one = running.user.mail.add('Subject: one\r\n\r\n')
    await run()
    running.user.mail.change(one.id, { isRead: true })
    const report = await run()
    expect([sum(report, 'added'), bodies()]).toEqual([0, 0])
  })

  it('a message that moves keeps its id, and is not downloaded again', async () => {
    const one = running.user.mail.add('Subject: one\r\n\r\n')
    await run()
    running.user.mail.move(one.id, 'archive')
    const report = await run()
    expect([bodies(), sum(report, 'stored')]).toEqual([0, 1])
  })

  it('a message that a restore makes is a draft, unless its MAPI properties say otherwise', async () => {
    fill(1)
    await run()
    const bob = await anotherMicrosoftAccount(running, { email: 'bob@example.com', kind: 'work', services, forRestore: true })
    const plain = await newMessage(Buffer.from('Subject: x\r\n\r\n'), '2025-01-01T00:00:00Z', { flags: [] })
    expect(plain.body.singleValueExtendedProperties).toContainEqual({ id: 'Integer 0x0E07', value: '0' })
    const connection = { account: bob.account, provider, context: { ...bob.context } }
    await restoreTo(vault, connection, { account: 'alice@example.com', selection: { services: ['mail'] } })
    expect([...bob.user.mail.messages.values()].map(({ isDraft }) => isDraft)).toEqual([false])
  })
})

describe('contacts and calendars', () => {
  it('a new picture, of which no delta tells, is found within two weeks', async () => {
    const ada = running.user.contacts.add({ displayName: 'Ada' })
    await run()
    running.user.contacts.setPhoto(ada.id, Buffer.from('\xff\xd8picture', 'latin1'))
    pass(15 * day)
    await run()
    expect(await readFile(saved('Contacts/Contacts.vcf'), 'utf8')).toContain('PHOTO')
  })

  it('what Graph itself says of contacts, events, their folders and calendars lies in Originals', async () => {
    const { contacts, calendar } = running.user
    const ada = contacts.add({ displayName: 'Ada', fileAs: 'Lovelace, Ada' })
    const { id } = calendar.put(series({ type: 'daily' }, { type: 'numbered', numberOfOccurrences: 5 }))
    const single = calendar.put({ subject: 'Once', ...at('2025-03-04T09:00:00') })
    await run()
    const files = await readdir(saved('Originals'), { recursive: true })
    expect(files.toSorted()).toEqual(['Calendars', 'Calendars/Calendar.jsonl', 'Contacts', 'Contacts/Contacts.jsonl'])
    const said = async (name: string) =>
      (await readFile(saved(`Originals/${name}.jsonl`), 'utf8'))
        .split('\n')
        .flatMap((line) => (line === '' ? [] : JSON.parse(line)))
    expect(await said('Contacts/Contacts')).toEqual([
      expect.objectContaining({ id: expect.any(String), displayName: 'Contacts' }),
      expect.objectContaining({ id: ada.id, displayName: 'Ada', fileAs: 'Lovelace, Ada', changeKey: expect.any(String) }),
    ])
    expect(await said('Calendars/Calendar')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ name: 'Calendar', isDefaultCalendar: true }),
        expect.objectContaining({ id, recurrence: expect.objectContaining({ range: expect.anything() }) }),
        expect.objectContaining({ id: single.id, subject: 'Once' }),
      ]),
    )
  })

  it('folders of contacts nest', async () => {
    const { contacts } = running.user
    contacts.add({ displayName: 'Ada' }, contacts.addFolder('Engines', contacts.addFolder('Friends').id))
    const report = await run()
    expect(report.collections.map(({ path }) => path.join('/'))).toContain('Contacts/Friends/Engines')
  })

  it('events outside of the window that a delta covers are saved, and their changes found', async () => {
    const { calendar } = running.user
    const past = calendar.put({ subject: 'Long ago', ...at('1999-12-31T09:00:00'), iCalUId: 'past' })
    calendar.put({ subject: 'Far away', ...at('2060-01-01T09:00:00'), iCalUId: 'future' })
    const texts = async () => await readFile(saved('Calendars/Calendar.ics'), 'utf8')
    await run()
    expect(await texts()).toMatch(/Long ago[\s\S]*Far away|Far away[\s\S]*Long ago/)
    calendar.edit(past.id, { subject: 'Very long ago' })
    await run()
    expect(await texts()).toContain('Very long ago')
  })

  it('a series is one event with its rule and what differs, not its occurrences, in a zone that all know', async () => {
    const { calendar } = running.user
    const weekly = series({ type: 'weekly', daysOfWeek: ['tuesday'], firstDayOfWeek: 'monday' })
    const standup = calendar.put({ ...weekly, subject: 'Standup' })
    calendar.changeOccurrence(standup.id, '2025-03-11T09:00:00Z', { subject: 'Late standup' })
    calendar.cancelOccurrence(standup.id, '2025-04-01T08:00:00Z')
    await run()
    const text = await readFile(saved('Calendars/Calendar.ics'), 'utf8')
    expect(text.match(/BEGIN:VEVENT/g)).toHaveLength(2)
    expect(text).toContain('RRULE:FREQ=WEEKLY;BYDAY=TU;WKST=MO')
    expect(text).toContain('TZID=Europe/Berlin')
    expect(text).toMatch(/EXDATE;TZID=Europe\/Berlin:20250401T100000/)
    expect(text).not.toContain('W. Europe Standard Time')
  })

  it('an event delta that is forgotten: all events are listed, none is fetched twice', async () => {
    fill()
    await run()
    running.emulator.faults.next(/event\.delta/, { kind: 'error', error: documentedErrors.syncStateNotFound() })
    const report = await run()
    expect([report.failure, sum(report, 'added'), asked(/calendar\.list\.events/) > 0]).toEqual([undefined, 0, true])
  })
})

describe('OneDrive', () => {
  it('only QuickXorHash tells whether the octets are right, and where there is none they are taken as they come', async () => {
    const { drive } = running.user
    const wrong = drive.add('wrong.txt', Buffer.from('right'))
    running.emulator.onRequest = (method) => {
      if (method === 'driveItem.get.content') drive.rewritten.set(wrong.id, randomBytes(5))
    }
    const report = await run()
    expect(report.pending).toEqual([expect.objectContaining({ reason: expect.stringMatching(/arrived damaged/) })])
    running.emulator.onRequest = () => undefined
    drive.rewritten.clear()
    drive.hasNoHashes = true
    drive.add('none.txt', Buffer.from('none'))
    expect((await run()).pending).toEqual([])
    expect((await readdir(saved('Files/OneDrive'))).sort()).toEqual(['none.txt', 'wrong.txt'])
  })

  it('content lies elsewhere (302): Range goes there, the sign-in does not', async () => {
    running.user.drive.add('large.bin', Buffer.alloc(6 << 20, 'octets'))
    running.user.drive.breaks.push(1 << 20)
    expect(sum(await run(), 'stored')).toBe(1)
    const downloads = running.emulator.requests.filter(({ method }) => method === 'download')
    expect(downloads.map(({ status, hasToken }) => [status, hasToken])).toEqual([
      [200, false],
      [206, false],
    ])
  })

  it('SharePoint rewrites Office files: kept as they come, with a word, and not fetched on and on', async () => {
    const { drive } = running.user
    const { id } = drive.add('Report.docx', Buffer.from('as it was put there'))
    drive.rewritten.set(id, Buffer.from('as SharePoint gives it out'))
    const report = await run()
    expect([report.pending, sum(report, 'stored')]).toEqual([[], 1])
    const table = () => readFile(saved('Files/index.csv'), 'utf8')
    expect(await table()).toContain('SharePoint has rewritten')
    await run()
    expect(bodies()).toBe(0)
    // Also after a full listing.
    running.emulator.pages.forget()
    await run()
    expect([bodies(), (await table()).includes('SharePoint has rewritten')]).toEqual([0, true])
  })

  it('a delta is a feed of states: the last one counts, also over pages', async () => {
    const { drive } = running.user
    const file = drive.add('a.txt', Buffer.from('one'))
    await run()
    drive.edit(file.id, Buffer.from('two'))
    drive.move(file.id, 'b.txt', drive.folder(['Letters']))
    drive.edit(file.id, Buffer.from('three'))
    running.emulator.pages.replays = true
    await run()
    expect(await readFile(saved('Files/OneDrive/Letters/b.txt'), 'utf8')).toBe('three')
    expect(await readdir(saved('Files/OneDrive'))).toEqual(['Letters'])
  })

  it.each(['resyncChangesApplyDifferences', 'resyncChangesUploadDifferences'])(
    '410 %s with a Location: all files are listed, none is downloaded again',
    async (code) => {
      fill()
      await run()
      const headers = { location: `${running.emulator.origin}/v1.0/me/drive/root/delta` }
      const error = new GraphError(410, code, 'Resync required.', { headers })
      running.emulator.faults.next(/driveItem\.delta/, { kind: 'error', error })
      const report = await run()
      expect([report.failure, sum(report, 'added'), bodies(), asked(/driveItem\.delta/)]).toEqual([undefined, 0, 0, 2])
    },
  )

  it('a folder of somebody else at which Microsoft always fails is told as pending; own files go on, and what was saved stays', async () => {
    const { drive } = running.user
    const theirs = new DriveStore()
    theirs.add('plan.txt', Buffer.from('plan'), theirs.folder(['Plans']))
    drive.shortcuts.add(theirs)
    drive.add('Plans', null, drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['Plans'])))
    const old = drive.add('old.txt', Buffer.from('old'))
    await run()
    running.emulator.faults.always(/list\.children/, { kind: 'error', error: documentedErrors.internal() })
    drive.delete(old.id)
    drive.add('new.txt', Buffer.from('new'))
    for (const added of [1, 0]) {
      const report = await run()
      expect([report.failure, sum(report, 'added')]).toEqual([undefined, added])
      expect(report.pending).toMatchObject([{ title: 'Plans', reason: expect.stringContaining('the next backup tries again') }])
      expect((await readdir(saved('Files/OneDrive'))).sort()).toEqual(['Plans', 'new.txt'])
      expect(await readFile(saved('Files/OneDrive/Plans/plan.txt'), 'utf8')).toBe('plan')
    }
    running.emulator.faults.clear()
    const healed = await run()
    expect([healed.pending, sum(healed, 'stored'), bodies()]).toEqual([[], 2, 0])
  })

  it('the personal vault, malware and notebooks are listed with the reason', async () => {
    const { drive } = running.user
    drive.add('Tresor', null, drive.rootId, undefined, { specialFolder: { name: 'vault' } })
    drive.add('virus.exe', Buffer.from('x'), drive.rootId, undefined, { malware: { description: 'EICAR' } })
    drive.add('Notes', null, drive.rootId, undefined, { package: { type: 'oneNote' } })
    await run()
    expect((await readdir(saved('Files/OneDrive'))).sort()).toEqual(['Notes.url', 'Tresor.url', 'virus.exe.url'])
    expect(await readFile(saved('Files/index.csv'), 'utf8')).toMatch(/personal vault[\s\S]*malware|malware[\s\S]*personal vault/)
  })
})

describe('faults', () => {
  const error = (one: GraphError): Fault => ({ kind: 'error', error: one })
  it.each([
    { what: 'HTTP 500', fault: error(documentedErrors.internal()) },
    { what: 'HTTP 503', fault: error(documentedErrors.unavailable()) },
    { what: 'a cut connection', fault: { kind: 'cut' } as const },
    { what: 'half an answer', fault: { kind: 'truncate' } as const },
    { what: "a guest network's page", fault: { kind: 'nonsense' } as const },
  ])('$what, now and then, costs nothing but time', async ({ fault }) => {
    fill()
    for (const method of [/^mailFolder\.delta|message\.delta/, /contactFolder/, /calendar\.list|event\.delta/, /^driveItem/])
      running.emulator.faults.next(method, fault, 2)
    const report = await run()
    expect([report.failure, sum(report, 'stored'), report.pending]).toEqual([undefined, 12, []])
  })

  it.each([
    { what: '400', gone: new GraphError(400, 'BadRequest', 'Badly formed token.') },
    { what: '404', gone: new GraphError(404, 'itemNotFound', 'Item does not exist') },
  ])('$what to a link of its own: everything is listed again, nothing is downloaded again', async ({ gone }) => {
    fill()
    await run()
    for (const method of [/^message\.delta/, /^contact\.delta/, /^event\.delta/, /^driveItem\.delta/])
      running.emulator.faults.next(method, error(gone))
    running.user.mail.add('Message-ID: <new@example.org>\r\nSubject: new\r\n\r\nHello.\r\n')
    const report = await run()
    expect(report.collections.flatMap(({ failure }) => failure ?? [])).toEqual([])
    expect([running.emulator.faults.left, sum(report, 'added'), sum(report, 'stored'), bodies()]).toEqual([0, 1, 13, 1])
  })

  it('a service that is out of order does not stop the others', async () => {
    fill()
    running.emulator.faults.always(/calendar|event/, error(documentedErrors.unavailable()))
    const report = await run()
    expect(report.failedServices.map(({ service }) => service)).toEqual(['calendar'])
    expect(sum(report, 'stored')).toBe(9)
  })

  it('a mailbox that is not there is named, and files are saved', async () => {
    fill()
    running.emulator.faults.always(/^(?:message|mailFolder|contact|calendar|event|user)/, error(documentedErrors.noMailbox()))
    const report = await run()
    expect(report.failedServices.map(({ failure }) => failure.message).join()).toContain('has no mailbox at Microsoft')
    expect(sum(report, 'stored')).toBe(3)
  })
})
