import ICAL from 'ical.js'
import { expect, it } from 'vitest'
import { type JoinableResource, readResource } from '../../src/formats/ical.ts'
import { type CalendarPiece, itemBytes } from '../../src/formats/ical-split.ts'
import { corpus, describeUnless, describeWithCorpus } from '../fixtures/corpus.ts'
import { otherParsersMissing, readByOthers } from '../fixtures/other-parsers.ts'
import { isItem, type Joined, join, pieces, restore } from './calendars.ts'

interface CorpusItem {
  readonly file: string
  readonly bytes: Buffer
}

/** Files that are resources, and the items of all others. */
async function corpusItems(): Promise<{ items: CorpusItem[]; rest: number }> {
  const items: CorpusItem[] = []
  let rest = 0
  for (const file of corpus('ical')) {
    const bytes = Buffer.from(file.bytes())
    if (readResource(bytes) !== null) {
      items.push({ file: file.name, bytes })
    } else {
      for (const piece of await pieces(bytes, 4000)) {
        if (isItem(piece)) items.push({ file: file.name, bytes: itemBytes(piece) })
        else rest++
      }
    }
  }
  return { items, rest }
}

interface JoinedCorpus extends Joined {
  readonly originals: readonly Buffer[]
  readonly apart: readonly string[]
}

/** As a vault does it: what is not joinable, has a UID that the file has already or another time zone is kept apart. */
async function joinCorpus(): Promise<JoinedCorpus> {
  const { items, rest } = await corpusItems()
  const uids = new Set<string>()
  const resources: JoinableResource[] = []
  const originals: Buffer[] = []
  const apart: string[] = []
  let sameUid = 0
  for (const { file, bytes } of items) {
    const resource = readResource(bytes)
    if (resource === null) {
      apart.push(file)
    } else if (uids.has(resource.uid)) {
      sameUid++
    } else {
      uids.add(resource.uid)
      resources.push(resource)
      originals.push(bytes)
    }
  }
  const joined = join(resources)
  const otherZone = joined.frames.filter((frame) => frame === null).length
  console.info(
    `calendars: ${items.length} items, ${joined.frames.length - otherZone} joined, ${sameUid} with a UID seen before, ` +
      `${otherZone} with another time zone of the same name, ${apart.length} not joinable, ${rest} pieces that are no items`,
  )
  console.info(`not joinable, by file: ${[...new Set(apart)].join(' ')}`)
  return { ...joined, originals: originals.filter((_, i) => joined.frames[i] !== null), apart }
}

describeWithCorpus('the items of the corpus', () => {
  it('come back octet for octet from one file, or are kept apart', async () => {
    const joined = await joinCorpus()
    const back = await restore(joined, 5000)
    expect(back).toHaveLength(joined.originals.length)
    for (const [i, original] of joined.originals.entries()) expect(back[i]).toBe(original.toString())
    expect(joined.originals.length).toBeGreaterThan(joined.apart.length)
  })

  it('lose no line when their files are split', async () => {
    let checked = 0
    for (const file of corpus('ical')) {
      const bytes = Buffer.from(file.bytes())
      const found = await pieces(bytes, 3000)
      // What describes a calendar without items is no item's.
      const calendars = new Set(found.filter(isItem).map((item) => item.calendar))
      if (calendars.size < (bytes.toString('latin1').match(/^BEGIN:VCALENDAR/gm)?.length ?? 0)) continue
      const given = new Set(found.flatMap(partsOf).flatMap(significantLines))
      expect(
        significantLines(bytes).filter((line) => !given.has(line)),
        file.name,
      ).toEqual([])
      checked++
    }
    expect(checked).toBeGreaterThan(corpus('ical').length / 2)
  })
})

function partsOf(piece: CalendarPiece): Buffer[] {
  return isItem(piece) ? [piece.components, piece.calendar.header, ...piece.calendar.zones.values()] : [piece.bytes]
}

/** Octets as Latin-1, without a byte order mark and the calendars' own beginnings and ends. */
function significantLines(bytes: Buffer): string[] {
  const text = bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '')
  return text.split(/\r?\n/).filter((line) => line !== '' && !/^(?:BEGIN|END)[ \t]*:[ \t]*VCALENDAR[ \t]*$/i.test(line))
}

describeUnless(otherParsersMissing(), 'other readers', () => {
  describeWithCorpus('of the joined items of the corpus', () => {
    it('see every component', async () => {
      const { file, frames } = await joinCorpus()
      const expected = (file.toString('latin1').match(/^BEGIN:.*|^END:.*/gm) ?? []).map((line) => line.trimEnd())
      const names: string[] = []
      let depth = 0
      for (const line of expected) {
        if (line.startsWith('BEGIN:') && ++depth === 2) names.push(line.slice('BEGIN:'.length))
        if (line.startsWith('END:')) depth--
      }
      expect(names.filter((name) => name !== 'VTIMEZONE').length).toBeGreaterThanOrEqual(
        frames.filter((frame) => frame !== null).length,
      )
      const sorted = names.toSorted()
      expect(readByOthers('icalendar', file).toSorted()).toEqual(sorted)
      expect(readByOthers('vobject-ical', file).toSorted()).toEqual(sorted)
      const parsed = new ICAL.Component(ICAL.parse(file.toString()))
      expect(parsed.getAllSubcomponents().map(({ name }) => name.toUpperCase())).toEqual(names)
    })
  })
})
