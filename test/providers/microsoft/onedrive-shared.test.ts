import { beforeEach, describe, expect, it } from 'vitest'
import { shortcutTo } from '../../emulators/microsoft/drive.ts'
import { DriveStore } from '../../emulators/microsoft/drive-store.ts'
import { documentedErrors, GraphError } from '../../emulators/microsoft/graph.ts'
import { type Read, readChanges, readContents } from '../../fixtures/read-source.ts'
import { oneDriveOfEachTest, own, shared } from './onedrive-account.ts'

describe('what others share in OneDrive', () => {
  const at = oneDriveOfEachTest()
  const { source, read, paths, contents, skipped } = at

  it('says that Microsoft does not tell what others share, where the list is empty or refused', async () => {
    const told = ['Shared with me', expect.stringMatching(/since November 2026.*Add shortcut to My files/)]
    expect((await skipped())[1]).toEqual(told)
    for (const [status, code] of [
      [410, 'gone'],
      [404, 'itemNotFound'],
      [403, 'accessDenied'],
      [400, 'invalidRequest'],
    ] as const) {
      at.running.emulator.faults.next(/sharedWithMe/, { kind: 'error', error: new GraphError(status, code, 'Deprecated.') })
      expect((await skipped())[1]).toEqual(told)
    }
  })

  it('takes nothing for gone that a list of shared items leaves out because it broke off', async () => {
    const theirs = new DriveStore()
    for (let n = 0; n < 201; n++) at.drive.sharedWithMe.push({ drive: theirs, id: theirs.add(`${n}.txt`, Buffer.from('x')).id })
    at.running.emulator.faults.after(1, /sharedWithMe/, {
      kind: 'error',
      error: new GraphError(404, 'itemNotFound', 'Deprecated.'),
    })
    expect((await read(null, shared)).listedAll).toBe(false)
  })

  it('looks each time into what of others stands among the files, and finds a drive whose id is told without its zeros', async () => {
    const theirs = new DriveStore('00ABCDEF01234567')
    const folder = theirs.folder(['Family', 'Plans'])
    const plan = theirs.add('plan.txt', Buffer.from('plan'), folder)
    const single = theirs.add('single.txt', Buffer.from('single'))
    at.drive.shortcuts.add(theirs)
    const mine = at.drive.folder(['Mine'])
    at.drive.add('Family', null, mine, undefined, shortcutTo(theirs, theirs.folder(['Family'])))
    at.drive.add('single.txt', null, at.drive.rootId, undefined, shortcutTo(theirs, single.id))
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
    at.drive.shortcuts.add(theirs)
    const { id } = at.drive.add('Plans', null, at.drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['Plans'])))
    const { cursor } = await read(null)
    at.drive.delete(id)
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    expect(await paths()).toEqual([])
  })

  it('saves what is their own also where a folder of somebody else is closed', async () => {
    const theirs = new DriveStore()
    theirs.add('plan.txt', Buffer.from('plan'), theirs.folder(['Plans']))
    at.drive.shortcuts.add(theirs)
    at.drive.add('Plans', null, at.drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['Plans'])))
    at.drive.add('own.txt', Buffer.from('own'))
    const closed = {
      kind: 'error',
      error: new GraphError(423, 'resourceLocked', 'Access to this site has been blocked.'),
    } as const
    at.running.emulator.faults.next(/list\.children/, closed)
    const { items, listedAll, cursor } = await read(null)
    expect([items.map(({ title }) => title), listedAll]).toEqual([['own.txt'], true])
    at.running.emulator.faults.next(/list\.children/, closed)
    const added = at.drive.add('new.txt', Buffer.from('new'))
    expect((await read(cursor)).items.map(({ key }) => key)).toEqual([added.id])
  })

  describe('where Microsoft always fails at a folder of somebody else', () => {
    const fails = { kind: 'error', error: documentedErrors.internal() } as const
    let theirs: DriveStore
    let plan: string

    beforeEach(() => {
      theirs = new DriveStore()
      plan = theirs.add('plan.txt', Buffer.from('plan'), theirs.folder(['Plans'])).id
      at.drive.shortcuts.add(theirs)
      at.drive.add('Plans', null, at.drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['Plans'])))
      at.drive.add('own.txt', Buffer.from('own'))
    })

    const titles = ({ items }: Read) => items.map(({ title }) => title)

    it('goes on with what is their own, tells of it each time, and takes nothing in it for gone', async () => {
      const first = await read(null)
      at.running.emulator.faults.always(/list\.children/, fails)
      at.drive.add('new.txt', Buffer.from('new'))
      const one = source()
      const second = await readChanges(one, own, first.cursor)
      expect([titles(second), second.removed.filter((key) => key.includes(plan))]).toEqual([['Plans', 'new.txt'], []])
      expect([...(await readContents(one, own, second.items)).values()].map(String)).toEqual([
        expect.stringMatching(/HTTP 500.*what was saved of it stays/),
        'new',
      ])
      expect(titles(await read(second.cursor))).toEqual(['Plans'])
      at.running.emulator.faults.clear()
      const healed = await read(second.cursor)
      expect([healed.items, healed.removed]).toEqual([[], [second.items[0]?.key]])
      expect(await read(healed.cursor)).toMatchObject({ items: [], removed: [] })
    })

    it('finds what changed in it meanwhile once Microsoft answers again', async () => {
      const first = await read(null)
      at.running.emulator.faults.always(/list\.children/, fails)
      const { cursor } = await read(first.cursor)
      theirs.edit(plan, Buffer.from('another plan'))
      at.running.emulator.faults.clear()
      await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    })

    it('lists everything when Microsoft answers for the first time, and until then nothing is taken for gone', async () => {
      at.running.emulator.faults.always(/list\.children/, fails)
      const first = await read(null)
      expect([titles(first), first.listedAll]).toEqual([['own.txt', 'Plans'], false])
      expect(titles(await read(first.cursor))).toEqual(['Plans'])
      at.running.emulator.faults.clear()
      await expect(read(first.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
      expect(await read(null)).toMatchObject({ listedAll: true, items: { length: 2 } })
    })

    it('fails where Microsoft is out of order as a whole', async () => {
      at.running.emulator.faults.always(/list\.children|drive\.get/, fails)
      await expect(read(null)).rejects.toMatchObject({ code: 'network' })
    })

    it('goes on with the others that are shared', async () => {
      const single = theirs.add('single.txt', Buffer.from('single'))
      at.drive.sharedWithMe.push({ drive: theirs, id: theirs.folder(['Plans']) }, { drive: theirs, id: single.id })
      at.running.emulator.faults.always(/list\.children/, fails)
      const first = await read(null, shared)
      expect([titles(first), first.listedAll]).toEqual([['single.txt', 'Plans'], false])
    })
  })

  it('asks for what lies in many folders of somebody else in few requests', async () => {
    const theirs = new DriveStore()
    for (let n = 0; n < 45; n++) theirs.add(`${n}.txt`, Buffer.from('x'), theirs.folder(['All', `Folder ${n}`]))
    const large = theirs.folder(['All', 'Large'])
    for (let n = 0; n < 450; n++) theirs.add(`large ${n}.txt`, Buffer.from('x'), large)
    at.drive.shortcuts.add(theirs)
    at.drive.add('All', null, at.drive.rootId, undefined, shortcutTo(theirs, theirs.folder(['All'])))
    at.running.emulator.requests.length = 0
    expect((await paths()).filter((path) => path.startsWith('All/'))).toHaveLength(495)
    const outer = at.running.emulator.requests.filter(
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
    at.drive.shortcuts.add(theirs)
    at.drive.add('Plans', null, at.drive.rootId, undefined, shortcutTo(theirs, plans))
    const once = { kind: 'error', error: new GraphError(404, 'itemNotFound', 'Asked for a second time.') } as const
    at.running.emulator.faults.after(1, /list\.children/, once)
    at.running.emulator.requests.length = 0
    expect(await paths()).toEqual(['Plans/plan.txt'])
    expect(at.running.emulator.requests.filter(({ method }) => method === 'driveItem.list.children')).toHaveLength(1)
  })

  it('reads files and folders that others share', async () => {
    const theirs = new DriveStore()
    const folder = theirs.folder(['Plans', 'Old'])
    theirs.add('plan.txt', Buffer.from('plan'), folder)
    const single = theirs.add('single.txt', Buffer.from('single'))
    at.drive.sharedWithMe.push({ drive: theirs, id: theirs.folder(['Plans']) }, { drive: theirs, id: single.id })
    expect(await contents(shared)).toEqual(
      new Map([
        ['Plans/Old/plan.txt', 'plan'],
        ['single.txt', 'single'],
      ]),
    )
  })
})
