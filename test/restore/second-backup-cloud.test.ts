/** An account at Google or Microsoft that was restored into, backed up into the same vault: no content is downloaded again. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/engine/account-backup.ts'
import { drill } from '../../src/engine/drill.ts'
import type { BackupReport } from '../../src/engine/report.ts'
import { google } from '../../src/providers/google/provider.ts'
import { microsoft } from '../../src/providers/microsoft/provider.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { anotherAccount, type GoogleAccount, startGoogleAccount } from '../fixtures/google-account.ts'
import { anotherMicrosoftAccount, type MicrosoftAccount, startMicrosoftAccount } from '../fixtures/microsoft-account.ts'
import { allDay } from '../fixtures/microsoft-events.ts'
import { readVault, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { backUp, folderConnection, never, restoreTo, totals } from './harness.ts'

const services = ['mail', 'contacts', 'calendar', 'files'] as const
const message = (n: number) =>
  `Message-ID: <m${n}@example.org>\r\nFrom: a@example.org\r\nTo: b@example.org\r\nSubject: number ${n}\r\nDate: Tue, 4 Mar 2025 10:0${n}:00 +0100\r\n\r\nHello ${n}\r\n`

/** What was saved of each service, and what of it came over the line. Of files also the folder that holds nothing. */
function summary(report: BackupReport): object {
  const all = report.accounts[0]?.collections ?? []
  return Object.fromEntries(
    services.map((service) => {
      const own = all.filter((one) => one.service === service)
      const sum = (of: (one: (typeof own)[number]) => number) => own.reduce((total, one) => total + of(one), 0)
      return [
        service,
        [sum(({ stored }) => stored), sum(({ pending, heldBack }) => pending + heldBack), sum(({ bytes }) => bytes)],
      ]
    }),
  )
}

/** As the program's own: a message lies in its folder once, whatever its labels. */
function scratchConnection(path: string): Connection {
  const { account, ...others } = folderConnection(path)
  return { ...others, account: { ...account, settings: { ...account.settings, labels: 'ignored' } } }
}

async function expectSound(vault: string, connection: Connection): Promise<void> {
  expect((await verifyVault(vaultOptions(vault), never, () => {})).findings).toEqual([])
  const folder = await scratchFolder()
  const proof = await drill({
    ...{ vault: vaultOptions(vault), accounts: [connection.account.id] },
    known: async (id) => ({ id, connections: [connection], goals: { recoverHours: 12, loseDays: 7 } }),
    target: { kind: 'folder', path: folder, connection: scratchConnection(folder) },
    ...{ sample: null, signal: never, onProgress: () => {} },
  })
  expect(proof.accounts[0]?.faults).toEqual([])
  expect(proof.accounts[0]?.provider).toMatchObject({ asked: true, changed: 0, removed: 0 })
}

const nothing = createHash('sha256').digest('hex')
/** Of what is not empty. */
const sums = (all: Record<string, string[]>) =>
  Object.values(all)
    .flat()
    .filter((sum) => sum !== nothing)
    .sort()

/** The id of the account that is restored into. */
const targets = [
  { name: 'under a name of its own', id: 'bob@example.com' },
  { name: 'in place of the lost one', id: 'alice@example.com' },
]

/**
 * Restores the vault of alice and backs the target up into it.
 * @param downloads the requests for contents since the emulator's requests were cleared
 * @param fewest of them that a vault needs which has nothing of it
 */
async function comesBackWithoutDownloads(
  vault: string,
  target: Connection,
  { requests }: { readonly requests: { length: number } },
  downloads: () => readonly string[],
  fewest: number,
): Promise<void> {
  const before = sums((await readVault(vault, 'alice@example.com')).all)
  expect(totals(await restoreTo(vault, target, { account: 'alice@example.com' }))).toMatchObject({ created: 13, failed: 0 })
  requests.length = 0
  const again = await backUp(vault, target, true, `${vault}.state`)
  expect(downloads()).toEqual([])
  expect(summary(again)).toEqual({ mail: [4, 0, 0], contacts: [2, 0, 0], calendar: [3, 0, 0], files: [4, 0, 0] })
  expect(sums((await readVault(vault, target.account.id)).all)).toEqual(before)
  await expectSound(vault, target)
  requests.length = 0
  const elsewhere = await backUp(join(await scratchFolder(), 'vault'), target, false, `${vault}.state`)
  expect(JSON.stringify(summary(elsewhere))).not.toContain(',0,0]')
  expect(downloads().length).toBeGreaterThanOrEqual(fewest)
}

