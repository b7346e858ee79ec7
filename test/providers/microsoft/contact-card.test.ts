import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import { describeCard, joinableCard } from '../../../src/formats/vcard.ts'
import { personCard } from '../../../src/providers/google/person-card.ts'
import { cardContact } from '../../../src/providers/microsoft/card-contact.ts'
import { contactCard } from '../../../src/providers/microsoft/contact-card.ts'
import { uidProperty } from '../../../src/providers/microsoft/contact-fields.ts'
import { describeUnless } from '../../fixtures/corpus.ts'
import { everyField as googleField } from '../../fixtures/google-person.ts'
import { everyField } from '../../fixtures/microsoft-contact.ts'
import { otherParsersMissing, readByOthers } from '../../fixtures/other-parsers.ts'

const picture = { mime: 'image/jpeg', octets: Buffer.from('picture') }
const everything = (): Buffer => contactCard({ ...everyField(), id: 'AAMkAD=' }, picture)
const linesOf = (card: Buffer): string[] => card.toString('utf8').replace(/\r\n /g, '').split('\r\n').slice(0, -1)

describe('the card of a contact', () => {
  it('holds every field that Outlook has, in properties that others know where there are any', () => {
    expect(linesOf(everything())).toEqual([
      'BEGIN:VCARD',
      'VERSION:4.0',
      'UID:AAMkAD=',
      'FN:Dr. Ada Byron King\\, Countess',
      'N:King;Ada;Byron;Dr.;Countess',
      'X-PHONETIC-LAST-NAME:キング',
      'X-PHONETIC-FIRST-NAME:エイダ',
      'NICKNAME:Ada\\; the "first"',
      'X-FILE-AS:King\\, Ada',
      'X-INITIALS:A.B.K.',
      'EMAIL;PREF=1:ada@example.org',
      'EMAIL;X-DISPLAY-NAME="Engine, analytical":engine@example.org',
      'TEL;TYPE=work:+44 20 1',
      'TEL;TYPE=work:+44 20 2',
      'TEL;TYPE=home:+44 20 3',
      'TEL;TYPE=cell:+44 77 4',
      'TEL;TYPE=work,fax:+49 30 11',
      'TEL;TYPE=home,fax:+49 30 12',
      'TEL;TYPE=fax:+49 30 13',
      'TEL;TYPE=pager:14',
      'TEL;TYPE=textphone:23',
      ...[
        'Car:15',
        'Radio:16',
        'Callback:17',
        'Other:18',
        'Primary:19',
        'Company:20',
        'Assistant:21',
        'Telex:22',
        'ISDN:24',
      ].flatMap((text, n) => [`item${n + 1}.TEL:${text.split(':')[1]}`, `item${n + 1}.X-ABLABEL:${text.split(':')[0]}`]),
      'ADR;TYPE=home:;;12 St James’s Square;London;Greater London;SW1Y;United Kingdom',
      'ADR;TYPE=work:;;1 Dorset Street\\;\\nMarylebone;London;;;',
      'item10.ADR:;;;Ockham;;;United Kingdom',
      'item10.X-ABLABEL:Other',
      'URL;TYPE=work:https://example.org/engine?a=1,2;3',
      'URL;TYPE=home:https://ada.example.org',
      'IMPP:sip:ada@sip.example.org',
      'IMPP:x-im:ada%20king',
      'FBURL:https://example.org/busy.ifb',
      'BDAY:18151210',
      'ANNIVERSARY:18350708',
      'item11.ORG:Babbage & Co.;Engines',
      'item11.TITLE:Analyst',
      'item11.X-PHONETIC-ORG:バベッジ',
      'item11.X-ORG-LOCATION:Desk 7\\, B1',
      'item12.ROLE:Mathematician',
      'item12.X-ABLABEL:Occupation',
      'RELATED;VALUE=text;TYPE=spouse:William King',
      'RELATED;VALUE=text;TYPE=child:Byron',
      'RELATED;VALUE=text;TYPE=child:Anne',
      'RELATED;VALUE=text;TYPE=child:Ralph',
      'item13.RELATED;VALUE=text;TYPE=co-worker:Charles Babbage',
      'item13.X-ABLABEL:Manager',
      'item14.RELATED;VALUE=text;TYPE=co-worker:Miss Wren',
      'item14.X-ABLABEL:Assistant',
      'NOTE:First line\\nSecond\\, with\\; signs \\\\ and  a bell',
      'INTEREST:Poetry\\, whist',
      'LANG:en-GB',
      'GENDER:F',
      'item15.X-CUSTOM:Mary Somerville',
      'item15.X-ABLABEL:Referred by',
      ...['one', 'two', 'three', 'four'].flatMap((text, n) => [
        `item${16 + n}.X-CUSTOM:${text}`,
        `item${16 + n}.X-ABLABEL:User field ${n + 1}`,
      ]),
      'item20.X-EXTERNAL-ID:G-1',
      'item20.X-ABLABEL:Government id',
      'item21.X-EXTERNAL-ID:C-1',
      'item21.X-ABLABEL:Customer id',
      'CATEGORIES:Friends\\, and family,Starred',
      'PHOTO:data:image/jpeg;base64,cGljdHVyZQ==',
      'END:VCARD',
    ])
  })

  it('can stand in one file with others, and is read by ical.js and our own reader', () => {
    const card = everything()
    for (const line of card.toString('utf8').split('\r\n')) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(75)
    expect(joinableCard(card)).toMatchObject({ strict: true })
    expect(describeCard(card)).toMatchObject({ uid: 'AAMkAD=' })
    const parsed = new ICAL.Component(ICAL.parse(card.toString('utf8')) as unknown[])
    const values = parsed.getAllProperties('email').map((property) => property.getFirstValue())
    expect(values).toEqual(['ada@example.org', 'engine@example.org'])
  })

  describeUnless(otherParsersMissing(), 'by another reader', () => {
    it('is read by vobject', () => {
      expect(readByOthers('vobject-vcard', everything())).toEqual(['VCARD'])
    })
  })

  it('is of the example in the reference ("List contacts") as a person reads it there', () => {
    const example = {
      ...{ id: 'AAMkADh6v5AAAvgTCEAAA=', parentFolderId: 'AAMkADh6v5AAAIEOAAA=', displayName: 'Guy Gilbert', givenName: 'Guy' },
      ...{ surname: 'Gilbert', initials: 'G.G.', birthday: '1974-07-22T00:00:00Z', jobTitle: null, children: [] },
      emailAddresses: [{ name: 'Guy Gilbert', address: 'guyg@contoso.com' }],
      homeAddress: {},
    }
    expect(linesOf(contactCard(example, null))).toEqual([
      ...['BEGIN:VCARD', 'VERSION:4.0', 'UID:AAMkADh6v5AAAvgTCEAAA=', 'FN:Guy Gilbert', 'N:Gilbert;Guy;;;', 'X-INITIALS:G.G.'],
      ...['EMAIL:guyg@contoso.com', 'BDAY:19740722', 'END:VCARD'],
    ])
  })

  it.each([
    { contact: {}, name: 'Unknown' },
    { contact: { emailAddresses: [{ address: 'a@example.org' }] }, name: 'a@example.org' },
    { contact: { companyName: 'Acme', homePhones: ['1'] }, name: 'Acme' },
    { contact: { displayName: '', nickName: 'Al' }, name: 'Al' },
  ])('has a name in any case: $name', ({ contact, name }) => {
    const card = contactCard({ ...contact, id: 'x' }, null)
    expect(linesOf(card)).toContain(`FN:${name}`)
    expect(joinableCard(card)).not.toBeNull()
  })

  it('knows the year in which Outlook puts a birthday of no year', () => {
    expect(linesOf(contactCard({ birthday: '1604-02-29T00:00:00Z' }, null))).toContain('BDAY:--0229')
    expect(cardContact(contactCard({ birthday: '1604-02-29T00:00:00Z' }, null)).contact.birthday).toBe('1604-02-29T11:59:00Z')
  })

  it('has the UID that a restore noted', () => {
    const singleValueExtendedProperties = [{ id: uidProperty, value: 'people/c1' }]
    expect(linesOf(contactCard({ id: 'x', singleValueExtendedProperties }, null))).toContain('UID:people/c1')
  })

  it('lets nobody write lines of their own', () => {
    const evil = 'x\r\nEND:VCARD\r\nBEGIN:VCARD\nFN:Mallory\u2028'
    const contact = {
      displayName: evil,
      businessHomePage: evil,
      imAddresses: [evil],
      categories: [evil],
      birthday: evil,
      id: evil,
    }
    const card = contactCard({ ...contact, emailAddresses: [{ name: evil, address: evil }] }, null)
    expect(linesOf(card).filter((line) => /^(BEGIN|END):/.test(line))).toEqual(['BEGIN:VCARD', 'END:VCARD'])
    expect(joinableCard(card)).not.toBeNull()
  })
})

