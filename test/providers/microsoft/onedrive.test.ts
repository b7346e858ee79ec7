import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection } from '../../../src/core/items.ts'
import type { JsonObject } from '../../../src/core/json.ts'
import type { Cursor, Fetched, Source } from '../../../src/core/source.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import { shortcutTo } from '../../emulators/microsoft/drive.ts'
import { DriveStore } from '../../emulators/microsoft/drive-store.ts'
import { documentedErrors, GraphError } from '../../emulators/microsoft/graph.ts'
import { type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { collectionsOf, type Read, readChanges, readContents } from '../../fixtures/read-source.ts'

const own: Collection = { service: 'files', key: 'my', path: ['OneDrive'] }
const shared: Collection = { service: 'files', key: 'shared', path: ['Shared with me'] }

describe('a backup of OneDrive', () => {
  let running: MicrosoftAccount
  let drive: DriveStore

  async function start(settings: JsonObject = {}, kind: 'personal' | 'work' = 'personal'): Promise<void> {
    running = await startMicrosoftAccount({}, { services: ['files'], settings, kind })
    drive = running.user.drive
  }

  beforeEach(() => start())
  afterEach(() => running.emulator.stop())

  const source = (): Source => provider.source(running.account, 'files', { ...running.context })
  const read = (since: Cursor | null, c = own) => readChanges(source(), c, since)
  const paths = async (c = own) => (await read(null, c)).items.map(({ meta }) => (meta['path'] as string[]).join('/')).sort()
  async function contents(c = own): Promise<Map<string, string>> {
    const one = source()
    const { items } = await readChanges(one, c, null)
    const found = await readContents(one, c, items)
    return new Map(items.map((item) => [(item.meta['path'] as string[]).join('/'), String(found.get(item.key))]))
  }

  const skipped = async () => (await collectionsOf(source())).map((one) => [one.path[0], one.skipped ?? null])

  it('has one collection for own files, one for what others share, and one for notebooks', async () => {
    const theirs = new DriveStore()
    drive.sharedWithMe.push({ drive: theirs, id: theirs.add('a.txt', Buffer.from('a')).id })
    expect(await skipped()).toEqual([
      ['OneDrive', null],
      ['Shared with me', null],
      ['OneNote', null],
    ])
  })

  it('says that Microsoft does not tell what others share, where the list is empty or refused', async () => {
    const told = ['Shared with me', expect.stringMatching(/since November 2026.*Add shortcut to My files/)]
    expect((await skipped())[1]).toEqual(told)
    for (const [status, code] of [
      [410, 'gone'],
      [404, 'itemNotFound'],
      [403, 'accessDenied'],
      [400, 'invalidRequest'],
    ] as const) {
      running.emulator.faults.next(/sharedWithMe/, { kind: 'error', error: new GraphError(status, code, 'Deprecated.') })
      expect((await skipped())[1]).toEqual(told)
    }
  })

  it('takes nothing for gone that a list of shared items leaves out because it broke off', async () => {
    const theirs = new DriveStore()
    for (let n = 0; n < 201; n++) drive.sharedWithMe.push({ drive: theirs, id: theirs.add(`${n}.txt`, Buffer.from('x')).id })
    running.emulator.faults.after(1, /sharedWithMe/, { kind: 'error', error: new GraphError(404, 'itemNotFound', 'Deprecated.') })
    expect((await read(null, shared)).listedAll).toBe(false)
  })

  it('says of an account that has no OneDrive how to get one, or to do without', async () => {
    for (const error of [
      new GraphError(404, 'ResourceNotFound', "User's mysite not found."),
      new GraphError(400, 'BadRequest', 'Tenant does not have a SPO license.'),
    ]) {
      running.emulator.faults.next(/drive\.get/, { kind: 'error', error })
      await expect(collectionsOf(source())).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringContaining('no OneDrive'),
        advice: expect.stringContaining('--only'),
      })
    }
  })

  it('says of somebody who left an organisation that nobody knows them, not that they have no OneDrive', async () => {
    const error = new GraphError(404, 'Request_ResourceNotFound', 'Resource does not exist.')
    running.emulator.faults.next(/drive\.get/, { kind: 'error', error })
    await expect(collectionsOf(source())).rejects.toMatchObject({ message: expect.stringContaining('knows nobody') })
  })

  it('looks each time into what of others stands among the files, and finds a drive whose id is told without its zeros', async () => {
    const theirs = new DriveStore('00ABCDEF01234567')
    const folder = theirs.folder(['Family', 'Plans'])
    const plan = theirs.add('plan.txt', Buffer.from('plan'), folder)
    const single = theirs.add('single.txt', Buffer.from('single'))
    drive.shortcuts.add(theirs)
    const mine = drive.folder(['Mine'])
    drive.add('Family', null, mine, undefined, shortcutTo(theirs, theirs.folder(['Family'])))
    drive.add('single.txt', null, drive.rootId, undefined, shortcutTo(theirs, single.id))
    expect(await contents()).toEqual(
      new Map([
        ['single.txt', 'single'],
        ['Mine/Family/Plans/plan.txt', 'plan'],
      ]),
    )
    const first = await read(null)
    expect(await read(first.cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    for (const change of [
      () => theirs.edit(plan.id, Buffer.from('another plan')),
      () => theirs.edit(single.id, Buffer.from('another')),
      () => theirs.delete(plan.id),
    ]) {
      const { cursor } = await read(null)
      change()
      await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    }
    expect(await contents()).toEqual(
      new Map([
        ['single.txt', 'another'],
        ['Mine/Family/Plans', ''],
      ]),
    )
  })

  it('notices that what stands for a folder of somebody else was taken away', async () => {
    const theirs = new DriveStore()
    theirs.add('plan.txt', Buffer.from('plan'), theirs.folder(['Plans']))
    drive.shortcuts.add(theirs)
    const { id } = drive.add('Plans', null, drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['Plans'])))
    const { cursor } = await read(null)
    drive.delete(id)
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    expect(await paths()).toEqual([])
  })

  it('saves what is their own also where a folder of somebody else is closed', async () => {
    const theirs = new DriveStore()
    theirs.add('plan.txt', Buffer.from('plan'), theirs.folder(['Plans']))
    drive.shortcuts.add(theirs)
    drive.add('Plans', null, drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['Plans'])))
    drive.add('own.txt', Buffer.from('own'))
    const closed = {
      kind: 'error',
      error: new GraphError(423, 'resourceLocked', 'Access to this site has been blocked.'),
    } as const
    running.emulator.faults.next(/list\.children/, closed)
    const { items, listedAll, cursor } = await read(null)
    expect([items.map(({ title }) => title), listedAll]).toEqual([['own.txt'], true])
    running.emulator.faults.next(/list\.children/, closed)
    const added = drive.add('new.txt', Buffer.from('new'))
    expect((await read(cursor)).items.map(({ key }) => key)).toEqual([added.id])
  })

  describe('where Microsoft always fails at a folder of somebody else', () => {
    const fails = { kind: 'error', error: documentedErrors.internal() } as const
    let theirs: DriveStore
    let plan: string

    beforeEach(() => {
      theirs = new DriveStore()
      plan = theirs.add('plan.txt', Buffer.from('plan'), theirs.folder(['Plans'])).id
      drive.shortcuts.add(theirs)
      drive.add('Plans', null, drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['Plans'])))
      drive.add('own.txt', Buffer.from('own'))
    })

    const titles = ({ items }: Read) => items.map(({ title }) => title)

    it('goes on with what is their own, tells of it each time, and takes nothing in it for gone', async () => {
      const first = await read(null)
      running.emulator.faults.always(/list\.children/, fails)
      drive.add('new.txt', Buffer.from('new'))
      const one = source()
      const second = await readChanges(one, own, first.cursor)
      expect([titles(second), second.removed.filter((key) => key.includes(plan))]).toEqual([['Plans', 'new.txt'], []])
      expect([...(await readContents(one, own, second.items)).values()].map(String)).toEqual([
        expect.stringMatching(/HTTP 500.*what was saved of it stays/),
        'new',
      ])
      expect(titles(await read(second.cursor))).toEqual(['Plans'])
      running.emulator.faults.clear()
      const healed = await read(second.cursor)
      expect([healed.items, healed.removed]).toEqual([[], [second.items[0]?.key]])
      expect(await read(healed.cursor)).toMatchObject({ items: [], removed: [] })
    })

    it('finds what changed in it meanwhile once Microsoft answers again', async () => {
      const first = await read(null)
      running.emulator.faults.always(/list\.children/, fails)
      const { cursor } = await read(first.cursor)
      theirs.edit(plan, Buffer.from('another plan'))
      running.emulator.faults.clear()
      await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    })

    it('lists everything when Microsoft answers for the first time, and until then nothing is taken for gone', async () => {
      running.emulator.faults.always(/list\.children/, fails)
      const first = await read(null)
      expect([titles(first), first.listedAll]).toEqual([['own.txt', 'Plans'], false])
      expect(titles(await read(first.cursor))).toEqual(['Plans'])
      running.emulator.faults.clear()
      await expect(read(first.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
      expect(await read(null)).toMatchObject({ listedAll: true, items: { length: 2 } })
    })

    it('fails where Microsoft is out of order as a whole', async () => {
      running.emulator.faults.always(/list\.children|drive\.get/, fails)
      await expect(read(null)).rejects.toMatchObject({ code: 'network' })
    })

    it('goes on with the others that are shared', async () => {
      const single = theirs.add('single.txt', Buffer.from('single'))
      drive.sharedWithMe.push({ drive: theirs, id: theirs.folder(['Plans']) }, { drive: theirs, id: single.id })
      running.emulator.faults.always(/list\.children/, fails)
      const first = await read(null, shared)
      expect([titles(first), first.listedAll]).toEqual([['single.txt', 'Plans'], false])
    })
  })

  it('asks for what lies in many folders of somebody else in few requests', async () => {
    const theirs = new DriveStore()
    for (let n = 0; n < 45; n++) theirs.add(`${n}.txt`, Buffer.from('x'), theirs.folder(['All', `Folder ${n}`]))
    const large = theirs.folder(['All', 'Large'])
    for (let n = 0; n < 450; n++) theirs.add(`large ${n}.txt`, Buffer.from('x'), large)
    drive.shortcuts.add(theirs)
    drive.add('All', null, drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['All'])))
    running.emulator.requests.length = 0
    expect((await paths()).filter((path) => path.startsWith('All/'))).toHaveLength(495)
    const outer = running.emulator.requests.filter(
      ({ method, isInner }) => method === '$batch' || (/children/.test(String(method)) && !isInner),
    )
    // One for the folder itself, three for the 46 in it, two for the rest of the large one.
    expect(outer).toHaveLength(6)
  })

  it('ends with a folder of somebody else in which something stands for that folder', async () => {
    const theirs = new DriveStore()
    const plans = theirs.folder(['Plans'])
    theirs.add('plan.txt', Buffer.from('plan'), plans)
    theirs.add('Again', null, plans, undefined, shortcutTo(theirs, plans))
    drive.shortcuts.add(theirs)
    drive.add('Plans', null, drive.rootId, undefined, shortcutTo(theirs, plans))
    const once = { kind: 'error', error: new GraphError(404, 'itemNotFound', 'Asked for a second time.') } as const
    running.emulator.faults.after(1, /list\.children/, once)
    running.emulator.requests.length = 0
    expect(await paths()).toEqual(['Plans/plan.txt'])
    expect(running.emulator.requests.filter(({ method }) => method === 'driveItem.list.children')).toHaveLength(1)
  })

  it('lists files in their folders, also where a folder comes after what lies in it', async () => {
    const folder = drive.folder(['Letters', '2024'])
    drive.add('bank.txt', Buffer.from('Dear bank'), folder)
    drive.add('top.txt', Buffer.from('top'))
    running.emulator.pages.replays = true
    expect(await paths()).toEqual(['Letters/2024/bank.txt', 'top.txt'])
    expect(await contents()).toEqual(
      new Map([
        ['Letters/2024/bank.txt', 'Dear bank'],
        ['top.txt', 'top'],
      ]),
    )
  })

  it('names what has changed, places it without another question, and nothing when nothing has', async () => {
    const folder = drive.folder(['Letters'])
    const edited = drive.add('a.txt', Buffer.from('a'), folder)
    const deleted = drive.add('b.txt', Buffer.from('b'), folder)
    const moved = drive.add('c.txt', Buffer.from('c'), folder)
    const first = await read(null)
    running.emulator.requests.length = 0
    expect(await read(first.cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    expect(running.emulator.requests.filter(({ method }) => method !== 'sign-in')).toHaveLength(1)
    drive.edit(edited.id, Buffer.from('a new'))
    drive.delete(deleted.id)
    drive.move(moved.id, 'renamed.txt', drive.rootId)
    const fresh = drive.folder(['Letters', 'New'])
    const added = drive.add('d.txt', Buffer.from('d'), fresh)
    running.emulator.requests.length = 0
    const second = await read(first.cursor)
    expect(running.emulator.requests.filter(({ method }) => method !== 'sign-in')).toHaveLength(1)
    expect(new Map(second.items.map(({ key, meta }) => [key, (meta['path'] as string[]).join('/')]))).toEqual(
      new Map([
        [edited.id, 'Letters/a.txt'],
        [moved.id, 'renamed.txt'],
        [added.id, 'Letters/New/d.txt'],
      ]),
    )
    expect(second.removed).toContain(deleted.id)
    // What only moved has the version that it had: nothing is downloaded.
    const version = (key: string, { items }: typeof first) => items.find((item) => item.key === key)?.version
    expect(version(moved.id, second)).toBe(version(moved.id, first))
    expect(version(edited.id, second)).not.toBe(version(edited.id, first))
  })

  it('lists again when a folder was renamed, moved or removed: what lies in it is not named itself', async () => {
    const folder = drive.folder(['Letters'])
    const { id } = drive.add('a.txt', Buffer.from('a'), folder)
    const first = await read(null)
    drive.move(folder, 'Post', drive.rootId)
    await expect(read(first.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    const second = await read(null)
    expect(second.items.map(({ key, version }) => [key, version])).toEqual(first.items.map(({ key, version }) => [key, version]))
    expect(second.items[0]).toMatchObject({ key: id, meta: { path: ['Post', 'a.txt'] } })
  })

  it('lists again after 410 with a resync hint', async () => {
    drive.add('a.txt', Buffer.from('a'))
    const { cursor } = await read(null)
    const headers = { location: `${running.emulator.origin}/v1.0/me/drive/root/delta` }
    const error = new GraphError(410, 'resyncChangesApplyDifferences', 'Resync required.', { headers })
    running.emulator.faults.next(/driveItem\.delta/, { kind: 'error', error })
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired', hint: 'apply' })
  })

  it('goes on where a download broke off, at a new address, without the sign-in', async () => {
    const octets = randomBytes(6 << 20)
    drive.add('large.bin', octets)
    drive.breaks.push(1 << 20, 2 << 20)
    const one = source()
    const { items } = await readChanges(one, own, null)
    const [content] = (await readContents(one, own, items)).values()
    expect(Buffer.isBuffer(content) && content.equals(octets)).toBe(true)
    expect(running.emulator.requests.filter(({ method }) => method === 'download')).toHaveLength(3)
  })

  it('waits where the place of the contents asks to slow down, and has the file then', async () => {
    drive.add('a.txt', Buffer.from('a'))
    running.emulator.faults.next(/^download$/, { kind: 'error', error: documentedErrors.tooManyRequests(40) }, 2)
    expect((await contents()).get('a.txt')).toBe('a')
    const [first, second, third] = running.emulator.requests.flatMap(({ method, at }) => (method === 'download' ? [at] : []))
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(40_000)
    expect(Number(third) - Number(second)).toBeGreaterThanOrEqual(40_000)
  })

  it('does not wait for hours where the place of the contents asks for it', async () => {
    drive.add('a.txt', Buffer.from('a'))
    running.emulator.faults.always(/^download$/, { kind: 'error', error: documentedErrors.tooManyRequests(3_600) })
    await expect(contents()).rejects.toMatchObject({ code: 'rate-limit', retryAfter: 3_600_000 })
    expect(running.emulator.requests.filter(({ method }) => method === 'download')).toHaveLength(1)
  })

  it('says of a file which it cannot have at the place that Microsoft named, and nothing of the sign-in', async () => {
    drive.add('a.txt', Buffer.from('a'))
    running.emulator.faults.always(/^download$/, { kind: 'error', error: documentedErrors.invalidToken() })
    expect((await contents()).get('a.txt')).toBe('Microsoft lets nobody in at the place that it named.')
  })

  it('takes all of it again from a server that does not hear of ranges', async () => {
    const octets = randomBytes(100_000)
    drive.add('a.bin', octets)
    drive.breaks.push(50_000)
    drive.ignoresRange = true
    const one = source()
    const { items } = await readChanges(one, own, null)
    const [content] = (await readContents(one, own, items)).values()
    expect(Buffer.isBuffer(content) && content.equals(octets)).toBe(true)
  })

  it('takes a download again whose checksum is another, and gives it up where it comes otherwise each time', async () => {
    const { id } = drive.add('a.bin', Buffer.from('right'))
    drive.rewritten.set(id, Buffer.from('wrong'))
    running.emulator.onRequest = (method) => {
      if (method === 'download') drive.rewritten.delete(id)
    }
    expect((await contents()).get('a.bin')).toBe('right')
    running.emulator.onRequest = (method) => {
      if (method === 'download') drive.rewritten.set(id, randomBytes(5))
    }
    drive.rewritten.set(id, Buffer.from('wrong'))
    expect((await contents()).get('a.bin')).toMatch(/changed while it was downloaded, or it arrived damaged/)
  })

  it('refuses a large download whose checksum is another', async () => {
    const { id } = drive.add('large.bin', randomBytes(5 << 20))
    drive.rewritten.set(id, randomBytes(5 << 20))
    const one = source()
    const { items } = await readChanges(one, own, null)
    expect(String((await readContents(one, own, items)).get(id))).toMatch(/arrived damaged/)
  })

  it('takes a large file whose checksum is right and whose size is told wrong', async () => {
    const content = randomBytes(5 << 20)
    const { id } = drive.add('photo.jpg', content, drive.rootId, undefined, { size: content.length + 4_857 })
    const one = source()
    const { items } = await readChanges(one, own, null)
    expect((await readContents(one, own, items)).get(id)).toEqual(content)
  })

  it('puts no large file together from pieces of two contents, also where Microsoft alters such files', async () => {
    await running.emulator.stop()
    await start({}, 'work')
    const { id } = drive.add('large.pdf', Buffer.alloc(33 << 20, 1))
    drive.rewritten.set(id, Buffer.alloc(33 << 20, 2))
    const one = source()
    const { items } = await readChanges(one, own, null)
    running.emulator.faults.next(/^download$/, { kind: 'truncate' })
    const found = (await readContents(one, own, items)).get(id)
    expect(typeof found === 'string' ? found : found?.length).toMatch(/arrived damaged/)
  })

  it('tries again, and not as it came, what was changed between the list and the download', async () => {
    const { id } = drive.add('a.txt', Buffer.from('as it was'))
    const one = source()
    const { items } = await readChanges(one, own, null)
    drive.edit(id, Buffer.from('as it is now'))
    expect(String((await readContents(one, own, items)).get(id))).toMatch(/changed while it was downloaded/)
  })

  it.each([
    ['IMG_1.heic', 'personal', /still picture alone/],
    ['scan.pdf', 'work', /rewritten or protected/],
    ['notes.txt', 'personal', /otherwise than it says/],
  ] as const)('keeps %s of a %s account, which comes shorter than is said each time, and says so', async (name, kind, words) => {
    await running.emulator.stop()
    await start({}, kind)
    const { id } = drive.add(name, randomBytes(5_000))
    drive.rewritten.set(id, Buffer.from('the still picture'))
    const one = source()
    const { items, cursor } = await readChanges(one, own, null)
    const fetched: Fetched[] = []
    for await (const answer of one.fetch(own, items, new AbortController().signal)) fetched.push(answer)
    expect(fetched).toMatchObject([{ key: id, meta: { note: expect.stringMatching(words) } }])
    const [answer] = fetched
    expect(answer !== undefined && 'content' in answer && String(Buffer.from(answer.content as Uint8Array))).toBe(
      'the still picture',
    )
    expect((await read(cursor)).items).toEqual([])
  })

  it('takes files of which Microsoft gives no checksum', async () => {
    drive.hasNoHashes = true
    drive.add('a.txt', Buffer.from('a'))
    expect((await contents()).get('a.txt')).toBe('a')
  })

  it('keeps an Office file that SharePoint has rewritten as it comes, says so, and does not fetch it again', async () => {
    await running.emulator.stop()
    await start({}, 'work')
    const { id } = drive.add('Report.docx', Buffer.from('as it was put there'))
    drive.rewritten.set(id, Buffer.from('as SharePoint gives it out'))
    const one = source()
    const { items, cursor } = await readChanges(one, own, null)
    const signal = new AbortController().signal
    const fetched: Fetched[] = []
    for await (const answer of one.fetch(own, items, signal)) fetched.push(answer)
    expect(fetched).toMatchObject([{ key: id, meta: { note: expect.stringContaining('SharePoint has rewritten or protected') } }])
    expect((await read(cursor)).items).toEqual([])
    expect((await read(null)).items[0]?.version).toBe(items[0]?.version)
  })

  it('lists what cannot be had with the reason: personal vault, malware, notebooks', async () => {
    drive.add('Tresor', null, drive.rootId, undefined, { specialFolder: { name: 'vault' } })
    drive.add('Coffre-fort', null, drive.rootId, undefined, { folder: null })
    drive.add('virus.exe', Buffer.from('x'), drive.rootId, undefined, { malware: { description: 'EICAR' } })
    drive.add('Notes', null, drive.rootId, undefined, { package: { type: 'oneNote' } })
    drive.add('Holidays', null, drive.rootId, undefined, { folder: null, bundle: { childCount: 3, album: {} } })
    const found = await contents()
    const names = ['Coffre-fort.url', 'Holidays.url', 'Notes.url', 'Tresor.url', 'virus.exe.url']
    expect([...found.keys()].sort()).toEqual(names)
    expect(found.get('Holidays.url')).toMatch(/An album/)
    expect(found.get('Tresor.url')).toMatch(/personal vault/)
    expect(found.get('Coffre-fort.url')).toMatch(/Most likely: The personal vault/)
    expect(found.get('virus.exe.url')).toMatch(/malware/)
    expect(found.get('Notes.url')).toMatch(/OneNote notebook/)
  })

  it('says why a locked file could not be had, and goes on with the others', async () => {
    const { id } = drive.add('locked.txt', Buffer.from('x'))
    drive.add('other.txt', Buffer.from('other'))
    drive.locked.set(id, { status: 423, code: 'resourceLocked' })
    const found = await contents()
    expect(found.get('other.txt')).toBe('other')
    expect(found.get('locked.txt')).toMatch(/Microsoft refuses it/)
  })

  it('reads files and folders that others share', async () => {
    const theirs = new DriveStore()
    const folder = theirs.folder(['Plans', 'Old'])
    theirs.add('plan.txt', Buffer.from('plan'), folder)
    const single = theirs.add('single.txt', Buffer.from('single'))
    drive.sharedWithMe.push({ drive: theirs, id: theirs.folder(['Plans']) }, { drive: theirs, id: single.id })
    expect(await contents(shared)).toEqual(
      new Map([
        ['Plans/Old/plan.txt', 'plan'],
        ['single.txt', 'single'],
      ]),
    )
  })

  it('leaves the inside of a notebook to OneNote, and lists nothing anew when only that has changed', async () => {
    const notebook = drive.add('Notes', null, drive.rootId, undefined, { package: { type: 'oneNote' } })
    const section = drive.add('Section.one', Buffer.from('x'), notebook.id)
    const bin = drive.add('OneNote_RecycleBin', null, notebook.id)
    drive.add('Old.one', Buffer.from('x'), bin.id)
    expect(await paths()).toEqual(['Notes.url'])
    const { cursor } = await read(null)
    drive.edit(section.id, Buffer.from('y'))
    expect((await read(cursor)).items.map(({ title }) => title)).toEqual(['Notes.url'])
  })

  it('puts a file whose folder Microsoft does not name at the top, and leaves none out', async () => {
    drive.add('lost.txt', Buffer.from('lost'), 'nowhere')
    expect(await paths()).toEqual(['lost.txt'])
  })

  it('saves the pages of notebooks with their pictures, and again when one has changed', async () => {
    const { notes } = running.user
    const section = notes.addSection('My notebook', 'Recipes')
    const picture = notes.addResource(Buffer.from('picture'), 'image/png')
    const address = `${running.emulator.origin}/v1.0/me/onenote/resources/${picture}/$value`
    const id = notes.addPage(
      section,
      'Soup',
      `<html><body><img src="${address}" /> <img src="https://elsewhere.example/x.png" /></body></html>`,
    )
    const pages: Collection = { service: 'files', key: 'notes', path: ['OneNote'] }
    const data = `data:image/png;base64,${Buffer.from('picture').toString('base64')}`
    expect(await contents(pages)).toEqual(
      new Map([
        [
          'My notebook/Recipes/Soup.html',
          `<html><body><img src="${data}" /> <img src="https://elsewhere.example/x.png" /></body></html>`,
        ],
      ]),
    )
    const first = await read(null, pages)
    expect(await read(first.cursor, pages)).toMatchObject({ items: [], removed: [], listedAll: false })
    notes.editPage(id, 'hotter')
    await expect(read(first.cursor, pages)).rejects.toMatchObject({ code: 'cursor-expired' })
    expect((await read(null, pages)).items[0]?.version).not.toBe(first.items[0]?.version)
  })

  it('saves earlier versions where they are wanted', async () => {
    await running.emulator.stop()
    await start({ files: { versions: 2 } })
    const { id } = drive.add('a.txt', Buffer.from('one'))
    for (const text of ['two', 'three', 'four']) drive.edit(id, Buffer.from(text))
    expect(await contents()).toEqual(
      new Map([
        ['a.txt', 'four'],
        ['a (version 3.0).txt', 'three'],
        ['a (version 2.0).txt', 'two'],
      ]),
    )
  })
})
