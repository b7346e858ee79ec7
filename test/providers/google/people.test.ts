import ICAL from 'ical.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Collection } from '../../../src/core/items.ts'
import type { Source } from '../../../src/core/source.ts'
import { describeCard, joinableCard } from '../../../src/formats/vcard.ts'
import { personCard } from '../../../src/providers/google/person-card.ts'
import { google as provider } from '../../../src/providers/google/provider.ts'
import { documentedErrors } from '../../emulators/google/faults.ts'
import type { PeopleStore } from '../../emulators/google/people-store.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { type GoogleAccount, startGoogleAccount } from '../../fixtures/google-account.ts'
import { everyField } from '../../fixtures/google-person.ts'
import { otherParsersMissing, readByOthers } from '../../fixtures/other-parsers.ts'
import { collectionsOf, readChanges, readContents } from '../../fixtures/read-source.ts'

const contacts: Collection = { service: 'contacts', key: 'contacts', path: ['Contacts'] }
const others: Collection = { service: 'contacts', key: 'other', path: ['Other contacts'] }

function everything(): Buffer {
  const groups = new Map([['contactGroups/g1', 'Friends, and family']])
  const photos = [{ mime: 'image/jpeg', octets: Buffer.from('picture') }]
  const person = { ...everyField([], ['g1']), resourceName: 'people/c1' }
  return personCard(person, { groups, photos })
}

/** The lines of a card, unfolded. */
const linesOf = (card: Buffer): string[] => card.toString('utf8').replace(/\r\n /g, '').split('\r\n').slice(0, -1)

describe('the card of a contact', () => {
  it('holds every field that Google has, in properties that others know where there are any', () => {
    expect(linesOf(everything())).toEqual([
      'BEGIN:VCARD',
      'VERSION:4.0',
      'UID:people/c1',
      'FN;PREF=1:Dr. Ada Byron King\\, Countess',
      'FN:Augusta Ada Byron',
      'N:King;Ada;Byron;Dr.;Countess',
      'X-PHONETIC-LAST-NAME:キング',
      'X-PHONETIC-FIRST-NAME:エイダ',
      'NICKNAME:Ada\\; the "first"',
      'item1.NICKNAME:Byron',
      'item1.X-ABLABEL:MAIDEN_NAME',
      'X-FILE-AS:King\\, Ada',
      'EMAIL;TYPE=home;PREF=1:ada@example.org',
      'EMAIL;TYPE=work:old@example.org',
      'item2.EMAIL:engine@example.org',
      'item2.X-ABLABEL:Analytical engine',
      'TEL;TYPE=cell:+44 20 7946 0000',
      'TEL;TYPE=home,fax:1842',
      'item3.TEL:1843',
      'item3.X-ABLABEL:Workshop',
      'ADR;LABEL=12 St James’s Square^nLondon SW1Y^nUnited Kingdom;TYPE=home:PO 1;Flat\\; 2;12 St James’s Square;London;Greater London;SW1Y;United Kingdom',
      'item4.ADR;LABEL=Somewhere^nby the sea:;;Somewhere\\nby the sea;;;;',
      'item4.X-ABLABEL:Summer',
      'item5.URL:https://example.org/ada?a=1,2;3',
      'item5.X-ABLABEL:blog',
      'URL;TYPE=work:https://example.org',
      'IMPP;TYPE=home:xmpp:ada',
      'IMPP:x-telegraph:ada%20king',
      'IMPP;TYPE=work:sip:ada@sip.example.org',
      'CALURI:https://example.org/ada.ics',
      'FBURL:https://example.org/busy',
      'BDAY:--1210',
      'item6.X-ABDATE:18151210',
      'item6.X-ABLABEL:Birthday',
      'ANNIVERSARY:18350708',
      'item7.X-ABDATE:1843-10',
      'item7.X-ABLABEL:First program',
      'item8.ORG:Babbage & Co.;Engines',
      'item8.TITLE:Analyst',
      'item8.ROLE:Writes notes',
      'ORG:Royal Society',
      'item9.ROLE:Mathematician',
      'item9.X-ABLABEL:Occupation',
      'RELATED;VALUE=text;TYPE=spouse:William King',
      'item10.RELATED;VALUE=text:Lord Byron',
      'item10.X-ABLABEL:Father',
      'item11.RELATED;VALUE=text:Charles Babbage',
      'item11.X-ABLABEL:Colleague in engines',
      'NOTE:First line\\nSecond\\, with\\; signs \\\\ and  a bell',
      'INTEREST:Poetry',
      'EXPERTISE:Bernoulli numbers',
      'LANG:en-GB',
      'GENDER:F',
      'item12.X-LOCATION:Desk 7\\, B1\\, 3',
      'item12.X-ABLABEL:Location',
      'item13.X-CUSTOM:38',
      'item13.X-ABLABEL:Shoe size',
      'item14.X-EXTERNAL-ID:42',
      'item14.X-ABLABEL:Customer',
      'CATEGORIES:Friends\\, and family,Starred',
      'PHOTO:data:image/jpeg;base64,cGljdHVyZQ==',
      'END:VCARD',
    ])
  })

  it('is folded as the standard wants, without tearing a character', () => {
    const physical = everything().toString('utf8').split('\r\n')
    for (const line of physical) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    expect(everything().toString('utf8')).not.toContain('\ufffd')
  })

  it('can stand in one file with others, and is read by ical.js and our own reader', () => {
    const card = everything()
    expect(joinableCard(card)).toMatchObject({ strict: true })
    expect(describeCard(card)).toMatchObject({ uid: 'people/c1' })
    const parsed = new ICAL.Component(ICAL.parse(card.toString('utf8')) as unknown[])
    const values = parsed.getAllProperties('email').map((property) => property.getFirstValue())
    expect(values).toEqual(['ada@example.org', 'old@example.org', 'engine@example.org'])
  })

  describeUnless(otherParsersMissing(), 'by another reader', () => {
    it('is read by vobject', () => {
      expect(readByOthers('vobject-vcard', everything())).toEqual(['VCARD'])
    })
  })

  it.each([
    { person: {}, name: 'Unknown' },
    { person: { emailAddresses: [{ value: 'a@example.org' }] }, name: 'a@example.org' },
    { person: { organizations: [{ name: 'Acme' }], phoneNumbers: [{ value: '1' }] }, name: 'Acme' },
    { person: { names: [{ displayName: '' }], nicknames: [{ value: 'Al' }] }, name: 'Al' },
  ])('has a name in any case: $name', ({ person, name }) => {
    const card = personCard({ ...person, resourceName: 'people/c2' }, { groups: new Map(), photos: [] })
    expect(linesOf(card)).toContain(`FN:${name}`)
    expect(joinableCard(card)).not.toBeNull()
  })

  it('lets nobody write lines of their own', () => {
    const evil = 'x\r\nEND:VCARD\r\nBEGIN:VCARD\nFN:Mallory\u2028'
    const person = {
      names: [{ displayName: evil }],
      urls: [{ value: evil, type: evil }],
      addresses: [{ formattedValue: evil, type: evil }],
      locales: [{ value: evil }],
    }
    const card = personCard({ ...person, resourceName: evil }, { groups: new Map(), photos: [{ url: evil }] })
    expect(linesOf(card).filter((line) => /^(BEGIN|END):/.test(line))).toEqual(['BEGIN:VCARD', 'END:VCARD'])
    expect(joinableCard(card)).not.toBeNull()
  })
})

