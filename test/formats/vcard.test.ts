import ICAL from 'ical.js'
import { describe, expect, it } from 'vitest'
import { type CardPiece, describeCard, joinableCard, originalCard, splitCards } from '../../src/formats/vcard.ts'
import { corpus, describeUnless, describeWithCorpus } from '../fixtures/corpus.ts'
import { otherParsersMissing, readByOthers } from '../fixtures/other-parsers.ts'
import { patience } from '../fixtures/patience.ts'

async function* inChunks(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < bytes.length; i += length) yield bytes.subarray(i, i + length)
}

async function pieces(bytes: Uint8Array, chunkLength = 64 * 1024, limit?: number): Promise<CardPiece[]> {
  const found: CardPiece[] = []
  for await (const piece of splitCards(inChunks(bytes, chunkLength), limit)) found.push(piece)
  return found
}

/** Cards as they are, other pieces in an array. */
async function split(text: string, chunkLength?: number): Promise<(string | [string])[]> {
  const found = await pieces(Buffer.from(text), chunkLength)
  return found.map(({ bytes, isCard }) => (isCard ? bytes.toString() : [bytes.toString()]))
}

const card = (...lines: string[]): string => ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n')

describe('a card that can stand in one file with others', () => {
  it.each([
    ['has CRLF', card('FN:Ada')],
    ['has LF', card('FN:Ada').replaceAll('\r\n', '\n')],
    ['lacks the final line end', card('FN:Ada').slice(0, -2)],
    ['has LF and lacks the final line end', card('FN:Ada').replaceAll('\r\n', '\n').slice(0, -1)],
    ['has empty lines behind it', `${card('FN:Ada')}\r\n\r\n`],
    ['has groups', card('item1.TEL;TYPE=home:1', 'item1.X-ABLabel:_$!<Home>!$_')],
    ['has folded lines, also inside of names and parameters', card('NO', ' TE;LANGU', '\tAGE=en:a', ' b', ' ')],
    ['has quoted parameters', card('ADR;LABEL="a:b;c,d";TYPE=home,"x":;;Street')],
    ['has a photo', card(`PHOTO;ENCODING=b;TYPE=JPEG:${Buffer.alloc(300_000, 7).toString('base64')}`)],
    ['has text that looks like another card', card('NOTE:END:VCARD\\nBEGIN:VCARD', 'NOTE:a', ' END:VCARD', ' BEGIN:VCARD')],
    ['has characters outside of ASCII', card('FN:Zoë 愛 👩‍👩‍👧\u2028\u0085')],
  ])('%s, and comes back octet for octet', async (_, text) => {
    const bytes = Buffer.from(text)
    const joinable = joinableCard(bytes)
    if (joinable === null) throw new Error('not joinable')
    expect(joinable.text.toString()).toBe(`${text.replaceAll('\r\n', '\n').trimEnd().replaceAll('\n', '\r\n')}\r\n`)
    expect(originalCard(joinable.text, joinable.form).equals(bytes)).toBe(true)
    const neighbour = Buffer.from(card('FN:Neighbour'))
    const file = Buffer.concat([neighbour, joinable.text, neighbour])
    expect((await pieces(file)).map(({ bytes }) => bytes)).toEqual([neighbour, joinable.text, neighbour])
    expect(joinable.strict).toBe(true)
    expect(ICAL.parse(file.toString())).toHaveLength(3)
  })

  it.each([
    ['parameters without a name', card('TEL;HOME;VOICE:1')],
    ['quoted-printable', card('NOTE;ENCODING=QUOTED-PRINTABLE:a=20b')],
    ['soft line breaks', card('NOTE;ENCODING=QUOTED-PRINTABLE:a=', 'b=', '=20c')],
    ['a soft line break before an empty line', card('NOTE;QUOTED-PRINTABLE:a=', '', 'FN:x')],
  ])('is marked where it has what only vCard 2.1 knows: %s', (_, text) => {
    expect(joinableCard(Buffer.from(text))?.strict).toBe(false)
  })
})