describe('Google', () => {
  let alice: GoogleAccount
  let bob: GoogleAccount

  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: GoogleAccount, id = account.id): Connection => ({
    ...{ account: { ...account, id }, provider: google, context: { ...context } },
  })
  const downloads = () =>
    alice.emulator.requests
      .filter(({ path, method }) => /alt=media|format=raw/.test(path) || method === 'people.people.getBatchGet')
      .map(({ path }) => path)

  async function start(): Promise<string> {
    alice = await startGoogleAccount({}, {}, services)
    bob = await anotherAccount(alice, 'bob@example.com', {}, services, true)
    const { gmail, people, calendar, drive } = alice.user
    for (let n = 0; n < 4; n++) gmail.add(message(n), ['INBOX'], `2025-03-04T09:0${n}:00Z`)
    for (const name of ['Bob', 'Cleo']) people.add({ names: [{ displayName: name, givenName: name }] })
    const event = (n: number) => ({
      ...{ id: `event${n}`, iCalUID: `event${n}@example.org`, summary: `Meeting ${n}`, status: 'confirmed' },
      ...{ start: { dateTime: `2025-03-1${n}T09:00:00Z` }, end: { dateTime: `2025-03-1${n}T10:00:00Z` } },
    })
    for (let n = 0; n < 3; n++) calendar.primary.put(event(n))
    const folder = drive.folder('Letters')
    drive.folder('Unanswered', { parent: folder.id })
    for (let n = 0; n < 3; n++) drive.add(`${n}.txt`, { parent: folder.id, content: `number ${n}` })
    const vault = join(await scratchFolder(), 'vault')
    await backUp(vault, connectionOf(alice))
    return vault
  }

  it.each(targets)('$name', async ({ id }) => {
    await comesBackWithoutDownloads(await start(), connectionOf(bob, id), alice.emulator, downloads, 4 + 1 + 3)
  })

  it('what changed there after the restore is downloaded, and nothing else', async () => {
    const vault = await start()
    const target = connectionOf(bob)
    await restoreTo(vault, target, { account: 'alice@example.com' })
    const { people, calendar, drive } = bob.user
    const cleo = people.living(people.connections).find(({ names }) => names?.[0]?.givenName === 'Cleo')
    if (cleo?.resourceName) people.edit(cleo.resourceName, { names: [{ displayName: 'Leo', givenName: 'Leo' }] })
    const file = [...drive.files.values()].find(({ name }) => name === '1.txt')
    if (file !== undefined) drive.edit(file.id, { content: Buffer.from('changed') })
    for (const [id, { event }] of calendar.primary.events)
      if (event.summary === 'Meeting 1') calendar.primary.edit(id, { summary: 'Moved' })
    const report = await backUp(vault, target, false, `${vault}.state`)
    expect(summary(report)).toEqual({
      ...{ mail: [4, 0, 0], contacts: [2, 0, expect.any(Number)], calendar: [3, 0, expect.any(Number)], files: [4, 0, 7] },
    })
    const { contacts, calendar: events } = summary(report) as Record<string, number[]>
    for (const [, , bytes = 0] of [contacts ?? [], events ?? []]) expect(bytes).toBeGreaterThan(20)
    await expectSound(vault, target)
  })
})

describe('Microsoft', () => {
  let alice: MicrosoftAccount
  let bob: MicrosoftAccount

  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: MicrosoftAccount, id = account.id): Connection => ({
    ...{ account: { ...account, id }, provider: microsoft, context: { ...context } },
  })
  const downloads = () => alice.emulator.requests.filter(({ path }) => /\$value|\/content/.test(path)).map(({ path }) => path)

  async function start(): Promise<string> {
    const kind = 'work'
    alice = await startMicrosoftAccount({}, { services, kind })
    bob = await anotherMicrosoftAccount(alice, { email: 'bob@example.com', services, kind, forRestore: true })
    // Microsoft makes the octets of messages anew each time.
    alice.user.mail.regenerates = true
    bob.user.mail.regenerates = true
    const { mail, contacts, calendar, drive } = alice.user
    for (let n = 0; n < 4; n++) mail.add(message(n), 'inbox', { received: `2025-03-04T09:0${n}:00Z` })
    for (const givenName of ['Bob', 'Cleo']) contacts.add({ displayName: givenName, givenName })
    for (let n = 0; n < 3; n++)
      calendar.put({ ...allDay, subject: `Holiday ${n}`, iCalUId: `040000008200E00074C5B7101A82E0080${n}` })
    drive.folder(['Letters', 'Unanswered'])
    for (let n = 0; n < 3; n++)
      drive.add(`${n}.txt`, Buffer.from(`number ${n}`), drive.folder(['Letters']), `2024-05-06T07:08:0${n}.000Z`)
    const vault = join(await scratchFolder(), 'vault')
    await backUp(vault, connectionOf(alice))
    return vault
  }

  it.each(targets)('$name', async ({ id }) => {
    await comesBackWithoutDownloads(await start(), connectionOf(bob, id), alice.emulator, downloads, 4 + 3)
  })
})
