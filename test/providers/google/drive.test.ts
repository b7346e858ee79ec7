import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection, Item } from '../../../src/core/items.ts'
import type { Cursor, Source } from '../../../src/core/source.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import type { DriveStore } from '../../emulators/google/drive-store.ts'
import { documentedErrors } from '../../emulators/google/faults.ts'
import { type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { collectionsOf, readChanges, readContents } from '../../fixtures/read-source.ts'

const document = 'application/vnd.google-apps.document'
const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'

const pathOf = ({ meta }: Item) => (meta['path'] as string[]).join('/')

describe('a backup of Google Drive', () => {
  let running: GoogleAccount
  let drive: DriveStore

  beforeEach(async () => {
    running = await startGoogleAccount({}, {}, ['files'])
    drive = running.user.drive
  })

  afterEach(() => running.emulator.stop())

  /** A new source, as each run has. */
  function source(settings: GoogleAccount['account']['settings'] = {}): Source {
    const account = { ...running.account, settings: { ...running.account.settings, ...settings } }
    return provider.source(account, 'files', { ...running.context })
  }

  const place = (key: string): Collection => ({ service: 'files', key, path: [key] })

  async function listed(key = 'my', settings = {}): Promise<{ items: readonly Item[]; cursor: Cursor }> {
    const { items, cursor, listedAll } = await readChanges(source(settings), place(key), null)
    expect(listedAll).toBe(true)
    return { items, cursor: cursor ?? '' }
  }

  const changesSince = (cursor: Cursor, key = 'my', settings = {}) => readChanges(source(settings), place(key), cursor)

  const calls = (method: string) => running.emulator.requests.filter((request) => request.method === `drive.${method}`)

  it('finds every place, and the real folders in each', async () => {
    const deep = drive.folder('Letters')
    const deeper = drive.folder('2024', { parent: deep.id })
    drive.add('to the bank.pdf', { parent: deeper.id, content: 'x' })
    drive.add('top.txt', { content: 'y' })
    const laptop = drive.folder('My laptop', { parent: null })
    drive.add('notes.txt', { parent: laptop.id, content: 'z' })
    drive.add('from bob.txt', { parent: null, owner: 'bob@example.com', sharedWithMe: true, content: 'b' })
    const bobs = drive.folder("Bob's", { parent: null, owner: 'bob@example.com', sharedWithMe: true })
    drive.add('inside.txt', { parent: bobs.id, owner: 'bob@example.com', content: 'i' })
    const team = drive.addDrive('Team / 2025')
    drive.add('plan.txt', { parent: team, driveId: team, content: 'p' })
    drive.add('gone.txt', { trashed: true })
    const collections = await collectionsOf(source())
    expect(collections.map(({ path }) => path)).toEqual([
      ['My Drive'],
      ['Computers'],
      ['Shared with me'],
      ['Shared drives', 'Team / 2025'],
    ])
    const found: Record<string, string[]> = {}
    for (const { key, path } of collections) found[path.join('|')] = (await listed(key)).items.map(pathOf).sort()
    expect(found).toEqual({
      'My Drive': ['Letters/2024/to the bank.pdf', 'top.txt'],
      Computers: ['My laptop/notes.txt'],
      'Shared with me': ["Bob's/inside.txt", 'from bob.txt'],
      'Shared drives|Team / 2025': ['plan.txt'],
    })
  })

  it("keeps the person's own files that lie in no folder any more", async () => {
    drive.add('orphan.txt', { parent: null, content: 'o' })
    const folder = drive.folder('Once shared', { parent: null, owner: 'bob@example.com' })
    const mine = drive.add('mine.txt', { parent: folder.id, content: 'm', sharedWithMe: false })
    expect((await listed('computers')).items.map(pathOf)).toEqual(['orphan.txt'])
    const { cursor } = await listed('computers')
    // Bob takes his folder away: the file stays, and stays Alice's.
    drive.edit(mine.id, { parent: null })
    const { items, removed } = await changesSince(cursor, 'computers')
    expect([items.map(pathOf), removed.includes(mine.id)]).toEqual([['mine.txt'], false])
    expect((await listed('computers')).items.map(pathOf).sort()).toEqual(['mine.txt', 'orphan.txt'])
  })

  it('keeps what was shared by itself out of a folder that was not', async () => {
    const folder = drive.folder("Bob's", { parent: null, owner: 'bob@example.com' })
    const more = { parent: folder.id, owner: 'bob@example.com', sharedWithMe: true }
    const single = drive.add('single.txt', { ...more, content: 's' })
    const below = drive.folder('Deep', more)
    drive.add('deeper.txt', { parent: below.id, owner: 'bob@example.com', content: 'd' })
    drive.add('in mine.txt', { owner: 'bob@example.com', sharedWithMe: true, content: 'x' })
    const { items, cursor } = await listed('shared')
    const paths = ["Bob's/Deep/deeper.txt", "Bob's/single.txt"]
    expect(items.map(pathOf).sort()).toEqual(paths)
    drive.edit(single.id, { content: Buffer.from('changed') })
    expect((await changesSince(cursor, 'shared')).items.map(pathOf)).toEqual(["Bob's/single.txt"])
  })

  it('knows a file of a shared drive that the person does not see as a whole', async () => {
    const { id } = drive.add('contract.txt', {
      parent: null,
      driveId: '0Aelsewhere',
      owner: '',
      sharedWithMe: true,
      content: 'c',
    })
    const { items, cursor } = await listed('shared')
    expect(items.map(pathOf)).toEqual(['contract.txt'])
    drive.edit(id, { content: Buffer.from('signed') })
    // Google tells of it in the person's own changes.
    const { items: changed, removed } = await changesSince(cursor, 'shared')
    expect([changed.map(pathOf), removed.includes(id)]).toEqual([['contract.txt'], false])
  })

  it('keeps what a table of files wants to know', async () => {
    const permissions = [
      { type: 'user', role: 'writer', emailAddress: 'bob@example.com' },
      { type: 'anyone', role: 'reader' },
    ]
    const { id } = drive.add('a.txt', { content: 'x', mimeType: 'text/plain', starred: true, description: 'mine', permissions })
    const { items } = await listed()
    expect(items[0]).toMatchObject({
      key: id,
      size: 1,
      version: '9dd4e461268c8034f5c8564e155c67a6',
      meta: {
        path: ['a.txt'],
        mime: 'text/plain',
        owner: 'alice@example.com',
        sharing: 'anyone with the link: reader, bob@example.com: writer',
        link: expect.stringContaining(id),
        starred: true,
        description: 'mine',
      },
    })
  })

  it('keeps duplicate names and slashes in names as they are', async () => {
    for (let n = 0; n < 2; n++) drive.add('same', { content: `${n}` })
    drive.add('a/b', { content: 'c' })
    const { items } = await listed()
    expect(items.map(({ meta }) => meta['path'])).toEqual([['same'], ['same'], ['a/b']])
    expect(new Set(items.map(({ key }) => key)).size).toBe(3)
  })

  it('downloads large files and goes on where it broke off', async () => {
    const content = randomBytes(6 << 20)
    drive.add('large.bin', { content })
    const small = randomBytes(20_000)
    drive.add('small.bin', { content: small })
    running.emulator.faults.next(/files\.get/, { kind: 'truncate' }, 3, /alt=media/)
    const { items } = await listed()
    const contents = await readContents(source(), place('my'), items)
    expect([...contents.values()].map((octets) => Buffer.from(octets)).sort((a, b) => a.length - b.length)).toEqual([
      small,
      content,
    ])
    const ranges = running.emulator.requests.filter(({ status }) => status === 206)
    expect(ranges.length).toBeGreaterThan(0)
  })

  it('notices a file that changes while it is downloaded', async () => {
    const { id } = drive.add('a.bin', { content: 'before' })
    const { items } = await listed()
    drive.edit(id, { content: Buffer.from('after!') })
    const contents = await readContents(source(), place('my'), items)
    expect(contents.get(id)).toMatch(/changed while it was downloaded/)
  })

  it('exports documents in each format that is wanted, also over 10 MB', async () => {
    const large = 'L'.repeat(11 << 20)
    const { id } = drive.add('Novel', {
      mimeType: document,
      exports: { [docx]: large, 'application/pdf': '%PDF', 'application/vnd.oasis.opendocument.text': 'odt' },
    })
    const { items } = await listed('my', { files: { formats: ['office', 'pdf', 'odf'] } })
    expect(items.map(pathOf)).toEqual(['Novel.docx', 'Novel.pdf', 'Novel.odt'])
    const contents = await readContents(source(), place('my'), items)
    expect(contents.get(`${id}:docx`)?.length).toBe(large.length)
    expect(String(contents.get(`${id}:pdf`))).toBe('%PDF')
    expect(calls('files.exportLink')).toHaveLength(1)
    expect((await listed()).items.map(pathOf)).toEqual(['Novel.docx'])
  })

  it('leaves a link with the reason where nothing can be had', async () => {
    const form = drive.add('Survey', { mimeType: 'application/vnd.google-apps.form' })
    const locked = drive.add('secret.pdf', { content: 'x', canDownload: false })
    const target = drive.add('real.txt', { content: 'x' })
    const shortcut = drive.add('to real', { mimeType: 'application/vnd.google-apps.shortcut', target: target.id })
    const { items } = await listed()
    expect(items.map(pathOf)).toEqual(['Survey.url', 'secret.pdf.url', 'real.txt', 'to real.url'])
    const contents = await readContents(source(), place('my'), items)
    expect(String(contents.get(`${form.id}:url`))).toBe(
      `[InternetShortcut]\r\nURL=https://drive.google.com/open?id=${form.id}\r\n; Google offers no file for this (form); it can only be seen at Google.\r\n`,
    )
    expect(String(contents.get(`${locked.id}:url`))).toContain('does not allow it to be downloaded')
    expect(String(contents.get(`${shortcut.id}:url`))).toContain(`URL=https://drive.google.com/open?id=${target.id}`)
  })

  it('believes no empty answer about several folders at once', async () => {
    for (const name of ['Letters', 'Plans', 'Photos']) drive.add(`${name}.txt`, { parent: drive.folder(name).id, content: name })
    drive.folder('Nothing')
    drive.emptyAnswers = 1
    const { items } = await listed()
    expect(items.map(({ title }) => title).sort()).toEqual(['Letters.txt', 'Nothing', 'Photos.txt', 'Plans.txt'])
    expect(drive.emptyAnswers).toBe(0)
  })

  it('names a file that Google holds for malware, and goes on with the others', async () => {
    const bad = drive.add('bad.exe', { content: 'x', isAbusive: true })
    const good = drive.add('good.txt', { content: 'y' })
    const { items } = await listed()
    const contents = await readContents(source(), place('my'), items)
    expect(contents.get(bad.id)).toMatch(/malware or spam/)
    expect(String(contents.get(good.id))).toBe('y')
  })

  it('names a file that was downloaded too often today, and goes on with the others', async () => {
    const popular = drive.add('popular.mp4', { content: 'x' })
    const other = drive.add('mine.txt', { content: 'y' })
    const { items } = await listed()
    const error = documentedErrors.downloadQuotaExceeded()
    running.emulator.faults.next(/files\.get/, { kind: 'error', error }, 1, new RegExp(popular.id))
    const contents = await readContents(source(), place('my'), items)
    expect(contents.get(popular.id)).toMatch(/downloaded too often/)
    expect(String(contents.get(other.id))).toBe('y')
  })

  it.each(['files.get', 'files.export'])('slows down when Google says so in answer to %s', async (method) => {
    drive.add('a.bin', { content: 'x' })
    drive.add('Doc', { mimeType: document, exports: { [docx]: 'd' } })
    const { items } = await listed()
    running.emulator.faults.next(
      new RegExp(method.replace('.', '\\.')),
      { kind: 'error', error: documentedErrors.userRateLimitExceeded() },
      2,
    )
    const before = running.clock.now().getTime()
    const contents = await readContents(source(), place('my'), items)
    expect([...contents.values()].map(String).sort()).toEqual(['d', 'x'])
    expect(running.clock.now().getTime() - before).toBeGreaterThanOrEqual(10_000)
  })

  it("does not take the limit of everybody's project for that of the person", async () => {
    for (let n = 0; n < 20; n++) drive.add(`${n}.bin`, { content: 'x' })
    const { items } = await listed()
    running.emulator.faults.next(/files\.get/, { kind: 'error', error: documentedErrors.projectQuota(10) }, 1)
    const before = running.clock.now().getTime()
    expect((await readContents(source(), place('my'), items)).size).toBe(20)
    // At ten units a minute each file would take twenty minutes.
    expect(running.clock.now().getTime() - before).toBeLessThan(10 * 60_000)
  })

  it('asks one question per change log when nothing has changed', async () => {
    drive.add('a.txt', { content: 'x' })
    const { cursor } = await listed()
    running.emulator.requests.length = 0
    expect(await changesSince(cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    expect(running.emulator.requests.map(({ method }) => method)).toEqual(['sign-in', 'drive.changes.list'])
  })

  it('follows edits, renames, moves and removals of files', async () => {
    const folder = drive.folder('Folder')
    const edited = drive.add('edited.txt', { content: 'old' })
    const renamed = drive.add('old name.txt', { content: 'r' })
    const moved = drive.add('moved.txt', { content: 'm' })
    const trashed = drive.add('trashed.txt', { content: 't' })
    const before = await listed()
    const versionOf = (id: string) => before.items.find(({ key }) => key === id)?.version
    drive.edit(edited.id, { content: Buffer.from('new') })
    drive.edit(renamed.id, { name: 'new name.txt' })
    drive.edit(moved.id, { parent: folder.id })
    drive.edit(trashed.id, { trashed: true })
    const added = drive.add('added.txt', { parent: folder.id, content: 'a' })
    const { items, removed } = await changesSince(before.cursor)
    expect(items.map((item) => [pathOf(item), item.version === versionOf(item.key)])).toEqual([
      ['edited.txt', false],
      ['new name.txt', true],
      ['Folder/moved.txt', true],
      ['Folder/added.txt', false],
    ])
    expect(removed).toContain(trashed.id)
    for (const { id } of [edited, renamed, moved, added]) expect(removed).not.toContain(id)
  })

  it('tells the other places that a file is not theirs', async () => {
    const { cursor } = await listed('shared')
    const { id } = drive.add('mine.txt', { content: 'x' })
    const { items, removed } = await changesSince(cursor, 'shared')
    expect(items).toEqual([])
    expect(removed).toContain(id)
  })

  it.each([
    { what: 'a folder was renamed', change: (store: DriveStore, folder: string) => store.edit(folder, { name: 'Other' }) },
    { what: 'something was deleted for good', change: (store: DriveStore, folder: string) => store.delete(folder) },
    { what: 'Google has forgotten', change: (store: DriveStore) => store.forgetChanges() },
  ])('lists again when $what', async ({ change }) => {
    const folder = drive.folder('Folder')
    drive.add('inside.txt', { parent: folder.id, content: 'x' })
    const { cursor } = await listed()
    change(drive, folder.id)
    await expect(changesSince(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('lists again when other formats are wanted, and once a month', async () => {
    const { cursor } = await listed()
    await expect(changesSince(cursor, 'my', { files: { formats: ['pdf'] } })).rejects.toMatchObject({ code: 'cursor-expired' })
    running.context.clock.now = () => new Date(Date.now() + 31 * 86_400_000)
    await expect(changesSince(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('reads many folders and pages with few questions', async () => {
    const folders = Array.from({ length: 120 }, (_, n) => drive.folder(`f${n}`))
    for (const [n, { id }] of folders.entries())
      for (let i = 0; i < 10; i++) drive.add(`${n}-${i}`, { parent: id, content: `${n} ${i}` })
    running.emulator.requests.length = 0
    expect((await listed()).items).toHaveLength(1_200)
    expect(calls('files.list').length).toBeLessThanOrEqual(6)
  })
})