describe('a card that needs a file of its own', () => {
  it.each([
    ['mixed line ends', card('FN:Ada').replace('\r\n', '\n')],
    ['a bare CR', card('NOTE:a\rEND:VCARD')],
    ['CR CR LF', card('FN:Ada').replaceAll('\r\n', '\r\r\n')],
    ['NUL', card('NOTE:a\0b')],
    ['a control character that some readers take for a line end', card('NOTE:a\u000bEND:VCARD')],
    ['a byte order mark', `\ufeff${card('FN:Ada')}`],
    ['small letters', card('FN:Ada').toLowerCase()],
    ['mixed letters', card('FN:Ada').replaceAll('VCARD', 'vCard')],
    ['a folded BEGIN', card('FN:Ada').replace('BEGIN:VCARD', 'BEGIN:VC\r\n ARD')],
    ['a folded END', card('FN:Ada').replace('END:VCARD', 'END:VC\r\n ARD')],
    ['a fold right behind BEGIN', card('FN:Ada').replace('VERSION', ' VERSION')],
    ['a fold behind END', `${card('FN:Ada')} x\r\n`],
    ['white space in BEGIN', card('FN:Ada').replace('BEGIN:', 'BEGIN: ')],
    ['a second card', card('FN:Ada') + card('FN:Bob')],
    ['text before it', `hello\r\n${card('FN:Ada')}`],
    ['text behind it', `${card('FN:Ada')}hello\r\n`],
    ['no end', card('FN:Ada').replace('END:VCARD\r\n', '')],
    ['no beginning', card('FN:Ada').replace('BEGIN:VCARD\r\n', '')],
    ['a beginning within', card('BEGIN:VCARD')],
    ['a folded beginning within', card('BEG', ' IN:VCARD')],
    ['a beginning with a group within', card('item1.BEGIN:VCARD')],
    ['an end within', card('END:VCARD', 'FN:Ada')],
    ['a card within AGENT', card('AGENT:', card('FN:Bob').trimEnd(), 'FN:Ada')],
    ['a soft line break that hides its end', card('NOTE;ENCODING=QUOTED-PRINTABLE:a=')],
    ['a soft line break, with white space behind, that hides its end', card('NOTE;ENCODING=QUOTED-', ' PRINTABLE:a=20= ')],
    ['soft line breaks that hide an end', card('NOTE;QUOTED-PRINTABLE:a=', 'END:VCARD', 'FN:Ada')],
    ['a line that is none', card('hello')],
    ['a line without a name', card(':hello')],
    ['an open quotation mark', card('X-A;B="c:d')],
    ['base64 in lines that are not folded', card('PHOTO;BASE64:', 'AAAA', 'AAAA', '')],
    ['base64 that is none', card('PHOTO;ENCODING=b:AAA')],
    ['PROFILE, which some readers take for a beginning', card('PROFILE:VCARD')],
    ['nothing between BEGIN and END', 'BEGIN:VCARD\r\nEND:VCARD\r\n'],
    ['nothing', ''],
    ['only line ends', '\r\n\r\n'],
  ])('has %s', (_, text) => {
    expect(joinableCard(Buffer.from(text))).toBe(null)
  })

  it('is not in UTF-8, even where it says in what it is', () => {
    expect(joinableCard(Buffer.from(card('FN;CHARSET=ISO-8859-1:Zoë'), 'latin1'))).toBe(null)
    expect(joinableCard(Buffer.from(card('FN:Ada'), 'utf16le'))).toBe(null)
  })
})

