/** What a run costs in which nothing has changed. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import { type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { everyField } from '../../fixtures/microsoft-contact.ts'
import { meeting } from '../../fixtures/microsoft-events.ts'
import { scratchFolder } from '../../fixtures/vaults.ts'
import { backUp } from '../../restore/harness.ts'

const services = ['mail', 'contacts', 'calendar', 'files'] as const

describe('a backup of a whole Microsoft account in which nothing has changed', () => {
  let running: MicrosoftAccount

  afterEach(() => running.emulator.stop())

  it('asks at most eight questions more than there are folders, address books, calendars and drives', async () => {
    running = await startMicrosoftAccount({}, { services })
    const { mail, contacts, calendar, drive } = running.user
    for (let n = 0; n < 5; n++) mail.addFolder(`Folder ${n}`, {})
    contacts.add(everyField(), contacts.addFolder('Friends'))
    calendar.put(meeting, calendar.add('Trips'))
    drive.add('a.txt', Buffer.from('a'), drive.folder(['Letters']))
    drive.add('Tresor', null, drive.rootId, undefined, { specialFolder: { name: 'vault' } })
    const vault = join(await scratchFolder(), 'vault')
    const connection = () => ({ account: running.account, provider, context: { ...running.context } })
    await backUp(vault, connection())
    const table = await readFile(join(vault, 'data', running.account.id, 'Files', 'index.csv'), 'utf8')
    expect(table).toMatch(/Tresor\.url.*in the account; The personal vault/)
    running.emulator.requests.length = 0
    const [account] = (await backUp(vault, connection())).accounts
    expect(account?.failure).toBeUndefined()
    const folders = account?.collections.length ?? 0
    expect(folders).toBeGreaterThan(10)
    const asked = running.emulator.requests.filter(({ method, isInner }) => method !== 'sign-in' && !isInner)
    expect(asked.length, asked.map(({ path }) => path).join('\n')).toBeLessThanOrEqual(folders + 8)
  })
})
