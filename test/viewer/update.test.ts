import { describe, expect, it } from 'vitest'
import { scriptCall } from '../../src/viewer/codec.ts'
import { formatVersion, type Manifest } from '../../src/viewer/format.ts'
import type { ViewerChange } from '../../src/viewer/input.ts'
import { Library } from '../../src/viewer/page/data/library.ts'
import { readShard } from '../../src/viewer/write/folder.ts'
import { compressed, jsonOctets } from '../../src/viewer/write/shards.ts'
import { Built, build, inputOf, put, runId } from './built.ts'
import { loaderOf, MemoryFolder } from './memory-folder.ts'

function message(n: number, more = ''): Buffer {
  return Buffer.from(
    `From: Alice <alice@example.com>\r\nTo: bob@example.com\r\nSubject: Number ${n}\r\nMessage-ID: <${n}@x>\r\n${more}\r\nThis is text ${n}.\r\n`,
  )
}

function change(
  kind: 'changed' | 'removed',
  run: number,
  key: string,
  more: { flags?: string[]; rekeyed?: boolean } = {},
): ViewerChange {
  const item = { service: 'mail', collection: { account: 'a', c: 1 }, key, run: runId(run) } as const
  return kind === 'changed'
    ? { kind, ...item, meta: { flags: more.flags ?? [] } }
    : { kind, ...item, rekeyed: more.rekeyed ?? false }
}

/** Everything that a reader can learn, whatever the segments. */
async function contents(folder: MemoryFolder): Promise<unknown> {
  const built = await Built.open(folder)
  const events = await built.events('mail')
  const { details, texts } = await built.mail()
  const columns = await built.mailColumns()
  const metas = events.map(({ metas }) => metas)
  return {
    details,
    texts,
    subjects: columns.flatMap(({ subject }) => subject),
    threads: columns.flatMap(({ thread }) => thread),
    senders: columns.flatMap(({ people, from }) => from.map((at) => people[at])),
    docs: events.flatMap(({ put }) => put.doc),
    runs: events.flatMap(({ put }) => put.run),
    flags: events.flatMap(({ put }, at) => put.meta.map((meta) => metas[at]?.[meta])),
    changed: events.flatMap(({ changed }, at) =>
      changed.place.map((place, row) => [place, changed.run[row], metas[at]?.[changed.meta[row] ?? 0]]),
    ),
    removed: events.flatMap(({ removed }) => removed.place.map((place, row) => [place, removed.run[row], removed.reason[row]])),
    overview: await built.overview(),
  }
}

const history: ViewerChange[][] = Array.from({ length: 30 }, (_, run) => [
  { kind: 'collection', collection: { account: 'a', c: 1 }, service: 'mail', run: runId(run) },
  ...Array.from({ length: 5 }, (_, at) => put(run, `${run}-${at}`, message(run * 5 + at), { flags: at === 0 ? ['\\Seen'] : [] })),
  ...(run > 0 ? [change('changed', run, `${run - 1}-1`, { flags: ['\\Flagged'] }), change('removed', run, `${run - 1}-2`)] : []),
])