describe('the cards of a file', () => {
  const ada = card('FN:Ada')
  const bob = card('FN:Bob', 'NOTE:END:VCARD', ' END:VCARD')

  it('are the same however the file comes in', async () => {
    for (let chunk = 1; chunk <= 40; chunk++)
      expect(await split(`\ufeff${ada}\r\n\r\n${bob}junk\r\n${ada}`, chunk)).toEqual([ada, bob, ['junk\r\n'], ada])
  })

  it('may begin and end in any letters', async () => {
    const small = ada.toLowerCase()
    const spaced = ada.replace('BEGIN:VCARD', 'Begin : vCard ')
    expect(await split(small + spaced)).toEqual([small, spaced])
  })

  it('may lack their last line end', async () => {
    expect(await split(`${ada}BEGIN:VCARD\nEND:VCARD`)).toEqual([ada, 'BEGIN:VCARD\nEND:VCARD'])
  })

  it('lose nothing that stands around them', async () => {
    expect(await split(`before\n\n${ada}END:VCARD\n\n${bob}after`)).toEqual([
      ['before\n\n'],
      ada,
      ['END:VCARD\n\n'],
      bob,
      ['after'],
    ])
  })

  it('are found behind one whose end is missing', async () => {
    const open = 'BEGIN:VCARD\r\nFN:Open\r\n'
    expect(await split(open + ada + open)).toEqual([[open], ada, [open]])
  })

  it('hold the card of an agent', async () => {
    const agent = card('AGENT:', bob.trimEnd(), 'FN:Ada')
    expect(await split(agent + ada)).toEqual([agent, ada])
  })

  it('come in parts where they are larger than the limit, and are no cards then', async () => {
    const large = card(`NOTE:${'x'.repeat(5000)}`)
    const found = await pieces(Buffer.from(ada + large + bob), 512, 2000)
    expect(Buffer.concat(found.map(({ bytes }) => bytes)).toString()).toBe(ada + large + bob)
    expect(found.filter(({ isCard }) => isCard).map(({ bytes }) => bytes.toString())).toEqual([ada, bob])
    expect(Math.max(...found.map(({ bytes }) => bytes.length))).toBeLessThan(2600)
  })

  it('are none in an empty file', async () => {
    expect(await split('')).toEqual([])
    expect(await split('\r\n\r\n')).toEqual([])
  })
})

describe('what a list shows of a card', () => {
  it.each<[string, string[], { uid: string; name: string }]>([
    [
      'UID and FN',
      ['UID:urn:uuid:1', 'FN:Ada\\, Countess\\nof Lovelace'],
      { uid: 'urn:uuid:1', name: 'Ada, Countess of Lovelace' },
    ],
    ['N where FN is missing', ['FN:', 'N:Lovelace;Ada;King;Lady;\\;'], { uid: '', name: 'Lady Ada King Lovelace ;' }],
    ['the organisation', ['N:;;;;', 'ORG:Analytical;Engines'], { uid: '', name: 'Analytical Engines' }],
    ['the address', ['item1.EMAIL;TYPE=work:ada@example.com'], { uid: '', name: 'ada@example.com' }],
    ['folded text', ['F', ' N:A', ' da'], { uid: '', name: 'Ada' }],
    ['quoted-printable', ['FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Zo=C3=', '=AB'], { uid: '', name: 'Zoë' }],
    [
      'a soft line break before a blank, which is no fold',
      ['FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Zo=C3=ABLLE=', ' de=', ' B'],
      { uid: '', name: 'ZoëLLE de B' },
    ],
    ['another character set', ['FN;CHARSET=SHIFT_JIS;QUOTED-PRINTABLE:=88=A4'], { uid: '', name: '愛' }],
    ['an unknown character set', ['FN;CHARSET=X-NONE:Zoë'], { uid: '', name: 'Zoë' }],
  ])('is %s', (_, lines, shown) => {
    expect(describeCard(Buffer.from(card(...lines)))).toEqual(shown)
  })

  it('is one short line whatever the card holds', () => {
    const { name } = describeCard(Buffer.from(card(`FN:a\u0007b\u2028c${'x'.repeat(100_000)}`)))
    expect(name).toMatch(/^a b c x*$|^a b cx*$/)
    expect(name.length).toBeLessThanOrEqual(500)
  })

  it('is nothing for octets that are no card', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(1000, 0xff), Buffer.from('FN')])
      expect(describeCard(bytes)).toEqual({ uid: '', name: '' })
  })
})

