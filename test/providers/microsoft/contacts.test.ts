import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection } from '../../../src/core/items.ts'
import type { Source } from '../../../src/core/source.ts'
import { microsoft as provider } from '../../../src/providers/microsoft/provider.ts'
import type { ContactsStore } from '../../emulators/microsoft/contacts-store.ts'
import { documentedErrors, GraphError } from '../../emulators/microsoft/graph.ts'
import { type MicrosoftAccount, startMicrosoftAccount } from '../../fixtures/microsoft-account.ts'
import { everyField } from '../../fixtures/microsoft-contact.ts'
import { collectionsOf, readChanges, readContents } from '../../fixtures/read-source.ts'

describe("a backup of Outlook's contacts", () => {
  let running: MicrosoftAccount
  let store: ContactsStore
  let contacts: Collection

  beforeEach(async () => {
    running = await startMicrosoftAccount({}, { services: ['contacts'] })
    store = running.user.contacts
    contacts = { service: 'contacts', key: store.main.id, path: ['Contacts'] }
  })

  afterEach(() => running.emulator.stop())

  const source = (): Source => provider.source(running.account, 'contacts', { ...running.context })

  async function cards(c = contacts): Promise<Map<string, string>> {
    const one = source()
    const { items } = await readChanges(one, c, null)
    return new Map([...(await readContents(one, c, items))].map(([key, octets]) => [key, String(octets).replace(/\r\n /g, '')]))
  }

  it('finds folders in folders', async () => {
    const friends = store.addFolder('Friends')
    store.addFolder('Chess', friends.id)
    store.addFolder('Elsewhere', 'root')
    expect((await collectionsOf(source())).map(({ path }) => path.join('/')).sort()).toEqual([
      ...['Contacts', 'Contacts/Friends', 'Contacts/Friends/Chess', 'Elsewhere'],
    ])
  })

  it('fetches every field, also those that only Outlook itself shows, and pictures', async () => {
    const { id } = store.add(everyField())
    store.setPhoto(id, Buffer.from('picture'))
    const card = (await cards()).get(id) ?? ''
    expect(card).toContain('TEL;TYPE=work,fax:+49 30 11')
    expect(card).toContain('ANNIVERSARY:18350708')
    expect(card).toContain('X-ABLABEL:User field 4')
    expect(card).toContain(`PHOTO:data:image/jpeg;base64,${Buffer.from('picture').toString('base64')}`)
  })

  it('asks for ids that stay in every call, also of the pages that follow', async () => {
    for (let n = 0; n < 620; n++) store.add({ displayName: `Person ${n}` })
    expect(new Set(await cards()).size).toBe(620)
    const calls = running.emulator.requests.filter(({ method }) => method?.startsWith('contact') || method?.startsWith('profile'))
    expect(calls.length).toBeGreaterThan(5)
    expect(calls.filter(({ prefer }) => !prefer.includes('IdType="ImmutableId"'))).toEqual([])
  })

  it('names what has changed since a delta, and nothing when nothing has', async () => {
    const kept = store.add({ displayName: 'Kept' })
    const edited = store.add({ displayName: 'Edited' })
    const deleted = store.add({ displayName: 'Deleted' })
    const first = await readChanges(source(), contacts, null)
    running.emulator.requests.length = 0
    expect(await readChanges(source(), contacts, first.cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    expect(running.emulator.requests.filter(({ method }) => method !== 'sign-in')).toHaveLength(1)
    store.edit(edited.id, { displayName: 'Edited again' })
    store.delete(deleted.id)
    const added = store.add({ displayName: 'Added' })
    const second = await readChanges(source(), contacts, first.cursor)
    expect(second.removed).toEqual([deleted.id])
    expect(second.items.map(({ key }) => key).sort()).toEqual([added.id, edited.id].sort())
    expect(second.items.map(({ key }) => key)).not.toContain(kept.id)
    // A full listing finds the same versions, so nothing is fetched twice.
    const versions = new Map((await readChanges(source(), contacts, null)).items.map(({ key, version }) => [key, version]))
    for (const { key, version } of second.items) expect(versions.get(key)).toBe(version)
  })

  it('keeps the id of a contact that moved to another folder', async () => {
    const friends = store.addFolder('Friends')
    const { id } = store.add({ displayName: 'Ada' })
    const [here, there] = [await readChanges(source(), contacts, null), { ...contacts, key: friends.id }]
    const { cursor } = await readChanges(source(), there, null)
    store.move(id, friends)
    expect((await readChanges(source(), contacts, here.cursor)).removed).toEqual([id])
    expect((await readChanges(source(), there, cursor)).items.map(({ key }) => key)).toEqual([id])
  })

  it('saves pictures also where Microsoft tells nothing about them, as in personal accounts', async () => {
    const [{ id: seen }, { id: none }] = [store.add({ displayName: 'Seen' }), store.add({ displayName: 'None' })]
    store.setPhoto(seen, Buffer.from('picture'))
    const error = new GraphError(400, 'ErrorInvalidRequest', 'The OData request is not supported.')
    running.emulator.faults.always(/^profilePhoto\.get$/, { kind: 'error', error })
    const one = source()
    const { items } = await readChanges(one, contacts, null)
    const cards = await readContents(one, contacts, items)
    expect([String(cards.get(seen)).includes('PHOTO:'), String(cards.get(none)).includes('PHOTO:')]).toEqual([true, false])
  })

  it('finds a new picture, of which no delta tells, when everything is listed again', async () => {
    const { id } = store.add({ displayName: 'Ada' })
    const first = await readChanges(source(), contacts, null)
    store.setPhoto(id, Buffer.from('new picture'))
    expect((await readChanges(source(), contacts, first.cursor)).items).toEqual([])
    running.emulator.advance(0)
    const later = {
      ...running.context,
      clock: { ...running.clock, now: () => new Date(running.clock.now().getTime() + 15 * 86_400_000) },
    }
    const late = provider.source(running.account, 'contacts', later)
    await expect(readChanges(late, contacts, first.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    const second = await readChanges(source(), contacts, null)
    expect(second.items[0]?.version).not.toBe(first.items[0]?.version)
  })

  it('lists again after syncStateNotFound', async () => {
    store.add({ displayName: 'Ada' })
    const { cursor } = await readChanges(source(), contacts, null)
    running.emulator.pages.forget()
    await expect(readChanges(source(), contacts, cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('is not confused by pages that come again and in another order', async () => {
    running.emulator.pages.replays = true
    for (let n = 0; n < 30; n++) store.add({ displayName: `Person ${n}` })
    const first = await readChanges(source(), contacts, null)
    expect(new Set(first.items.map(({ key }) => key)).size).toBe(30)
    store.edit(first.items[3]?.key ?? '', { displayName: 'Edited' })
    expect((await readChanges(source(), contacts, first.cursor)).items.map(({ key }) => key)).toEqual([first.items[3]?.key])
  })

  it('waits when Microsoft asks to slow down', async () => {
    store.add({ displayName: 'Ada' })
    running.emulator.faults.next(/contact\.delta/, { kind: 'error', error: documentedErrors.tooManyRequests(20) })
    const before = running.clock.now().getTime()
    expect((await readChanges(source(), contacts, null)).items).toHaveLength(1)
    expect(running.clock.now().getTime() - before).toBeGreaterThanOrEqual(20_000)
  })

  it('keeps a contact whose picture cannot be had for this run', async () => {
    const { id } = store.add({ displayName: 'Ada' })
    store.setPhoto(id, Buffer.from('picture'))
    const one = source()
    const { items } = await readChanges(one, contacts, null)
    running.emulator.faults.always(/profilePhoto\.get\.value/, { kind: 'error', error: documentedErrors.accessDenied() })
    expect(String((await readContents(one, contacts, items)).get(id))).toContain('FN:Ada')
  })
})
