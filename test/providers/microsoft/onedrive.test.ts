import { describe, expect, it } from 'vitest'
import type { Collection } from '../../../src/core/items.ts'
import { DriveStore } from '../../emulators/microsoft/drive-store.ts'
import { GraphError } from '../../emulators/microsoft/graph.ts'
import { collectionsOf } from '../../fixtures/read-source.ts'
import { oneDriveOfEachTest } from './onedrive-account.ts'

describe('a backup of OneDrive', () => {
  const at = oneDriveOfEachTest()
  const { source, read, paths, contents, start, skipped } = at

  it('has one collection for own files, one for what others share, and one for notebooks', async () => {
    const theirs = new DriveStore()
    at.drive.sharedWithMe.push({ drive: theirs, id: theirs.add('a.txt', Buffer.from('a')).id })
    expect(await skipped()).toEqual([
      ['OneDrive', null],
      ['Shared with me', null],
      ['OneNote', null],
    ])
  })

  it('says of an account that has no OneDrive how to get one, or to do without', async () => {
    for (const error of [
      new GraphError(404, 'ResourceNotFound', "User's mysite not found."),
      new GraphError(400, 'BadRequest', 'Tenant does not have a SPO license.'),
    ]) {
      at.running.emulator.faults.next(/drive\.get/, { kind: 'error', error })
      await expect(collectionsOf(source())).rejects.toMatchObject({
        code: 'not-found',
        message: expect.stringContaining('no OneDrive'),
        advice: expect.stringContaining('--only'),
      })
    }
  })

  it('says of somebody who left an organisation that nobody knows them, not that they have no OneDrive', async () => {
    const error = new GraphError(404, 'Request_ResourceNotFound', 'Resource does not exist.')
    at.running.emulator.faults.next(/drive\.get/, { kind: 'error', error })
    await expect(collectionsOf(source())).rejects.toMatchObject({ message: expect.stringContaining('knows nobody') })
  })

  it('lists files in their folders, also where a folder comes after what lies in it', async () => {
    const folder = at.drive.folder(['Letters', '2024'])
    at.drive.add('bank.txt', Buffer.from('Dear bank'), folder)
    at.drive.add('top.txt', Buffer.from('top'))
    at.running.emulator.pages.replays = true
    expect(await paths()).toEqual(['Letters/2024/bank.txt', 'top.txt'])
    expect(await contents()).toEqual(
      new Map([
        ['Letters/2024/bank.txt', 'Dear bank'],
        ['top.txt', 'top'],
      ]),
    )
  })

  it('names what has changed, places it without another question, and nothing when nothing has', async () => {
    const folder = at.drive.folder(['Letters'])
    const edited = at.drive.add('a.txt', Buffer.from('a'), folder)
    const deleted = at.drive.add('b.txt', Buffer.from('b'), folder)
    const moved = at.drive.add('c.txt', Buffer.from('c'), folder)
    const first = await read(null)
    at.running.emulator.requests.length = 0
    expect(await read(first.cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    expect(at.running.emulator.requests.filter(({ method }) => method !== 'sign-in')).toHaveLength(1)
    at.drive.edit(edited.id, Buffer.from('a new'))
    at.drive.delete(deleted.id)
    at.drive.move(moved.id, 'renamed.txt', at.drive.rootId)
    const fresh = at.drive.folder(['Letters', 'New'])
    const added = at.drive.add('d.txt', Buffer.from('d'), fresh)
    at.running.emulator.requests.length = 0
    const second = await read(first.cursor)
    expect(at.running.emulator.requests.filter(({ method }) => method !== 'sign-in')).toHaveLength(1)
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
    const folder = at.drive.folder(['Letters'])
    const { id } = at.drive.add('a.txt', Buffer.from('a'), folder)
    const first = await read(null)
    at.drive.move(folder, 'Post', at.drive.rootId)
    await expect(read(first.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    const second = await read(null)
    expect(second.items.map(({ key, version }) => [key, version])).toEqual(first.items.map(({ key, version }) => [key, version]))
    expect(second.items[0]).toMatchObject({ key: id, meta: { path: ['Post', 'a.txt'] } })
  })

  it('lists again after 410 with a resync hint', async () => {
    at.drive.add('a.txt', Buffer.from('a'))
    const { cursor } = await read(null)
    const headers = { location: `${at.running.emulator.origin}/v1.0/me/drive/root/delta` }
    const error = new GraphError(410, 'resyncChangesApplyDifferences', 'Resync required.', { headers })
    at.running.emulator.faults.next(/driveItem\.delta/, { kind: 'error', error })
    await expect(read(cursor)).rejects.toMatchObject({ code: 'cursor-expired', hint: 'apply' })
  })

  it('lists what cannot be had with the reason: personal vault, malware, notebooks', async () => {
    at.drive.add('Tresor', null, at.drive.rootId, undefined, { specialFolder: { name: 'vault' } })
    at.drive.add('Coffre-fort', null, at.drive.rootId, undefined, { folder: null })
    at.drive.add('virus.exe', Buffer.from('x'), at.drive.rootId, undefined, { malware: { description: 'EICAR' } })
    at.drive.add('Notes', null, at.drive.rootId, undefined, { package: { type: 'oneNote' } })
    at.drive.add('Holidays', null, at.drive.rootId, undefined, { folder: null, bundle: { childCount: 3, album: {} } })
    const found = await contents()
    const names = ['Coffre-fort.url', 'Holidays.url', 'Notes.url', 'Tresor.url', 'virus.exe.url']
    expect([...found.keys()].sort()).toEqual(names)
    expect(found.get('Holidays.url')).toMatch(/An album/)
    expect(found.get('Tresor.url')).toMatch(/personal vault/)
    expect(found.get('Coffre-fort.url')).toMatch(/Most likely: The personal vault/)
    expect(found.get('virus.exe.url')).toMatch(/malware/)
    expect(found.get('Notes.url')).toMatch(/OneNote notebook/)
  })

  it('leaves the inside of a notebook to OneNote, and lists nothing anew when only that has changed', async () => {
    const notebook = at.drive.add('Notes', null, at.drive.rootId, undefined, { package: { type: 'oneNote' } })
    const section = at.drive.add('Section.one', Buffer.from('x'), notebook.id)
    const bin = at.drive.add('OneNote_RecycleBin', null, notebook.id)
    at.drive.add('Old.one', Buffer.from('x'), bin.id)
    expect(await paths()).toEqual(['Notes.url'])
    const { cursor } = await read(null)
    at.drive.edit(section.id, Buffer.from('y'))
    expect((await read(cursor)).items.map(({ title }) => title)).toEqual(['Notes.url'])
  })

  it('puts a file whose folder Microsoft does not name at the top, and leaves none out', async () => {
    at.drive.add('lost.txt', Buffer.from('lost'), 'nowhere')
    expect(await paths()).toEqual(['lost.txt'])
  })

  it('saves the pages of notebooks with their pictures, and again when one has changed', async () => {
    const { notes } = at.running.user
    const section = notes.addSection('My notebook', 'Recipes')
    const picture = notes.addResource(Buffer.from('picture'), 'image/png')
    const address = `${at.running.emulator.origin}/v1.0/me/onenote/resources/${picture}/$value`
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
    await at.running.emulator.stop()
    await start({ files: { versions: 2 } })
    const { id } = at.drive.add('a.txt', Buffer.from('one'))
    for (const text of ['two', 'three', 'four']) at.drive.edit(id, Buffer.from(text))
    expect(await contents()).toEqual(
      new Map([
        ['a.txt', 'four'],
        ['a (version 3.0).txt', 'three'],
        ['a (version 2.0).txt', 'two'],
      ]),
    )
  })
})
