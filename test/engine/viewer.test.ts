import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { AppError } from '../../src/core/errors.ts'
import { rebuildViewer, viewerBeside } from '../../src/engine/viewer.ts'
import { DiskViewerFolder } from '../../src/engine/viewer-folder.ts'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { parseMoment } from '../../src/vault/moment.ts'
import { Snapshot } from '../../src/vault/snapshot.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import type { Events } from '../../src/viewer/format-places.ts'
import { worn } from '../faults/worn-disk.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { Built } from '../viewer/built.ts'

const quiet = { onProgress: () => undefined }
const { signal } = new AbortController()
const companion = viewerBeside(quiet)

function message(n: number): string {
  return `Message-ID: <${n}@example.com>\r\nReceived: by x; n${n}\r\nFrom: a@example.com\r\nSubject: Number ${n}\r\n\r\nHello ${n}\r\n`
}

async function dataFolder(vault: string): Promise<string> {
  const names = (await readdir(vault)).filter((name) => /^viewer-[0-9a-f]{32}$/.test(name))
  expect(names).toHaveLength(1)
  return join(vault, names[0] ?? '')
}

async function builtIn(vault: string): Promise<Built> {
  return await Built.open(new DiskViewerFolder(realDisk, await dataFolder(vault)))
}

/** Subject and flags of what the viewer shows in each folder as of each run. */
async function shown(vault: string): Promise<Record<string, Record<string, string[]>>> {
  const built = await builtIn(vault)
  const { collections, runs } = await built.overview()
  const subjects = (await built.mailColumns()).flatMap(({ subject }) => subject)
  const all = await built.events('mail')
  const asOf = runs.map(({ id }, run) => {
    const places = [...foldUpTo(all, run).values()]
    const items = places.map(({ collection, doc, flags }) => {
      return { folder: collections[collection]?.path.join('/') ?? '', subject: subjects[doc] ?? '', flags }
    })
    return [id, grouped(items)] as const
  })
  return Object.fromEntries(asOf)
}

interface Place {
  readonly collection: number
  readonly doc: number
  readonly flags: readonly string[]
}

/** What was there after the run, by place. */
function foldUpTo(all: readonly Events[], run: number): Map<number, Place> {
  const there = new Map<number, Place>()
  const isBy = (when: number | undefined) => (when ?? 0) <= run
  let first = 0
  for (const { put, changed, removed, metas } of all) {
    const flagsOf = (meta: number | undefined) => metas[meta ?? -1]?.flags ?? []
    for (const [row, doc] of put.doc.entries())
      if (isBy(put.run[row]))
        there.set(first + row, { collection: put.collection[row] ?? -1, doc, flags: flagsOf(put.meta[row]) })
    for (const [row, place] of changed.place.entries()) {
      const known = there.get(place)
      if (known !== undefined && isBy(changed.run[row])) there.set(place, { ...known, flags: flagsOf(changed.meta[row]) })
    }
    for (const [row, place] of removed.place.entries()) if (isBy(removed.run[row])) there.delete(place)
    first += put.doc.length
  }
  return there
}

/** The same from the journals. */
async function known(vault: string): Promise<Record<string, Record<string, string[]>>> {
  const open = await Vault.openForReading(vaultOptions(vault, realDisk, null))
  const result: Record<string, Record<string, string[]>> = {}
  try {
    const account = await open.account('alice')
    const runs = (await readdir(join(account.root, 'Journal'))).map((name) => name.replace('.jsonl', '')).sort()
    const now = account.state.collections()
    for (const run of runs) {
      using snapshot = await Snapshot.open(open, account, parseMoment(run))
      const items = [...snapshot.state.items(null, false)].map(({ c, head, meta }) => ({
        folder: now.find((one) => one.c === c)?.path.join('/') ?? '',
        subject: head.subject,
        flags: meta['flags'] as string[],
      }))
      result[run] = grouped(items)
    }
  } finally {
    await open.close()
  }
  return result
}

