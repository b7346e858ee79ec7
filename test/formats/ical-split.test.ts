import { describe, expect, it } from 'vitest'
import { itemBytes } from '../../src/formats/ical-split.ts'
import {
  berlin,
  berlinSince2010,
  calendar,
  component,
  event,
  fixed,
  header,
  inBerlin,
  isItem,
  lines,
  master,
  override,
  pieces,
  split,
} from './calendars.ts'

describe("the items of anyone's calendar file", () => {
  const alone = event('b', 'SUMMARY:END:VCALENDAR')

  it('are the same however the file comes in', async () => {
    const file = `\ufeff${calendar(berlin, master, override, alone)}`
    for (let chunk = 1; chunk <= 40; chunk++) {
      expect(await split(file, chunk)).toEqual([
        ['a', master + override],
        ['b', alone],
      ])
    }
  })

  it('have their components from anywhere in the file, and only the time zones that they use', async () => {
    const [first, second, ...more] = await pieces(Buffer.from(calendar(master, alone, fixed('X'), '\r\n', override, berlin)))
    expect(more).toEqual([])
    if (first?.kind !== 'item' || second?.kind !== 'item') throw new Error('no items')
    expect(itemBytes(first).toString()).toBe(calendar(alone))
    expect(itemBytes(second).toString()).toBe(calendar(berlin, master, override))
  })

  it('are one each where they have no UID', async () => {
    const nameless = component('VEVENT', 'SUMMARY:x')
    expect(await split(calendar(nameless, alone, nameless))).toEqual([
      ['', nameless],
      ['b', alone],
      ['', nameless],
    ])
  })

  it('belong to their own calendar where a file holds several', async () => {
    const other = fixed('Europe/Berlin')
    const found = (await pieces(Buffer.from(`${calendar(berlin, inBerlin('a'))}\r\n${calendar(other, inBerlin('a'))}`))).filter(
      isItem,
    )
    expect(found.map((item) => itemBytes(item).toString())).toEqual([
      calendar(berlin, inBerlin('a')),
      calendar(other, inBerlin('a')),
    ])
  })

  it('keep the line ends and the lines of their calendar', async () => {
    const text = calendar(alone).replace('VERSION', 'METHOD:PUBLISH\r\nX-WR-CALNAME:a\r\n b\r\nVERSION').replaceAll('\r\n', '\n')
    expect((await pieces(Buffer.from(text))).filter(isItem).map((item) => itemBytes(item).toString())).toEqual([text])
  })

  it('are found beside broken ones, of which nothing is lost', async () => {
    const open = lines('BEGIN:VEVENT', 'UID:c', 'BEGIN:VALARM')
    const crossed = component('VEVENT', 'UID:d', 'BEGIN:VALARM', 'END:X')
    const file = `before\r\n${calendar(open, alone, 'END:VEVENT\r\n', crossed, master)}${calendar(open)}behind`
    expect(await split(file)).toEqual([
      'before\r\n',
      open,
      ['b', alone],
      'END:VEVENT\r\n',
      crossed,
      ['a', master],
      open,
      'behind',
    ])
  })

  it('are found where the end of the file is missing', async () => {
    const file = calendar(alone, master).slice(0, -'END:VEVENT\r\nEND:VCALENDAR\r\n'.length)
    expect(await split(file)).toEqual([['b', alone], master.slice(0, -'END:VEVENT\r\n'.length)])
  })

  it('may have their second definition of a time zone beside them', async () => {
    expect(await split(calendar(berlin, berlinSince2010, inBerlin('a')))).toEqual([berlinSince2010, ['a', inBerlin('a')]])
  })

  it('come in parts where they are larger than the limit', async () => {
    const large = event('c', `SUMMARY:${'x'.repeat(5000)}`)
    const found = await split(calendar(master, large, alone), 512, 2000)
    expect(found.filter((piece) => typeof piece !== 'string')).toEqual([
      ['a', master],
      ['b', alone],
    ])
    expect(found.filter((piece) => typeof piece === 'string').join('')).toBe(large)
  })

  it('come in several where too much of them is waiting for more', async () => {
    const masters = Array.from({ length: 50 }, (_, i) => event(String(i), 'RRULE:FREQ=DAILY'))
    const overrides = masters.map((text) => text.replace('RRULE:FREQ=DAILY', 'RECURRENCE-ID:20260501T100000Z'))
    const found = await split(calendar(...masters, ...overrides), 512, 2000)
    const events = found.flatMap((piece) => (piece[1] ?? '').split(/(?=BEGIN:VEVENT)/))
    expect(events.sort()).toEqual([...masters, ...overrides].sort())
    expect(found.length).toBeGreaterThan(50)
    expect(await split(calendar(...masters, ...overrides))).toHaveLength(50)
  })

  it('are none in an empty file or calendar', async () => {
    expect(await split('')).toEqual([])
    expect(await split(calendar())).toEqual([])
  })

  it('may be lost in a calendar without items, of which nothing is lost', async () => {
    expect(await split(calendar('SUMMARY:a\r\n') + calendar(berlin))).toEqual([`${header}SUMMARY:a\r\n`, berlin])
    expect(await split(`BEGIN:VCALENDAR\r\n${header}`)).toEqual([header])
  })
})