describe('hostile cards', () => {
  it.each([
    ['a line of 20 MB', `X:${'a'.repeat(20_000_000)}`],
    ['many parameters', `X${';A=b'.repeat(300_000)}:c`],
    ['many open quotation marks', `X${';A="'.repeat(300_000)}:c`],
    ['many soft line breaks', `FN;ENCODING=QUOTED-PRINTABLE:${'=\r\n'.repeat(300_000)}`],
    ['many beginnings', 'BEGIN:VCARD\r\n'.repeat(300_000)],
    ['many agents', 'AGENT:\r\nBEGIN:VCARD\r\n'.repeat(150_000)],
    ['many separators', `N:${';'.repeat(300_000)}\r\nORG:${'\\;'.repeat(300_000)}`],
  ])('take no longer than their length: %s', { timeout: patience }, async (_, line) => {
    const bytes = Buffer.from(card(line))
    joinableCard(bytes)
    describeCard(bytes)
    const found = await pieces(bytes)
    expect(found.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(bytes.length)
  })
})

interface CorpusCard {
  readonly file: string
  readonly bytes: Buffer
}

async function corpusCards(): Promise<CorpusCard[]> {
  const cards: CorpusCard[] = []
  for (const file of corpus('vcard'))
    for (const { bytes } of await pieces(file.bytes(), 1000)) cards.push({ file: file.name, bytes })
  return cards
}

describeWithCorpus('the cards of the corpus', () => {
  it('come back octet for octet from one file, or are kept apart', async () => {
    const cards = (await corpusCards()).map((card) => ({ ...card, joinable: joinableCard(card.bytes) }))
    const joined = cards.flatMap(({ bytes, joinable }) => (joinable === null ? [] : [{ bytes, joinable }]))
    const file = Buffer.concat(joined.map(({ joinable }) => joinable.text))
    const back = await pieces(file, 777)
    expect(back.every(({ isCard }) => isCard)).toBe(true)
    expect(back).toHaveLength(joined.length)
    for (const [i, { bytes, joinable }] of joined.entries()) {
      expect(originalCard(back[i]?.bytes ?? Buffer.alloc(0), joinable.form).equals(bytes)).toBe(true)
      expect(describeCard(joinable.text)).toEqual(describeCard(bytes))
    }
    const apart = cards.filter(({ joinable }) => joinable === null).map(({ file }) => file)
    const strict = joined.filter(({ joinable }) => joinable.strict).length
    console.info(`vCards: ${cards.length} pieces, ${joined.length} joined (${strict} strict), apart: ${apart.join(' ')}`)
    expect(joined.length).toBeGreaterThan(apart.length)
  })

  it('are read by ical.js where they are marked strict', async () => {
    for (const { bytes, file } of await corpusCards()) {
      const joinable = joinableCard(bytes)
      const read = () => ICAL.parse(joinable?.text.toString() ?? '')
      if (joinable?.strict === true) expect(read, file).not.toThrow()
    }
  })
})

describeUnless(otherParsersMissing(), 'other readers', () => {
  describeWithCorpus('of the joined cards of the corpus', () => {
    it('see every one', async () => {
      const texts = (await corpusCards()).flatMap(({ bytes }) => {
        const joinable = joinableCard(bytes)
        return joinable?.strict === true ? [joinable.text] : []
      })
      const file = Buffer.concat(texts)
      expect(readByOthers('vobject-vcard', file)).toEqual(texts.map(() => 'VCARD'))
      expect(ICAL.parse(file.toString())).toHaveLength(texts.length)
    })
  })
})