function grouped(
  items: readonly { readonly folder: string; readonly subject: string; readonly flags: readonly string[] }[],
): Record<string, string[]> {
  const groups = Object.groupBy(items, ({ folder }) => folder)
  const lines = Object.entries(groups).map(([folder, list = []]) => [
    folder,
    list.map(({ subject, flags }) => `${subject} ${flags.join(' ')}`).sort(),
  ])
  return Object.fromEntries(lines)
}

/** A vault after eventful runs, the viewer brought up to date after each. */
async function eventful(): Promise<{ readonly vault: string; readonly account: MemoryAccount; readonly inbox: string }> {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  const work = account.addMailbox(['Work'])
  const uids = Array.from({ length: 30 }, (_, n) => account.add(inbox, message(n)))
  const run = async () => expect((await runBackup(vault, account, { companion })).notices).toEqual([])
  await run()
  for (let round = 1; round <= 10; round++) {
    account.add(inbox, message(100 + round))
    account.reflag(inbox, uids[round] ?? 0, ['\\Seen'])
    if (round < 4) account.remove(inbox, uids[20 + round] ?? 0)
    if (round === 4) account.move(inbox, uids[29] ?? 0, work)
    if (round === 5) account.rename(work, ['Arbeit'])
    if (round === 6) account.renumber(inbox)
    if (round === 6) break
    await run()
  }
  await run()
  return { vault, account, inbox }
}