describe('a contact made of a card', () => {
  it('is what the card was made of', () => {
    const { contact, photo, losses } = cardContact(everything())
    const { birthday: _, personalNotes: _2, singleValueExtendedProperties: _3, ...wanted } = everyField()
    expect(contact).toMatchObject(wanted)
    expect(contact.birthday).toBe('1815-12-10T11:59:00Z')
    const byId = (one: { readonly id?: string }, other: { readonly id?: string }) => ((one.id ?? '') < (other.id ?? '') ? -1 : 1)
    expect(contact.singleValueExtendedProperties?.toSorted(byId)).toEqual(
      everyField().singleValueExtendedProperties?.toSorted(byId),
    )
    expect(photo).toEqual(picture.octets)
    expect(losses).toEqual([])
    // And again the same card, but for what the account itself adds.
    expect(linesOf(contactCard({ ...contact, id: 'AAMkAD=' }, picture))).toEqual(linesOf(everything()))
  })

  it('keeps of a contact from Google what Outlook has room for, and tells what it has not', () => {
    const card = personCard(googleField([], ['g1']), { groups: new Map([['contactGroups/g1', 'Friends']]), photos: [] })
    const { contact, losses } = cardContact(card)
    expect(contact).toMatchObject({
      ...{ givenName: 'Ada', surname: 'King', mobilePhone: '+44 20 7946 0000', spouseName: 'William King' },
      ...{ companyName: 'Babbage & Co.', department: 'Engines', jobTitle: 'Analyst', categories: ['Friends', 'Starred'] },
    })
    expect(contact.emailAddresses?.map(({ address }) => address)).toEqual([
      'ada@example.org',
      'old@example.org',
      'engine@example.org',
    ])
    expect(losses).toEqual(
      expect.arrayContaining([
        'Outlook keeps only one employer.',
        'Outlook has no field for EXPERTISE.',
        'Outlook keeps only one nickname.',
      ]),
    )
  })

  it('takes what belongs in a field once, and says that there was more', () => {
    const card = [
      ...['BEGIN:VCARD', 'VERSION:3.0', 'FN:Bob', 'EMAIL:a@example.org', 'EMAIL:b@example.org', 'EMAIL:c@example.org'],
      ...[
        'EMAIL;TYPE=pref:d@example.org',
        'TEL;TYPE=WORK:1',
        'TEL;TYPE=WORK:2',
        'TEL;TYPE=WORK:3',
        'TEL;TYPE=WORK:4',
        'END:VCARD',
      ],
    ].join('\r\n')
    const { contact, losses } = cardContact(Buffer.from(card))
    expect(contact.emailAddresses?.map(({ address }) => address)).toEqual(['d@example.org', 'a@example.org', 'b@example.org'])
    expect(contact).toMatchObject({ displayName: 'Bob', businessPhones: ['1', '2'] })
    expect(losses).toEqual([
      'Outlook keeps only three e-mail addresses.',
      'Outlook keeps only so many telephone numbers of each kind.',
    ])
  })
})
