/** Mail of Outlook.com and Microsoft 365: every scenario of the provider's documentation, by name. */
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BackupReport, CollectionReport } from '../../../src/engine/report.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import { documentedErrors } from '../../emulators/microsoft/graph.ts'
import { isWriting } from '../../emulators/microsoft/microsoft.ts'
import { type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { readVault, runProvider, scratchFolder } from '../../fixtures/vaults.ts'

const message = (name: string) => `Message-ID: <${name}@example.org>\r\nSubject: ${name}\r\n\r\nHello.\r\n`

describe('a backup of mail at Microsoft', () => {
  let running: MicrosoftAccount
  let vault: string

  beforeEach(async () => {
    running = await startMicrosoftAccount()
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(async () => {
    const written = running.emulator.requests.filter(isWriting)
    await running.emulator.stop()
    expect(written).toEqual([])
  })

  async function run(settings: MicrosoftAccount['account']['settings'] = {}): Promise<BackupReport> {
    const account = { ...running.account, settings: { ...running.account.settings, ...settings } }
    // A context of its own, as every run has.
    return await runProvider(vault, account, provider, { context: { ...running.context } })
  }

  const folder = (report: BackupReport, name: string): CollectionReport | undefined =>
    report.accounts[0]?.collections.find(({ path }) => path.join('/') === name)
  const saved = async () => (await readVault(vault, running.account.id)).items
  const calls = (method: string) => running.emulator.requests.filter((request) => request.method === method)
  const fetched = () => calls('message.get.mime').length

  it('keeps flags, categories, importance, the focused inbox, conversation and date', async () => {
    const { mail } = running.user
    const fields = {
      isRead: true,
      flag: 'flagged',
      categories: ['Red category', 'Family'],
      importance: 'high',
      focused: 'other',
    } as const
    const one = mail.add(message('one'), 'inbox', { ...fields, received: '2019-07-08T09:10:11Z' })
    await run()
    expect((await saved())[0]).toMatchObject({
      key: one.id,
      date: '2019-07-08T09:10:11.000Z',
      meta: {
        flags: ['\\Flagged', '\\Seen'],
        categories: ['Family', 'Red category'],
        importance: 'high',
        inbox: 'other',
        thread: one.conversationId,
      },
    })
  })

  it('follows nested and renamed folders and downloads nothing', async () => {
    const { mail } = running.user
    const work = mail.addFolder('Work')
    const acme = mail.addFolder('Acme', { parent: work.id })
    mail.add(message('deep'), acme.id)
    await run()
    mail.renameFolder(work.id, 'Clients')
    const before = fetched()
    expect(folder(await run(), 'Clients/Acme')).toMatchObject({ stored: 1, added: 0 })
    expect(fetched()).toBe(before)
  })

  it('saves hidden folders, and names a search folder with the reason', async () => {
    const { mail } = running.user
    const hidden = mail.addFolder('Hidden', { isHidden: true })
    mail.add(message('secret'), mail.addFolder('Deeper', { parent: hidden.id, isHidden: true }).id)
    mail.addFolder('Unread mail', { isSearch: true })
    const report = await run()
    expect(folder(report, 'Hidden/Deeper')).toMatchObject({ stored: 1 })
    expect(JSON.stringify(report)).toContain('A search folder')
  })

  it('recognises a moved message by its id that stays, and downloads nothing', async () => {
    const { mail } = running.user
    const { id } = mail.add(message('moving'))
    await run()
    mail.move(id, 'archive')
    const before = fetched()
    const report = await run()
    expect([folder(report, 'Archive')?.copied, folder(report, 'Inbox')?.stored]).toEqual([1, 0])
    expect(fetched()).toBe(before)
  })

  it('loses nothing where Microsoft writes the id of a folder in two ways', async () => {
    const { mail } = running.user
    mail.hasTwoSpellings = true
    const { id } = mail.add(message('a'))
    mail.add(message('b'))
    await run()
    mail.change(id, { isRead: true })
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 2, changed: 1, removed: 0 })
  })

  it('keeps a message that left its folder and came back, which the delta names as gone', async () => {
    const { mail } = running.user
    const { id } = mail.add(message('wandering'))
    await run()
    mail.move(id, 'archive')
    mail.move(id, 'inbox')
    const before = fetched()
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 1, removed: 0 })
    expect(fetched()).toBe(before)
  })

  it('takes MIME that Exchange makes anew for no change', async () => {
    const { mail } = running.user
    mail.regenerates = true
    mail.add(message('a'))
    await run()
    running.emulator.pages.forget()
    const before = fetched()
    expect(folder(await run(), 'Inbox')).toMatchObject({ added: 0, changed: 0, stored: 1 })
    expect(fetched()).toBe(before)
  })

  it('downloads a draft again when it was rewritten, and not for the flags of other messages', async () => {
    const { mail } = running.user
    const draft = mail.add(message('draft'), 'drafts', { isDraft: true })
    const other = mail.add(message('other'))
    await run()
    const before = fetched()
    mail.edit(draft.id, message('draft, better'))
    mail.change(other.id, { isRead: true })
    await run()
    expect(fetched() - before).toBe(1)
    expect((await saved()).map(({ head }) => head.subject).sort()).toContain('draft, better')
  })

  it('loses nothing of a message of which the delta tells only what changed', async () => {
    const { mail } = running.user
    const { id } = mail.add(message('a'), 'inbox', { categories: ['Family'], importance: 'high', verb: 102 })
    await run()
    mail.change(id, { isRead: true })
    mail.change(id, { flag: 'flagged' })
    const before = fetched()
    expect(folder(await run(), 'Inbox')).toMatchObject({ changed: 1, added: 0, stored: 1 })
    expect(fetched()).toBe(before)
    expect((await saved())[0]).toMatchObject({
      key: id,
      date: '2026-01-05T10:00:00.000Z',
      meta: { flags: ['\\Answered', '\\Flagged', '\\Seen'], categories: ['Family'], importance: 'high' },
    })
  })

  it('saves that a message was answered or forwarded, with the first listing and when it happens later', async () => {
    const { mail } = running.user
    mail.add(message('forwarded'), 'inbox', { verb: 104 })
    const { id } = mail.add(message('later'))
    await run()
    mail.change(id, { verb: 103 })
    await run()
    const flags = (await saved()).map(({ head, meta }) => [head.subject, meta['flags']])
    expect(Object.fromEntries(flags)).toEqual({ forwarded: ['$Forwarded'], later: ['\\Answered'] })
  })

  it('saves mail also where Microsoft does not tell what was answered', async () => {
    running.user.mail.add(message('a'))
    running.emulator.faults.always(/mailFolder\.list\.messages/, { kind: 'error', error: documentedErrors.internal() })
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 1, pending: 0 })
  })

  it('keeps a changed message that cannot be asked for as the delta tells it', async () => {
    const { mail } = running.user
    const { id } = mail.add(message('moving'), 'inbox', { categories: ['Family'] })
    await run()
    mail.move(id, 'archive')
    running.emulator.faults.always(/message\.get$/, { kind: 'error', error: documentedErrors.accessDenied() })
    expect(folder(await run(), 'Archive')).toMatchObject({ copied: 1, stored: 1 })
    expect((await saved()).find(({ removed }) => removed === null)).toMatchObject({ meta: { categories: ['Family'] } })
  })

  it('lists a folder in which much has changed rather than ask for each message', async () => {
    const { mail } = running.user
    const ids = Array.from({ length: 1_001 }, (_, n) => mail.add(message(`m${n}`)).id)
    await run()
    for (const id of ids) mail.change(id, { isRead: true })
    const before = fetched()
    expect(folder(await run(), 'Inbox')).toMatchObject({ changed: 1_001, stored: 1_001 })
    expect([fetched() - before, calls('message.get').length]).toEqual([0, 0])
  })

  it('puts the read state right once a week, for what the delta left out', async () => {
    const { mail } = running.user
    const { id } = mail.add(message('a'))
    await run()
    mail.change(id, { isRead: true }, true)
    expect(folder(await run(), 'Inbox')).toMatchObject({ changed: 0 })
    running.context.clock.now = () => new Date(Date.now() + 8 * 86_400_000)
    const before = fetched()
    expect(folder(await run(), 'Inbox')).toMatchObject({ changed: 1 })
    expect(fetched()).toBe(before)
  })

  it('is not led astray by pages that come again and in another order', async () => {
    const { mail } = running.user
    running.emulator.pages.replays = true
    const ids = Array.from({ length: 7 }, (_, n) => mail.add(message(`m${n}`)).id)
    running.emulator.latency = 0
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 7 })
    mail.move(ids[0] ?? '', 'archive')
    mail.move(ids[0] ?? '', 'inbox')
    mail.remove(ids[1] ?? '')
    mail.add(message('new'))
    const report = await run()
    expect(folder(report, 'Inbox')).toMatchObject({ stored: 7, removed: 1, added: 1 })
  })

  it('lists one folder again when Microsoft has forgotten it, and downloads nothing', async () => {
    const { mail } = running.user
    mail.add(message('a'))
    await run()
    mail.add(message('b'), 'archive')
    running.emulator.faults.next(/message\.delta/, { kind: 'error', error: documentedErrors.syncStateNotFound() })
    const before = fetched()
    await run()
    expect(fetched() - before).toBe(1)
  })

  it('begins a listing again that Microsoft forgets in its middle', async () => {
    const { mail } = running.user
    for (let n = 0; n < 3; n++) mail.add(message(`m${n}`))
    running.emulator.faults.next(/message\.delta/, { kind: 'error', error: documentedErrors.syncStateNotFound() }, 2)
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 3 })
  })

  it('asks at most eight questions beside one for each folder when nothing has changed', async () => {
    running.user.mail.add(message('a'))
    await run()
    running.emulator.requests.length = 0
    const report = await run()
    const folders = report.accounts[0]?.collections.length ?? 0
    expect(running.emulator.requests.filter(({ isInner }) => !isInner).length).toBeLessThanOrEqual(folders + 8)
  })

  it('leaves out what the person does not want', async () => {
    const { mail } = running.user
    for (const name of ['junkemail', 'deleteditems', 'drafts', 'inbox']) mail.add(message(name), name)
    const report = await run({ mail: { junk: false, deleted: false, drafts: false } })
    expect(folder(report, 'Inbox')).toMatchObject({ stored: 1 })
    expect(['Junk Email', 'Deleted Items', 'Drafts'].map((name) => folder(report, name))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('names a message that Exchange cannot put into MIME, and saves the others', async () => {
    const { mail } = running.user
    mail.add(message('good'))
    const bad = mail.add('', 'inbox')
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 1, pending: 1 })
    mail.edit(bad.id, message('mended'))
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 2, pending: 0 })
  })

  it('stays within the limits of a mailbox and rides out throttling', async () => {
    const { mail } = running.user
    for (let n = 0; n < 60; n++) mail.add(message(`m${n}`))
    running.emulator.latency = 2
    running.emulator.faults.next(/message\.get\.mime/, { kind: 'error', error: documentedErrors.mailboxConcurrency(30) }, 3)
    running.emulator.faults.next(/message\.get\.mime/, { kind: 'truncate' }, 2)
    expect(folder(await run(), 'Inbox')).toMatchObject({ stored: 60, pending: 0 })
    expect(running.emulator.throttle).toMatchObject({ refused: 0 })
    expect(running.emulator.throttle.peak).toBeLessThanOrEqual(4)
  })

  it('says that the account is locked, and leaves the vault as it is', async () => {
    running.user.mail.add(message('a'))
    await run()
    running.emulator.signIn.lock(running.user.email)
    const report = await run()
    expect(report.accounts[0]?.failure).toMatchObject({ code: 'locked-out' })
    expect(await saved()).toHaveLength(1)
  })

  it('says so where there is no mailbox', async () => {
    running.emulator.faults.always(/mailFolder/, { kind: 'error', error: documentedErrors.noMailbox() })
    expect((await run()).accounts[0]?.failure).toMatchObject({ message: expect.stringContaining('no mailbox') })
  })

  it('leaves no secret in the vault, the report or an error', async () => {
    running.user.mail.add(message('a'))
    const reports = [await run()]
    running.emulator.faults.always(/message\.delta/, { kind: 'error', error: documentedErrors.accessDenied() })
    running.emulator.faults.next(/mailFolder/, { kind: 'cut' }, 2)
    reports.push(await run())
    const { readdir, readFile } = await import('node:fs/promises')
    const secrets = running.emulator.signIn.secretsGivenOut().filter((text) => text.length > 8)
    expect(secrets.length).toBeGreaterThan(3)
    const texts = [JSON.stringify(reports)]
    for (const entry of await readdir(vault, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) texts.push(await readFile(join(entry.parentPath, entry.name), 'latin1'))
    }
    expect(secrets.filter((secret) => texts.some((text) => text.includes(secret)))).toEqual([])
  })
})