describe('the viewer data of a vault', () => {
  it('shows each run as the journals know it, and is made anew the same', async () => {
    const { vault } = await eventful()
    const expected = await known(vault)
    expect(Object.keys(expected)).toHaveLength(7)
    expect(await shown(vault)).toEqual(expected)
    const before = await dataFolder(vault)
    await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault) })
    expect(await dataFolder(vault)).toBe(before)
    expect(await shown(vault)).toEqual(expected)
    expect((await builtIn(vault)).segments('mail')).toHaveLength(1)
    await rm(before, { recursive: true })
    await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault) })
    expect(await dataFolder(vault)).not.toBe(before)
    expect(await shown(vault)).toEqual(expected)
  })

  it('says what is in the accounts, and of which run', async () => {
    const { vault } = await eventful()
    const overview = await (await builtIn(vault)).overview()
    expect(overview.accounts).toMatchObject([{ id: 'alice', folder: 'data/alice', services: ['mail'] }])
    expect(overview.collections).toMatchObject([
      { path: ['Inbox'], role: 'inbox', live: 32, removed: 4 },
      { path: ['Arbeit'], live: 1, removed: 0, unread: 1 },
    ])
    expect(overview.runs).toHaveLength(7)
    expect(overview.runs.every(({ status, ended }) => status === 'finished' && ended !== null)).toBe(true)
    expect(overview.newest).toHaveLength(32)
    expect(overview.proof).toBeNull()
    expect(overview.verified).toBeNull()
    expect(overview.accounts[0]?.providers).toEqual(['memory'])
    expect(overview.files).toEqual(['data/alice/Mail/Inbox/2025.mbox', 'data/alice/Mail/Arbeit/2025.mbox'])
  })

  it('tells of the last proof, and of a new one though nothing else is new', async () => {
    const { vault, account } = await eventful()
    await mkdir(join(vault, 'proofs'))
    // The last one was made while the clock was wrong.
    for (const day of ['2026-01-01', '2070-01-01']) {
      await writeFile(join(vault, `proofs/${day}.html`), '<p>')
      await writeFile(
        join(vault, `proofs/${day}.json`),
        JSON.stringify({ version: 1, accounts: [], ended: `${day}T00:00:00Z`, verdict: 'proven' }),
      )
    }
    expect((await runBackup(vault, account, { companion })).notices).toEqual([])
    const { proof } = await (await builtIn(vault)).overview()
    expect(proof).toMatchObject({ time: '2026-01-01T00:00:00Z', verdict: 'proven', file: 'proofs/2026-01-01.html' })
    await verifyVault(vaultOptions(vault), signal, () => undefined)
    expect((await runBackup(vault, account, { companion })).notices).toEqual([])
    const { verified } = await (await builtIn(vault)).overview()
    expect(verified?.sound).toBe(true)
    expect(Date.parse(verified?.time ?? '')).toBeGreaterThan(0)
  })

  it('holds places at which the originals lie', async () => {
    const { vault } = await eventful()
    const built = await builtIn(vault)
    const { files } = await built.overview()
    const origins = await built.shards<{ file: number[]; offset: number[]; length: number[] }>('mail', 'o', () => 1)
    const rows = origins.flatMap(({ file, offset, length }) =>
      file.map((at, row) => ({ at, offset: offset[row] ?? 0, length: length[row] ?? 0 })),
    )
    expect(rows.length).toBeGreaterThan(30)
    for (const { at, offset, length } of rows) {
      const record = (await readFile(join(vault, files[at] ?? ''))).subarray(offset, offset + length).toString()
      expect(record).toMatch(/^From .*\nX-Lifeboat: [\s\S]*\n\nHello \d+\n\n$/)
    }
  })

  it('is no business of verify, and gone on with after nothing changed', async () => {
    const { vault, account } = await eventful()
    const report = await verifyVault(vaultOptions(vault), signal, () => undefined)
    expect(report.findings).toEqual([])
    const before = (await builtIn(vault)).manifest
    expect((await runBackup(vault, account, { companion })).notices).toEqual([])
    const after = (await builtIn(vault)).manifest
    expect(after.segments).toEqual(before.segments)
    expect(after.generation).toBe(before.generation + 1)
  })

  it('is made anew by itself where it is damaged', async () => {
    const { vault, account, inbox } = await eventful()
    const folder = await dataFolder(vault)
    for (const name of await readdir(folder)) if (/^\d/.test(name)) await writeFile(join(folder, name), 'V("1.c0","no")\n')
    account.add(inbox, message(500))
    expect((await runBackup(vault, account, { companion })).notices).toEqual([])
    expect(await shown(vault)).toEqual(await known(vault))
  })

  it('shows everything else where a message is damaged on the disk', async () => {
    const { vault } = await eventful()
    const file = join(vault, 'data/alice/Mail/Inbox/2025.mbox')
    const mbox = await readFile(file, 'latin1')
    await writeFile(file, mbox.replaceAll('Hello 7\n', 'Hallo 7\n'), 'latin1')
    const { notices } = await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault) })
    expect(notices).toEqual([
      expect.stringMatching(/^START HERE\.html cannot show something in data\/alice\/Mail\/Inbox\/2025\.mbox: /),
    ])
    const { texts } = await (await builtIn(vault)).mail()
    expect(texts.flat().filter((text) => text.startsWith('Hello ')).length).toBe(texts.length - 1)
  })

  it('shows a message that was damaged once a backup has healed it', async () => {
    const { vault, account } = await eventful()
    const file = join(vault, 'data/alice/Mail/Inbox/2025.mbox')
    const mbox = await readFile(file, 'latin1')
    await writeFile(file, mbox.replaceAll('Hello 7\n', 'Hallo 7\n'), 'latin1')
    await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault) })
    await verifyVault(vaultOptions(vault), signal, () => undefined)
    const { notices } = await runBackup(vault, account, { companion })
    expect(notices[0]).toMatch(/damaged or missing/)
    const built = await builtIn(vault)
    const subjects = (await built.mailColumns()).flatMap(({ subject }) => subject)
    const { collections, runs } = await built.overview()
    const places = [...foldUpTo(await built.events('mail'), runs.length - 1).values()]
    const inbox = places.filter(({ collection }) => collections[collection]?.path[0] === 'Inbox')
    expect(inbox.filter(({ doc }) => subjects[doc] === 'Number 7')).toHaveLength(1)
    expect(inbox.filter(({ doc }) => subjects[doc] === '')).toEqual([])
    const texts = (await built.mail()).details.map(({ text }) => text)
    const [healed] = inbox.filter(({ doc }) => subjects[doc] === 'Number 7')
    expect(texts[healed?.doc ?? -1]).toBe('Hello 7\n')
  })

  it('is made while the run goes on, from what it has committed', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'], 'inbox')
    for (let n = 0; n < 5000; n++) account.add(inbox, message(n))
    const seen: number[] = []
    let isRunning = true
    const beside = viewerBeside({ onProgress: (documents) => void (isRunning && seen.push(documents)) })
    const report = await runBackup(vault, account, {
      async companion(open, ids) {
        const made = await beside(open, ids)
        return {
          ...made,
          async accountDone(id) {
            // The run waits for nothing; only this test waits for what it has committed so far.
            await expect.poll(() => seen.at(-1) ?? 0).toBeGreaterThan(0)
            isRunning = false
            made.accountDone(id)
          },
        }
      },
    })
    expect(report.notices).toEqual([])
    expect(isRunning).toBe(false)
    expect(await shown(vault)).toEqual(await known(vault))
  })

  it('is left as it was when a person stops the run, and gone on with later', async () => {
    const { vault, account, inbox } = await eventful()
    const before = (await builtIn(vault)).manifest
    for (let n = 0; n < 3000; n++) account.add(inbox, message(1000 + n))
    const stopping = new AbortController()
    const beside = viewerBeside(quiet)
    await runBackup(vault, account, {
      signal: stopping.signal,
      async companion(open, ids) {
        const made = await beside(open, ids)
        return { ...made, accountDone: () => stopping.abort() }
      },
    })
    expect((await builtIn(vault)).manifest).toEqual(before)
    expect((await verifyVault(vaultOptions(vault), signal, () => undefined)).findings).toEqual([])
    expect((await runBackup(vault, account, { companion })).notices).toEqual([])
    expect(await shown(vault)).toEqual(await known(vault))
  })

  it('may fail without harm to the backup', async () => {
    const { vault, account, inbox } = await eventful()
    account.add(inbox, message(600))
    const full: Disk = {
      ...realDisk,
      open: (path, mode) =>
        path.includes('viewer-') && mode !== 'read'
          ? Promise.reject(new AppError('disk-full', 'There is no room.'))
          : realDisk.open(path, mode),
    }
    const report = await runBackup(vault, account, { companion, disk: full })
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(report.notices).toEqual([
      expect.stringMatching(/^The backup is complete, but START HERE\.html .* There is no room\.$/),
    ])
    expect((await verifyVault(vaultOptions(vault), signal, () => undefined)).findings).toEqual([])
    await runBackup(vault, account, { companion })
    expect(await shown(vault)).toEqual(await known(vault))
  })
})

