/** The rehearsal with a second Google account as the place to restore to. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { drillReportLines } from '../../src/cli/drill-report.ts'
import type { Connection } from '../../src/engine/account-backup.ts'
import { drill } from '../../src/engine/drill.ts'
import type { Proof } from '../../src/engine/proof.ts'
import { proofPage } from '../../src/engine/proof-page.ts'
import { google as provider } from '../../src/providers/google/provider.ts'
import { anotherAccount, type GoogleAccount, startGoogleAccount } from '../fixtures/google-account.ts'
import { eventKinds } from '../fixtures/google-events.ts'
import { everyField } from '../fixtures/google-person.ts'
import { scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { backUp, never } from './harness.ts'

const services = ['mail', 'contacts', 'calendar', 'files'] as const
const into = 'Lifeboat drill 2026-11-25'

describe('a drill into another Google account', () => {
  let alice: GoogleAccount
  let bob: GoogleAccount
  let vault: string

  beforeEach(async () => {
    alice = await startGoogleAccount({}, {}, services)
    bob = await anotherAccount(alice, 'bob@example.com', {}, services, true)
    vault = join(await scratchFolder(), 'vault')
    const { gmail, people, calendar, drive } = alice.user
    const work = gmail.createLabel('Work')
    const message = (n: number) =>
      `Message-ID: <m${n}@example.org>\r\nSubject: number ${n}\r\nDate: Tue, 4 Mar 2025 10:0${n}:00 +0100\r\n\r\nHello ${n}\r\n`
    for (let n = 0; n < 5; n++)
      gmail.add(message(n), ['INBOX', ...(n % 2 ? ['UNREAD', 'STARRED', work.id] : [])], `2025-03-04T09:0${n}:03Z`)
    gmail.add(message(7), ['SPAM', 'UNREAD'], '2025-03-04T09:07:00Z')
    const club = people.addGroup('Chess club')
    people.add(everyField([], [club]))
    for (const name of ['Bob', 'Cleo', 'Dora']) people.add({ names: [{ displayName: name, givenName: name }] })
    const { occurrenceAlone: _, ...kinds } = eventKinds
    for (const events of Object.values(kinds)) for (const event of events) calendar.primary.put(event)
    const folder = drive.folder('Letters')
    drive.folder('Unanswered', { parent: folder.id })
    for (let n = 0; n < 3; n++) drive.add(`${n}.txt`, { parent: folder.id, content: `number ${n}` })
    // Bob has things of his own, which are not the drill's.
    bob.user.gmail.add('Subject: of Bob\r\n\r\n\r\n')
    bob.user.people.add({ names: [{ displayName: 'Somebody else', givenName: 'Somebody' }] })
    bob.user.drive.add('of Bob.txt', { content: 'Bob' })
    const report = await backUp(vault, connectionOf(alice))
    expect(report.accounts[0]?.failure).toBeUndefined()
  })

  afterEach(() => alice.emulator.stop())

  const connectionOf = ({ account, context }: GoogleAccount): Connection => ({ account, provider, context: { ...context } })

  function rehearse(
    afterRestore: () => void = () => undefined,
    remove = false,
    below = into,
    target = connectionOf(bob),
  ): Promise<Proof> {
    return drill({
      vault: vaultOptions(vault),
      accounts: null,
      known: async (id) => ({ id, connections: [connectionOf(alice)], goals: { recoverHours: 12, loseDays: 7 } }),
      target: { kind: 'account', name: 'bob', connections: [target], into: below, remove },
      sample: null,
      signal: never,
      onProgress: () => {},
      afterRestore: async () => afterRestore(),
    })
  }

  it('says beside the time for a full restore what the target does not take', async () => {
    const onlyMail = connectionOf(bob)
    const target = { ...onlyMail, account: { ...onlyMail.account, services: ['mail'] as const } }
    const proof = await rehearse(undefined, false, into, target)
    expect(proof.accounts[0]?.untimed).toEqual(expect.arrayContaining(['contacts', 'calendar', 'files']))
    expect(proof.accounts[0]?.untimed).toHaveLength(3)
    const told = drillReportLines(proof, null).find((line) => line.includes('Back in'))
    expect(told).toMatch(/ without [a-z ,]+, which were not restored \(you want/)
    expect(proofPage(proof, 'en')).toMatch(/<dd>[^<]+ \(without [a-z ,]+, which were not restored\)<\/dd>/)
    expect(proofPage(proof, 'de')).toMatch(/<dd>[^<]+ \(ohne [A-Za-zä ,]+: das wurde nicht wiederhergestellt\)<\/dd>/)
    expect(proofPage(proof, 'en')).not.toContain('everything came back from this disk')
    expect((await rehearse(undefined, false, 'Another drill')).accounts[0]).not.toHaveProperty('untimed')
  })

  const counts = (proof: Proof) =>
    Object.fromEntries(
      (proof.accounts[0]?.services ?? []).map(({ service, items, restored, identical }) => [
        service,
        [items, restored, identical],
      ]),
    )

  it('proves that everything comes back, and what a repeat finds is the same', async () => {
    const proof = await rehearse()
    const events = alice.user.calendar.primary.events.size
    expect(proof.accounts[0]?.faults).toEqual([])
    const { mail, contacts, calendar, files } = counts(proof)
    // Of the person with every field something has no place.
    expect({ mail, contacts, files }).toEqual({ mail: [6, 6, 6], contacts: [4, 4, 3], files: [4, 4, 4] })
    expect(calendar?.[0]).toBeGreaterThan(5)
    expect(calendar?.[0]).toBeLessThanOrEqual(events)
    // Kinds of events that only a person's own calendar can hold.
    const named = (proof.accounts[0]?.exceptions ?? []).filter(({ service, title }) => service === 'calendar' && title !== '')
    expect(new Set(named.map(({ title }) => title))).toEqual(new Set(['Away', 'Focus', 'Office', 'e11@google.com']))
    expect((calendar?.[2] ?? 0) + named.length).toBe(calendar?.[0])
    expect(proof.target).toBe('the account bob')
    const size = () => [bob.user.gmail.messages.size, bob.user.people.living(bob.user.people.connections).length]
    const before = size()
    expect((await rehearse(undefined, false, `${into} again`)).accounts[0]?.faults).toEqual([])
    expect(size()).toEqual(before)
  })

  it('finds what does not come back as it was', async () => {
    const { gmail, people, drive, calendar } = bob.user
    let spoilt: string | null = null
    const proof = await rehearse(() => {
      const message = [...gmail.messages.values()].find(({ raw }) => raw.includes('number 1'))
      if (message !== undefined) gmail.modify(message.id, [], ['STARRED'])
      const other = [...gmail.messages.values()].find(({ raw }) => raw.includes('number 2'))
      if (other !== undefined) gmail.delete(other.id)
      const cleo = people.living(people.connections).find(({ names }) => names?.[0]?.givenName === 'Cleo')
      if (cleo?.resourceName) people.edit(cleo.resourceName, { names: [{ displayName: 'Leo', givenName: 'Leo' }] })
      const file = [...drive.files.values()].find(({ name }) => name === '1.txt')
      if (file !== undefined) drive.edit(file.id, { content: Buffer.from('spoilt') })
      for (const each of calendar.calendars.values()) {
        const [event] = [...each.events.values()].map((entry) => entry.event).filter(({ recurringEventId }) => !recurringEventId)
        if (spoilt === null && each !== calendar.primary && event?.id) {
          spoilt = event.id
          each.edit(event.id, { summary: 'Something else' })
        }
      }
    })
    const faults = (proof.accounts[0]?.faults ?? []).map(({ service, title, text }) => [service, title, text])
    expect(proof.verdict).toBe('not-proven')
    expect(faults).toContainEqual(['mail', 'number 1', expect.stringMatching(/other marks/)])
    expect(faults).toContainEqual(['mail', 'number 2', expect.stringMatching(/did not come back/)])
    expect(faults).toContainEqual(['contacts', 'Cleo', expect.stringMatching(/did not come back, or not as it was saved/)])
    expect(faults).toContainEqual([
      'files',
      expect.stringContaining('1.txt'),
      expect.stringMatching(/did not come back, or not as it was saved/),
    ])
    expect(faults.filter(([service, title]) => service === 'calendar' && title !== '')).toHaveLength(1)
  })

  it('takes away again what it put there, and leaves what is not its own', async () => {
    const proof = await rehearse(undefined, true)
    expect(proof.accounts[0]?.faults).toEqual([])
    expect([...bob.user.drive.files.values()].map(({ name }) => name)).not.toContain(into)
    expect([...bob.user.drive.files.values()].map(({ name }) => name)).toContain('of Bob.txt')
    expect([...bob.user.calendar.calendars.values()].map(({ entry }) => entry.summary)).toEqual(['bob@example.com'])
    expect(proof.accounts[0]?.exceptions.map(({ text }) => text)).toContainEqual(expect.stringContaining('is still there'))
  })
})