describe("a backup of Google's contacts", () => {
  let running: GoogleAccount
  let people: PeopleStore

  beforeEach(async () => {
    running = await startGoogleAccount({}, {}, ['contacts'])
    people = running.user.people
  })

  afterEach(() => running.emulator.stop())

  const source = (): Source => provider.source(running.account, 'contacts', { ...running.context })
  const person = (displayName: string) => ({ names: [{ displayName }] })

  async function cardsOf(c: Collection): Promise<string[]> {
    const { items } = await readChanges(source(), c, null)
    return [...(await readContents(source(), c, items)).values()].map(String)
  }

  it('has an address book for contacts and one for other contacts', async () => {
    people.add(person('Ada'))
    people.add({ names: [{ displayName: 'Bob' }], emailAddresses: [{ value: 'bob@example.org' }] }, people.others)
    expect((await collectionsOf(source())).map(({ path }) => path)).toEqual([['Contacts'], ['Other contacts']])
    expect(await cardsOf(contacts)).toEqual([expect.stringContaining('FN:Ada')])
    expect(await cardsOf(others)).toEqual([expect.stringMatching(/FN:Bob.*EMAIL:bob@example\.org/s)])
  })

  it('fetches every field, the names of groups, and pictures in full size', async () => {
    const group = people.addGroup('Friends')
    const photo = people.addPhoto(Buffer.from('picture '))
    people.add(everyField([`${running.emulator.origin}/photos/${photo}=s100`], [group]))
    const [card = ''] = await cardsOf(contacts)
    expect(card).toContain('CATEGORIES:Friends,Starred')
    expect(card.replace(/\r\n /g, '')).toContain(`PHOTO:data:image/jpeg;base64,${Buffer.from('picture s0').toString('base64')}`)
  })

  it('asks for a field that the reference does not list, and for no more than it lists where Google refuses that', async () => {
    for (let n = 0; n < 250; n++) people.add({ ...person(`Person ${n}`), fileAses: [{ value: `${n}, filed` }] })
    const answers = () =>
      running.emulator.requests.filter(({ method }) => method === 'people.people.getBatchGet').map(({ status }) => status)
    const refused = await cardsOf(contacts)
    expect(answers()).toEqual([400, 200, 200])
    expect(refused.filter((card) => card.includes('FN:Person') && !card.includes('X-FILE-AS'))).toHaveLength(250)
    people.givesFileAs = true
    running.emulator.requests.length = 0
    const given = await cardsOf(contacts)
    expect(answers()).toEqual([200, 200])
    expect(given.filter((card) => card.includes('X-FILE-AS:'))).toHaveLength(250)
  })

  it('asks several questions at once without the field that Google refuses, when all of them are refused', async () => {
    for (let n = 0; n < 600; n++) people.add(person(`Person ${n}`))
    const { items } = await readChanges(source(), contacts, null)
    const one = source()
    const parts = [items.slice(0, 200), items.slice(200, 400), items.slice(400)]
    const cards = await Promise.all(parts.map((part) => readContents(one, contacts, part)))
    expect(cards.flatMap((part) => [...part.values()]).filter((card) => String(card).includes('FN:Person'))).toHaveLength(600)
  })

  it('keeps a contact whose picture cannot be had', async () => {
    people.add({
      ...person('Ada'),
      photos: [{ url: `${running.emulator.origin}/photos/none=s100` }, { url: 'https://evil.example/x' }],
    })
    const [card = ''] = await cardsOf(contacts)
    expect(card).toContain('FN:Ada')
    expect(card).toContain('PHOTO:https://evil.example/x')
  })

  it('reads many contacts in few calls', async () => {
    people.givesFileAs = true
    for (let n = 0; n < 450; n++) people.add(person(`Person ${n}`))
    running.emulator.requests.length = 0
    expect(new Set(await cardsOf(contacts)).size).toBe(450)
    const calls = running.emulator.requests.map(({ method }) => method).filter((method) => method?.startsWith('people.'))
    expect(calls.filter((method) => method !== 'people.contactGroups.list')).toEqual([
      'people.people.connections.list',
      ...Array.from({ length: 3 }, () => 'people.people.getBatchGet'),
    ])
  })

  it('names what has changed since a token, and nothing when nothing has', async () => {
    const kept = people.add(person('Kept'))
    const edited = people.add(person('Edited'))
    const deleted = people.add(person('Deleted'))
    const first = await readChanges(source(), contacts, null)
    expect(first).toMatchObject({ listedAll: true })
    expect(await readChanges(source(), contacts, first.cursor)).toMatchObject({ items: [], removed: [], listedAll: false })
    people.edit(edited, person('Edited again'))
    people.delete(deleted)
    const added = people.add(person('Added'))
    const second = await readChanges(source(), contacts, first.cursor)
    expect(second.removed).toEqual([deleted])
    expect(second.items.map(({ key }) => key).sort()).toEqual([added, edited].sort())
    expect(second.items.find(({ key }) => key === edited)?.version).not.toBe(
      first.items.find(({ key }) => key === edited)?.version,
    )
    expect(second.items.map(({ key }) => key)).not.toContain(kept)
  })

  it('gives unchanged contacts the same version in every listing', async () => {
    people.add(everyField([], [people.addGroup('Friends')]))
    const [first, second] = [await readChanges(source(), contacts, null), await readChanges(source(), contacts, null)]
    expect(second.items).toEqual(first.items)
  })

  it('lists again a week after the last full listing: EXPIRED_SYNC_TOKEN', async () => {
    people.add(person('Ada'))
    const { cursor } = await readChanges(source(), contacts, null)
    const { cursor: next } = await readChanges(source(), contacts, cursor)
    running.emulator.advance(7 * 86_400_000 + 1)
    await expect(readChanges(source(), contacts, next)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  it('lists again when a group has another name, and then only its contacts have another version', async () => {
    const group = people.addGroup('Friends')
    const member = people.add({
      ...person('Ada'),
      memberships: [{ contactGroupMembership: { contactGroupResourceName: `contactGroups/${group}` } }],
    })
    people.add(person('Bob'))
    const first = await readChanges(source(), contacts, null)
    people.groups.set(group, 'Best friends')
    await expect(readChanges(source(), contacts, first.cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
    const second = await readChanges(source(), contacts, null)
    const changed = second.items.filter(({ key, version }) => first.items.find((item) => item.key === key)?.version !== version)
    expect(changed.map(({ key }) => key)).toEqual([member])
  })

  it('waits when the first page of a full listing is over its quota', async () => {
    people.add(person('Ada'))
    running.emulator.faults.next(/connections\.list/, { kind: 'error', error: documentedErrors.tooManyRequests(20) })
    const before = running.clock.now().getTime()
    expect((await readChanges(source(), contacts, null)).items).toHaveLength(1)
    expect(running.clock.now().getTime() - before).toBeGreaterThanOrEqual(20_000)
  })
})