it('what the disk cannot read is named, and everything else is shown', async () => {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  for (const name of ['Worn', 'Other']) {
    const folder = account.addMailbox([name])
    for (let n = 0; n < 3; n++) account.add(folder, `Message-ID: <${n}@${name}>\r\nSubject: ${name} ${n}\r\n\r\nbody\r\n`)
  }
  await runBackup(vault, account)
  const { disk } = worn('data/alice/Mail/Worn/2025.mbox', 10)
  const { documents, notices } = await rebuildViewer({ ...quiet, signal, vault: vaultOptions(vault, disk) })
  expect(documents).toBe(6)
  const named = notices.filter((text) =>
    text.startsWith('START HERE.html cannot show something in data/alice/Mail/Worn/2025.mbox'),
  )
  expect([named.length, notices.length]).toEqual([3, 3])
})

describe('START HERE.html', () => {
  it('lies in the vault, knows the data, and is written again only when it has to be', async () => {
    const vault = join(await scratchFolder(), 'Family & <friends>')
    const account = new MemoryAccount()
    account.add(account.addMailbox(['Inbox'], 'inbox'), message(1))
    expect((await runBackup(vault, account, { companion })).notices).toEqual([])
    const path = join(vault, 'START HERE.html')
    const page = await readFile(path, 'utf8')
    expect(page).toContain(`"dataFolder":"${basename(await dataFolder(vault))}"`)
    expect(page).toContain('"vaultName":"Family \\u0026 \\u003cfriends\\u003e"')
    const { ino } = await stat(path)
    await runBackup(vault, account, { companion })
    expect((await stat(path)).ino).toBe(ino)
    await writeFile(path, 'the page of an older program')
    await runBackup(vault, account, { companion })
    expect(await readFile(path, 'utf8')).toBe(page)
  })
})
