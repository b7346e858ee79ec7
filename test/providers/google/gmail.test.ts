import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BackupReport, CollectionReport } from '../../../src/engine/report.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import { documentedErrors } from '../../emulators/google/faults.ts'
import { type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { readVault, runProvider, scratchFolder } from '../../fixtures/vaults.ts'

const message = (name: string) => `Message-ID: <${name}@example.org>\r\nSubject: ${name}\r\n\r\nHello.\r\n`

describe('a backup of Gmail', () => {
  let running: GoogleAccount
  let vault: string

  beforeEach(async () => {
    running = await startGoogleAccount()
    vault = join(await scratchFolder(), 'vault')
  })

  afterEach(() => running.emulator.stop())

  async function run(settings: GoogleAccount['account']['settings'] = {}): Promise<BackupReport> {
    const account = { ...running.account, settings: { ...running.account.settings, ...settings } }
    // A context of its own, as every run has.
    return await runProvider(vault, account, provider, { context: { ...running.context } })
  }

  const folder = (report: BackupReport, name: string): CollectionReport | undefined =>
    report.accounts[0]?.collections.find(({ path }) => path.join('/') === name)

  const saved = async () => (await readVault(vault, running.account.id)).items

  const calls = (method: string) => running.emulator.requests.filter((request) => request.method === `gmail.users.${method}`)

  it('saves a message that is larger than what is kept in memory, also where the connection breaks in its middle', async () => {
    const { emulator, user } = running
    const label = user.gmail.createLabel('Films')
    const line = Buffer.from(`${'0123456789'.repeat(7)}\r\n`)
    const text = Buffer.concat([Buffer.from(message('large')), Buffer.alloc(12 << 20, line), Buffer.from('end\r\n')])
    user.gmail.add(text, ['INBOX', label.id], '2019-07-08T09:10:11Z')
    emulator.faults.next(/messages\.get/, { kind: 'truncate' }, 2)
    expect(folder(await run(), 'All Mail')).toMatchObject({ added: 1, pending: 0 })
    const [item] = await saved()
    expect(item).toMatchObject({
      size: text.length,
      sha256: hash('sha256', text, 'hex'),
      date: '2019-07-08T09:10:11.000Z',
      meta: { labels: ['Films', 'Inbox'] },
    })
    expect(calls('messages.get')).toHaveLength(4)
  })

  it('keeps labels, thread, flags and the date at which Gmail took the message', async () => {
    const { gmail } = running.user
    const label = gmail.createLabel('Clients/Müller & Söhne')
    const first = gmail.add(message('first'), ['INBOX', 'STARRED', label.id, 'CATEGORY_UPDATES'], '2019-07-08T09:10:11Z')
    gmail.add(message('reply'), ['SENT'], '2019-07-09T00:00:00Z', first.threadId)
    await run()
    const items = await saved()
    const [kept] = items.filter(({ key }) => key === first.id)
    const thread = BigInt(`0x${first.threadId}`).toString()
    expect(kept).toMatchObject({
      date: '2019-07-08T09:10:11.000Z',
      meta: {
        flags: ['\\Flagged', '\\Seen'],
        labels: ['Category Updates', 'Clients/Müller & Söhne', 'Inbox', 'Starred'],
        thread,
      },
    })
    expect(items.map(({ meta }) => meta.thread)).toEqual([thread, thread])
    const mbox = await readFile(join(vault, 'data', running.account.id, 'Mail', 'All Mail', '2019.mbox'), 'utf8')
    expect(mbox).toContain(`X-GM-THRID: ${thread}`)
    const words = [...mbox.matchAll(/=\?UTF-8\?B\?(.*?)\?=/g)].map(([, base64 = '']) => Buffer.from(base64, 'base64').toString())
    expect(words.join('')).toBe('Category Updates,Clients/Müller & Söhne,Inbox,Starred')
  })

  it('takes the newest first', async () => {
    for (let n = 0; n < 6; n++) running.user.gmail.add(message(`m${n}`), ['INBOX'], `2020-01-0${n + 1}T00:00:00Z`)
    await run()
    const asked = calls('messages.get').map(({ path }) => /messages\/(\w+)/.exec(path)?.[1])
    expect(asked).toEqual([...running.user.gmail.messages.keys()].reverse())
  })

  it("asks four questions when nothing has changed, the last for Google's own count", async () => {
    running.user.gmail.add(message('a'))
    await run()
    running.emulator.requests.length = 0
    await run()
    expect(running.emulator.requests.map(({ method }) => method)).toEqual([
      'sign-in',
      'gmail.users.labels.list',
      'gmail.users.history.list',
      'gmail.users.getProfile',
    ])
  })

  it('follows a renamed label without downloading anything', async () => {
    const { gmail } = running.user
    const label = gmail.createLabel('Work')
    gmail.add(message('a'), ['INBOX', label.id])
    gmail.add(message('b'), ['INBOX'])
    await run()
    gmail.renameLabel('Work', 'Arbeit')
    running.emulator.requests.length = 0
    const report = await run()
    expect(folder(report, 'All Mail')).toMatchObject({ changed: 1, added: 0, bytes: 0, stored: 2 })
    expect(calls('messages.get')).toEqual([])
    expect((await saved()).map(({ meta }) => meta.labels)).toContainEqual(['Arbeit', 'Inbox'])
  })

  it('lists again without downloading when the history has expired', async () => {
    const { gmail } = running.user
    const kept = gmail.add(message('kept'))
    for (let n = 0; n < 9; n++) gmail.add(message(`m${n}`), ['SENT'])
    await run()
    gmail.modify(kept.id, ['STARRED'])
    gmail.add(message('new'))
    gmail.expireHistory()
    running.emulator.requests.length = 0
    expect(folder(await run(), 'All Mail')).toMatchObject({ added: 1, changed: 1, removed: 0, stored: 11, said: 11 })
    expect(calls('messages.get')).toHaveLength(1)
  })

  it('lists everything once a month, for what the history may have left out', async () => {
    const { gmail } = running.user
    gmail.add(message('a'))
    await run()
    const unseen = gmail.add(message('unseen'))
    gmail.history.pop()
    expect(folder(await run(), 'All Mail')).toMatchObject({ added: 0, stored: 1 })
    running.context.clock.now = () => new Date(Date.now() + 31 * 86_400_000)
    expect(folder(await run(), 'All Mail')).toMatchObject({ added: 1, stored: 2, said: 2 })
    expect(calls('messages.get').at(-1)?.path).toContain(unseen.id)
  })

  it('asks again where the history does not say which labels are left', async () => {
    const { gmail } = running.user
    const { id } = gmail.add(message('a'), ['UNREAD'])
    await run()
    gmail.modify(id, [], ['UNREAD'])
    expect(folder(await run(), 'All Mail')).toMatchObject({ changed: 1 })
    expect((await saved())[0]?.meta).toMatchObject({ flags: ['\\Seen'], labels: [] })
    expect(calls('messages.get').at(-1)?.path).toContain('format=minimal')
  })

  it('saves what the list does not show yet as soon as the history or a later list does', async () => {
    const { gmail } = running.user
    gmail.add(message('a'))
    const late = gmail.add(message('late'))
    gmail.unindexed.add(late.id)
    expect(folder(await run(), 'All Mail')).toMatchObject({ stored: 1 })
    gmail.unindexed.clear()
    gmail.modify(late.id, ['STARRED'])
    expect(folder(await run(), 'All Mail')).toMatchObject({ added: 1, stored: 2 })
  })

  it('does without a message that is deleted between the list and the download', async () => {
    const { gmail } = running.user
    gmail.add(message('a'))
    const gone = gmail.add(message('gone'))
    running.emulator.faults.next(/messages\.get/, { kind: 'error', error: documentedErrors.gone() }, 100, new RegExp(gone.id))
    gmail.delete(gone.id)
    gmail.messages.set(gone.id, gone)
    expect(folder(await run(), 'All Mail')).toMatchObject({ stored: 1, pending: 1 })
    gmail.messages.delete(gone.id)
    gmail.expireHistory()
    expect(folder(await run(), 'All Mail')).toMatchObject({ stored: 1, pending: 0, said: 1 })
  })

  it('leaves out spam, trash, drafts and chats where the person wants it so', async () => {
    const { gmail } = running.user
    for (const label of ['INBOX', 'SPAM', 'TRASH', 'DRAFT', 'CHAT']) gmail.add(message(label), [label])
    const without = { mail: { spam: false, trash: false, drafts: false, chats: false } }
    const sums = (report: BackupReport) =>
      report.accounts[0]?.collections.map(({ path, stored, skipped }) => [path.join('/'), skipped ?? stored])
    expect(sums(await run(without))).toEqual([
      ['All Mail', 1],
      ['Spam', 'You left it out.'],
      ['Trash', 'You left it out.'],
    ])
    expect(sums(await run())).toEqual([
      ['All Mail', 3],
      ['Spam', 1],
      ['Trash', 1],
    ])
  })

  it('keeps what was saved of the spam when the person leaves it out', async () => {
    for (let n = 0; n < 30; n++) running.user.gmail.add(message(`s${n}`), ['SPAM'])
    await run()
    const report = await run({ mail: { spam: false } })
    expect(report.accounts[0]?.failure).toBe(undefined)
    expect((await saved()).filter(({ removed }) => removed === null)).toHaveLength(30)
  })

  it('slows down to a limit that Google names, and loses nothing', async () => {
    for (let n = 0; n < 30; n++) running.user.gmail.add(message(`m${n}`), ['INBOX'])
    running.emulator.quota.limits = { ...running.emulator.quota.limits, gmail: 100 }
    const report = await run()
    expect(folder(report, 'All Mail')).toMatchObject({ stored: 30, pending: 0 })
    const refused = running.emulator.requests.filter(({ status }) => status === 429)
    expect(refused.length).toBeGreaterThan(0)
    // What was in flight when the first refusal came, and no storm after it.
    expect(refused.length).toBeLessThan(20)
  })

  const passing = {
    '429 with Retry-After': () => documentedErrors.tooManyRequests(30),
    '403 rateLimitExceeded': documentedErrors.rateLimitExceeded,
    '403 userRateLimitExceeded': documentedErrors.userRateLimitExceeded,
    '500 backendError': documentedErrors.backendError,
    '503': documentedErrors.unavailable,
  }

  it.each(Object.entries(passing).map(([name, error]) => ({ name, error })))('rides out $name', async ({ error }) => {
    for (let n = 0; n < 3; n++) running.user.gmail.add(message(`m${n}`))
    running.emulator.faults.next(/labels\.list|messages\.(list|get)/, { kind: 'error', error: error() }, 3)
    expect(folder(await run(), 'All Mail')).toMatchObject({ stored: 3, pending: 0 })
  })

  it.each(['cut', 'truncate', 'nonsense'] as const)('rides out an answer that is: %s', async (kind) => {
    for (let n = 0; n < 3; n++) running.user.gmail.add(message(`m${n}`))
    running.emulator.faults.next(/messages\.(list|get)/, { kind }, 3)
    expect(folder(await run(), 'All Mail')).toMatchObject({ stored: 3, pending: 0 })
  })

  it('honours Retry-After', async () => {
    running.user.gmail.add(message('a'))
    running.emulator.faults.next(/messages\.list/, { kind: 'error', error: documentedErrors.tooManyRequests(45) })
    const before = running.clock.now().getTime()
    await run()
    expect(running.clock.now().getTime() - before).toBeGreaterThanOrEqual(45_000)
  })

  it.each([
    { name: 'dailyLimitExceeded', error: documentedErrors.dailyLimitExceeded, code: 'rate-limit', says: /limit for this day/ },
    { name: 'domainPolicy', error: documentedErrors.domainPolicy, code: 'permission', says: /administrator/ },
    {
      name: 'insufficientPermissions',
      error: documentedErrors.insufficientPermissions,
      code: 'permission',
      says: /not allowed to read/,
    },
  ])('says in plain words: $name', async ({ error, code, says }) => {
    running.emulator.faults.always(/./, { kind: 'error', error: error() })
    const failure = (await run()).accounts[0]?.failure
    expect(failure).toMatchObject({ code, message: expect.stringMatching(says) })
  })

  it('names the API that is not switched on, and where to do it', async () => {
    running.emulator.disabledApis.add('gmail')
    const failure = (await run()).accounts[0]?.failure
    expect(failure).toMatchObject({
      code: 'permission',
      message: 'The Gmail API is not switched on in your Google project.',
      advice: expect.stringContaining('https://console.cloud.google.com/apis/library/gmail.googleapis.com?project=123456789012'),
    })
  })

  it('goes on when the access token ends before its time', async () => {
    running.user.gmail.add(message('a'))
    await run()
    for (let n = 0; n < 3; n++) running.user.gmail.add(message(`m${n}`))
    running.emulator.faults.next(/messages\.get/, { kind: 'expire' })
    expect(folder(await run(), 'All Mail')).toMatchObject({ added: 3, pending: 0 })
  })

  it('goes on when the access token ends several times in a row, at one call as well', async () => {
    for (let n = 0; n < 3; n++) running.user.gmail.add(message(`m${n}`))
    running.emulator.faults.next(/labels\.list/, { kind: 'expire' }, 4)
    running.emulator.faults.next(/messages\.get/, { kind: 'expire' }, 4)
    const report = await run()
    expect(report.accounts[0]?.failure).toBe(undefined)
    expect(folder(report, 'All Mail')).toMatchObject({ added: 3, pending: 0 })
  })

  it('says so when Google accepts no access token, and goes on once it does', async () => {
    for (let n = 0; n < 3; n++) running.user.gmail.add(message(`m${n}`))
    running.emulator.faults.next(/messages\.get/, { kind: 'expire' }, 1_000)
    const report = await run()
    expect(report.accounts[0]?.collections.find(({ failure }) => failure !== undefined)?.failure).toMatchObject({
      code: 'auth',
      message: 'Google does not accept the sign-in, although it was renewed 4 times.',
      advice: expect.stringContaining('lifeboat account signin'),
    })
    expect(calls('messages.get').length).toBeLessThanOrEqual(8 * 5)
    running.emulator.faults.clear()
    expect(folder(await run(), 'All Mail')).toMatchObject({ added: 3, pending: 0 })
  })

  it('changes nothing in the vault when the account is locked, and says what the person has', async () => {
    for (let n = 0; n < 4; n++) running.user.gmail.add(message(`m${n}`))
    await run()
    const before = await saved()
    running.emulator.signIn.kill(running.user.email, 'account-disabled')
    const report = await run()
    expect(report.accounts[0]?.failure).toMatchObject({ code: 'locked-out', advice: expect.stringContaining('START HERE.html') })
    expect(await saved()).toEqual(before)
    expect(before.every(({ removed }) => removed === null)).toBe(true)
  })

  it('notes about once a week that the sign-in was of use', async () => {
    await run()
    expect(running.saved).toEqual([])
    running.context.clock.now = () => new Date(Date.now() + 9 * 86_400_000)
    await run()
    expect(running.saved).toHaveLength(1)
    expect(JSON.parse(running.saved[0] ?? '')).toMatchObject({ used: expect.any(String), refresh_token: expect.any(String) })
  })
})
