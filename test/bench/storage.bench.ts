/**
 * `npm run bench:storage [-- --small]`: the vault's stores alone, without provider and network: saving everything, a run that
 * changes a hundredth, verifying. Beside it, as a floor, the same octets written into one file and synced. Each store is measured in
 * a process of its own, so that its peak of memory is its own.
 */
import { createWriteStream, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { lifeboatCommand } from '../../build/launch.mjs'
import { systemClock } from '../../src/api/clock.ts'
import type { Service } from '../../src/core/account.ts'
import type { Collection, Item } from '../../src/core/items.ts'
import { AccountRun } from '../../src/vault/account-run.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { Vault, type VaultOptions } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { Random } from '../fixtures/random.ts'
import { megabytes } from './aims.ts'
import { measure } from './measure.ts'
import { dateOf, MessageGenerator } from './messages.ts'
import { markdownTable } from './results.ts'

interface Content {
  readonly bytes: Buffer
  readonly meta: Item['meta']
}

interface Store {
  readonly service: Service
  /** How many items a full benchmark saves. */
  readonly items: number
  content(index: number): Content
}

const random = new Random(1)
const messages = new MessageGenerator(1)
const pool = Array.from({ length: 400 }, (_, n) => messages.next(dateOf(n, 400), 'mixed').bytes)
const ofPool = (index: number) => pool[index % pool.length] ?? Buffer.alloc(0)
const crlf = (...lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n`)

/** Adding a store is one entry here. */
const stores: Readonly<Record<string, Store>> = {
  mail: { service: 'mail', items: 20_000, content: (n) => ({ bytes: ofPool(n), meta: { flags: ['\\Seen'] } }) },
  contacts: { service: 'contacts', items: 5_000, content: (n) => ({ bytes: card(n), meta: {} }) },
  calendar: { service: 'calendar', items: 5_000, content: (n) => ({ bytes: event(n), meta: {} }) },
  files: {
    service: 'files',
    items: 5_000,
    content: (n) => ({
      bytes: ofPool(n),
      meta: { path: [`Folder ${n % 50}`, `File ${n}.txt`], modified: dateOf(n, 5_000).toISOString() },
    }),
  },
}

function card(n: number): Buffer {
  const rest = [`EMAIL:${n}@example.net`, `NOTE:${'word '.repeat(random.integer(1, 60)).trim()}`, 'END:VCARD']
  return crlf('BEGIN:VCARD', 'VERSION:3.0', `UID:${n}`, `FN:Person ${n}`, `N:${n};Person;;;`, ...rest)
}

function event(n: number): Buffer {
  const day = dateOf(n, 5_000).toISOString().slice(0, 10).replaceAll('-', '')
  const about = [`SUMMARY:Event ${n}`, `DESCRIPTION:${'word '.repeat(random.integer(1, 60)).trim()}`]
  const times = [`DTSTAMP:${day}T080000Z`, `DTSTART:${day}T090000Z`, `DTEND:${day}T100000Z`]
  return crlf(
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//bench//EN', 'BEGIN:VEVENT', `UID:${n}`, ...times, ...about],
    ...['END:VEVENT', 'END:VCALENDAR'],
  )
}

const vaultOptions: Omit<VaultOptions, 'directory' | 'cache'> = { disk: realDisk, clock: systemClock, program: 'Lifeboat bench' }

/** Octets between two commits, as the engine has it. */
const commitEvery = 64 << 20

const { values: options } = parseArgs({ options: { small: { type: 'boolean' }, only: { type: 'string' } } })
await (options.only === undefined ? all() : one(options.only))

async function all(): Promise<void> {
  const rows: string[][] = []
  const file = fileURLToPath(import.meta.url)
  const [node = '', ...flags] = lifeboatCommand([]).slice(0, -1)
  for (const name of Object.keys(stores)) {
    process.stderr.write(`${name}\n`)
    const argv = [node, ...flags, file, '--only', name, ...(options.small ? ['--small'] : [])]
    const { stdout, memory } = await measure({ argv })
    for (const row of JSON.parse(stdout) as string[][]) rows.push([`${name}: ${row[0]}`, ...row.slice(1), megabytes(memory)])
  }
  console.log(markdownTable(['', 'items', 'octets', 'wall', 'CPU', 'rate', 'memory of all'], rows))
}

/** Prints its rows as JSON. */
async function one(name: string): Promise<void> {
  const store = stores[name]
  if (store === undefined) throw new Error(`There is no store ${name}.`)
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-storage-'))
  try {
    console.log(JSON.stringify(await measureStore(store, folder)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureStore(store: Store, folder: string): Promise<string[][]> {
  const count = options.small ? Math.round(store.items / 10) : store.items
  const vault = { ...vaultOptions, directory: join(folder, 'vault'), cache: join(folder, 'cache') }
  const few = Math.ceil(count / 100)
  return [
    await timed('save everything', count, () => save(vault, store, 0, count, 'first')),
    await timed('change a hundredth', few, () => save(vault, store, 0, few, 'second')),
    await timed('verify', count, () => verify(vault)),
    await timed('one file, synced (floor)', count, () => writeOneFile(join(folder, 'floor'), store, count)),
  ]
}

/** Answers the octets that were saved. */
async function save(place: VaultOptions, store: Store, from: number, to: number, version: string): Promise<number> {
  const vault = await Vault.openForWriting(place)
  try {
    const run = await AccountRun.begin(vault, 'bench', 'bench')
    const collection: Collection = { service: store.service, key: 'all', path: ['All'] }
    const known = run.state.collections()[0]
    const record = known === undefined ? run.collections.add(collection) : await run.collections.update(known, collection)
    let octets = 0
    for (let n = from; n < to; n++) {
      const { bytes, meta } = store.content(n)
      const item: Item = { key: String(n), version, size: bytes.length, date: dateOf(n, store.items).toISOString(), meta }
      octets += await run.put(record, item, bytes)
      if (run.uncommittedOctets >= commitEvery || run.uncommittedEntries >= 2_000) await run.commit()
    }
    await run.end('finished', systemClock.now(), [])
    await vault.finish()
    return octets
  } finally {
    await vault.close()
  }
}

async function verify(place: VaultOptions): Promise<number> {
  const { sound, bytes, findings } = await verifyVault(place, new AbortController().signal, () => undefined)
  if (!sound) throw new Error(`The vault is not sound: ${findings[0]?.text}`)
  return bytes
}

async function writeOneFile(path: string, store: Store, count: number): Promise<number> {
  let octets = 0
  const contents = function* () {
    for (let n = 0; n < count; n++) {
      const { bytes } = store.content(n)
      octets += bytes.length
      yield bytes
    }
  }
  await pipeline(contents, createWriteStream(path, { fd: openSync(path, 'w'), flush: true }))
  return octets
}

async function timed(what: string, items: number, work: () => Promise<number>): Promise<string[]> {
  const began = performance.now()
  const before = process.cpuUsage()
  const octets = await work()
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - began) / 1000
  const rate = `${Math.round(items / seconds)}/s, ${(octets / 1e6 / seconds).toFixed(1)} MB/s`
  return [what, String(items), megabytes(octets), `${seconds.toFixed(2)} s`, `${((user + system) / 1e6).toFixed(2)} s`, rate]
}