describe('the viewer data', () => {
  it('is the same, built run by run or at once', async () => {
    const stepwise = new MemoryFolder()
    for (let run = 1; run <= history.length; run++) await build(stepwise, inputOf(history.slice(0, run)))
    const atOnce = new MemoryFolder()
    await build(atOnce, inputOf(history))
    expect(await contents(stepwise)).toEqual(await contents(atOnce))
    expect((await Built.open(stepwise)).segments('mail').map(({ level }) => level)).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0])
  })

  it('grows by what is new', async () => {
    const folder = new MemoryFolder()
    const first = Array.from({ length: 2000 }, (_, at) => put(0, String(at), message(at, `X-Random: ${Math.sin(at)}\r\n`)))
    await build(folder, inputOf([first]))
    const whole = folder.written
    folder.written = 0
    await build(folder, inputOf([first, Array.from({ length: 20 }, (_, at) => put(1, `new ${at}`, message(3000 + at)))]))
    expect(folder.written).toBeLessThan(whole * 0.05)
    folder.written = 0
    expect(await build(folder, inputOf([first, Array.from({ length: 20 }, () => put(1, '', message(1)))]))).toMatchObject({
      changed: false,
    })
    expect(folder.written).toBe(0)
  })

  it('is made anew where another version of the program wrote it, and the page finds what is new', async () => {
    const folder = new MemoryFolder()
    for (let run = 1; run <= 4; run++) await build(folder, inputOf(history.slice(0, run)))
    for (const slot of ['m0', 'm1']) {
      const manifest = JSON.parse(Buffer.from(await readShard(folder, `${slot}.js`, slot)).toString()) as Manifest
      const older = { ...manifest, format: manifest.format - 1 }
      await folder.write(`${slot}.js`, [scriptCall(slot, await compressed(jsonOctets(older)))])
    }
    await build(folder, inputOf(history.slice(0, 4)))
    const { manifest } = await Library.open({ loadShard: loaderOf(folder), files: () => null, fileAddress: (path) => path })
    expect([manifest.format, manifest.generation]).toEqual([formatVersion, 5])
  })

  it('is shown in the order of time, also where it was made account by account', async () => {
    const folder = new MemoryFolder()
    const of = (account: string, change: ViewerChange): ViewerChange =>
      ({ ...change, collection: { account, c: 1 } }) as ViewerChange
    const second = of('a', put(5, '2', message(2)))
    const runs = [
      [put(3, '1', message(1)), second],
      [of('b', put(1, '1', message(3))), of('b', change('removed', 4, '1'))],
    ]
    await build(folder, inputOf(runs))
    const library = await Library.open({ loadShard: loaderOf(folder), files: () => null, fileAddress: (path) => path })
    expect(library.overview.runs.map(({ id }) => id)).toEqual([1, 3, 4, 5].map(runId))
    const places = await library.placesOf('mail')
    const there = [0, 1, 2, 3].map((asOf) => [0, 1, 2].map((place) => places.isThere(place, asOf)))
    expect(there).toEqual([
      [false, false, true],
      [true, false, true],
      [true, false, false],
      [true, true, false],
    ])
    expect(library.overview.collections.map(({ since }) => since)).toEqual([1, 0])
  })

  it('keeps equal content once', async () => {
    const folder = new MemoryFolder()
    const runs = [[put(0, '1', message(1)), put(0, '2', message(1), { c: 2 })], [put(1, '3', message(1))]]
    for (let run = 1; run <= runs.length; run++) await build(folder, inputOf(runs.slice(0, run)))
    const [first, second] = await (await Built.open(folder)).events('mail')
    expect([first?.put.doc, second?.put.doc]).toEqual([[0, 0], [0]])
    expect(await (await Built.open(folder)).mailColumns()).toHaveLength(1)
  })

  it('tells a version that was replaced and an item under another key from one that is gone', async () => {
    const folder = new MemoryFolder()
    const runs = [
      [put(0, '1', message(1)), put(0, '2', message(2)), put(0, '3', message(3))],
      [
        put(1, '1', message(10)),
        put(1, '2b', message(2)),
        change('removed', 1, '2', { rekeyed: true }),
        change('removed', 1, '3'),
      ],
      [put(2, '3', message(3)), change('removed', 2, 'never there'), change('removed', 2, '2')],
    ]
    for (let run = 1; run <= runs.length; run++) await build(folder, inputOf(runs.slice(0, run)))
    const events = await (await Built.open(folder)).events('mail')
    expect(events.map(({ removed }) => removed.place.map((place, row) => [place, removed.reason[row]]))).toEqual([
      [],
      [
        [0, 1],
        [1, 2],
        [2, 0],
      ],
      [],
    ])
    expect((await (await Built.open(folder)).overview()).runs).toMatchObject([
      { id: runId(0), added: 3, removed: 0, changed: 0 },
      { id: runId(1), added: 1, removed: 1, changed: 1 },
      { id: runId(2), added: 1, removed: 0, changed: 0 },
    ])
  })

  it('joins conversations whatever comes first', async () => {
    const folder = new MemoryFolder()
    const answer = put(0, 'answer', message(2, 'References: <1@x>\r\n'))
    const answerOfAnswer = put(1, 'third', message(3, 'In-Reply-To: <2@x>\r\n'))
    await build(folder, inputOf([[answer, put(0, 'other', message(9))]]))
    await build(
      folder,
      inputOf([
        [answer, put(0, 'other', message(9))],
        [answerOfAnswer, put(1, 'first', message(1))],
      ]),
    )
    expect((await (await Built.open(folder)).mailColumns()).flatMap(({ thread }) => thread)).toEqual([0, 1, 0, 0])
  })

  it('follows a folder that was renamed', async () => {
    const folder = new MemoryFolder()
    await build(
      folder,
      inputOf([
        [put(0, '1', message(1))],
        [{ kind: 'renamed', from: 'data/a/Mail/1', to: 'data/a/Mail/One' }, put(1, '2', message(2), { c: 1 })],
      ]),
    )
    expect((await (await Built.open(folder)).overview()).files).toEqual(['data/a/Mail/One/2025.mbox', 'data/a/Mail/1/2025.mbox'])
  })

  it('is made anew where the journals are others now', async () => {
    const folder = new MemoryFolder()
    await build(folder, inputOf(history.slice(0, 3)))
    const other = [[put(0, 'x', message(1))]]
    await build(folder, inputOf(other))
    await build(folder, inputOf(other))
    const fresh = new MemoryFolder()
    await build(fresh, inputOf(other))
    expect(await contents(folder)).toEqual(await contents(fresh))
  })
})
