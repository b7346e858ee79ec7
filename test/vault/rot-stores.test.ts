/** Every kind of damage in every kind of file of the stores for contacts, calendars and files: all of it is found, and the right item named. */
import { beforeAll, describe, expect, it } from 'vitest'
import { verifyVault } from '../../src/vault/verify.ts'
import type { Finding } from '../../src/vault/verify-report.ts'
import { MemoryDisk } from '../faults/memory-disk.ts'
import { below } from '../faults/oracle.ts'
import { failureOf, optionsFor, QuickClock, run, vaultFolder } from '../faults/scenario.ts'
import { shelfStages } from '../faults/shelves-scenario.ts'
import { type FoldedItems, foldItems } from '../faults/stores-oracle.ts'
import { Random } from '../fixtures/random.ts'

const account = `${vaultFolder}/data/alice`
let disk: MemoryDisk
let files: Map<string, Buffer>
let folded: FoldedItems

beforeAll(async () => {
  const { first, second } = shelfStages()
  disk = new MemoryDisk()
  await disk.makeDirectory('/disk')
  for (const [n, stage] of [first, second].entries())
    expect(failureOf(await run(stage, optionsFor(disk, new QuickClock(`2026-01-0${n + 1}T03:04:05.000Z`, 300))))).toBeNull()
  files = below(disk.files(), account)
  folded = foldItems(files)
  expect(await findings(disk)).toEqual([])
})

async function findings(broken: MemoryDisk): Promise<readonly Finding[]> {
  const options = optionsFor(broken, new QuickClock('2026-02-01T03:04:05.000Z', 1))
  return (await verifyVault(options, new AbortController().signal, () => undefined)).findings
}

async function write(broken: MemoryDisk, path: string, bytes: Buffer): Promise<void> {
  const file = await broken.open(`${account}/${path}`, 'write')
  await file.truncate(0)
  await file.write([bytes], 0)
}

/** Paths of files with items; derived tables and journals have their own tests. */
function itemFiles(): string[] {
  return [...files.keys()].filter((path) => /^(Contacts|Calendars|Files|History)\//.test(path) && path !== 'Files/index.csv')
}

interface Placed {
  readonly key: string
  readonly from: number
  readonly end: number
}

/** Where each item stands in a file, from the journals alone. */
function itemsIn(path: string): Placed[] {
  let at = folded.heads.get(path) ?? 0
  const shared = (folded.lists.get(path) ?? []).filter(({ frame }) => frame !== undefined)
  if (shared.length > 0)
    return shared.map(({ key, length }) => {
      at += length
      return { key, from: at - length, end: at }
    })
  const alone = [...folded.items.values(), ...folded.former].filter(
    (version) => version.path === path && version.frame === undefined,
  )
  return alone.map(({ key }) => ({ key, from: 0, end: Number.POSITIVE_INFINITY }))
}

/** What is named in the findings of one file. */
function named(found: readonly Finding[], path: string): string[] {
  return found
    .filter((finding) => finding.path === `data/alice/${path}`)
    .flatMap(({ item }) => (item === undefined ? [] : [item.key]))
}

function blamesFile(found: readonly Finding[], path: string): boolean {
  return found.some(({ kind, path: blamed }) => blamed === `data/alice/${path}` && (kind === 'damaged' || kind === 'missing'))
}

describe('damage in the files of contacts, calendars and files', () => {
  it('a changed octet, anywhere, is found, and the item that has it is named and no other', async () => {
    const random = new Random(7)
    let flips = 0
    for (const path of itemFiles()) {
      const bytes = files.get(path) ?? Buffer.alloc(0)
      for (let n = 0; n < Math.min(3, bytes.length); n++) {
        const at = random.below(bytes.length)
        const broken = disk.copy()
        const changed = Buffer.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8))
        await write(broken, path, changed)
        const found = await findings(broken)
        flips++
        expect(blamesFile(found, path), `${path} at ${at}`).toBe(true)
        const hit = itemsIn(path)
          .filter(({ from, end }) => at >= from && at < end)
          .map(({ key }) => key)
        // What is damaged before the first item may be a time zone, which several need.
        if (at >= (folded.heads.get(path) ?? 0)) expect(named(found, path).sort(), `${path} at ${at}`).toEqual(hit.sort())
      }
    }
    expect(flips).toBeGreaterThan(60)
  })

  it('a file that is shorter, or gone, is found with every item it lacks', async () => {
    for (const path of itemFiles()) {
      const bytes = files.get(path) ?? Buffer.alloc(0)
      if (bytes.length > 0) {
        const half = Math.floor(bytes.length / 2)
        const short = disk.copy()
        await write(short, path, bytes.subarray(0, half))
        const found = await findings(short)
        expect(blamesFile(found, path), `${path} cut`).toBe(true)
        const lost = itemsIn(path)
          .filter(({ end }) => end > half)
          .map(({ key }) => key)
        if (half >= (folded.heads.get(path) ?? 0)) expect(named(found, path).sort(), `${path} cut`).toEqual(lost.sort())
      }
      const gone = disk.copy()
      await gone.remove(`${account}/${path}`)
      const found = await findings(gone)
      expect(blamesFile(found, path), `${path} removed`).toBe(true)
      expect(named(found, path).sort(), `${path} removed`).toEqual(
        itemsIn(path)
          .map(({ key }) => key)
          .sort(),
      )
    }
  })

  it('files that were exchanged are both found', async () => {
    const paths = itemFiles()
    for (const [n, one] of paths.entries()) {
      const other = paths[(n + 1) % paths.length] ?? one
      const [a = Buffer.alloc(0), b = Buffer.alloc(0)] = [files.get(one), files.get(other)]
      if (a.equals(b)) continue
      const broken = disk.copy()
      await write(broken, one, b)
      await write(broken, other, a)
      const found = await findings(broken)
      for (const path of [one, other]) {
        expect(blamesFile(found, path), `${one} and ${other}`).toBe(true)
        expect(named(found, path).sort()).toEqual(
          itemsIn(path)
            .map(({ key }) => key)
            .sort(),
        )
      }
    }
  })

  it('octets that were put in only shift the items behind them, which are not blamed', async () => {
    for (const [path, from] of [
      ['Contacts/Family.vcf', 'card 1'],
      ['Calendars/Work.ics', 'event 3'],
    ] as const) {
      const at = itemsIn(path).find(({ key }) => key === from)?.from ?? 0
      const bytes = files.get(path) ?? Buffer.alloc(0)
      const broken = disk.copy()
      await write(broken, path, Buffer.concat([bytes.subarray(0, at), Buffer.from('X-STRANGE:1\r\n'), bytes.subarray(at)]))
      const found = await findings(broken)
      expect(blamesFile(found, path)).toBe(true)
      expect(named(found, path)).toEqual([])
    }
  })

  it('where somebody put all items of a file into another order names the file and none of them', async () => {
    const path = itemFiles().find((each) => each.endsWith('.ics') && itemsIn(each).length > 2) ?? ''
    const items = itemsIn(path)
    const bytes = files.get(path) ?? Buffer.alloc(0)
    const [from, end] = [items[0]?.from ?? 0, items.at(-1)?.end ?? 0]
    const turned = items.toReversed().map((item) => bytes.subarray(item.from, item.end))
    const broken = disk.copy()
    await write(broken, path, Buffer.concat([bytes.subarray(0, from), ...turned, bytes.subarray(end)]))
    const found = await findings(broken)
    expect(found.map((finding) => [finding.kind, finding.path])).toEqual([['damaged', `data/alice/${path}`]])
    expect(named(found, path)).toEqual([])
  })
})
