/**
 * `npm run bench:viewer [-- --small | --messages N]`: what the data for START HERE.html costs to make and to search, beside
 * notmuch on the same mail where it is installed. The page itself is measured by its browser tests.
 */
import { spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DiskViewerFolder } from '../../src/engine/viewer-folder.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { callsIn, decodeShard } from '../../src/viewer/codec.ts'
import type { Manifest, ShardLoader } from '../../src/viewer/format.ts'
import type { ViewerChange, ViewerInput } from '../../src/viewer/input.ts'
import { parseQuery } from '../../src/viewer/query.ts'
import { Search } from '../../src/viewer/search.ts'
import { updateViewer } from '../../src/viewer/write/update.ts'
import { Random } from './random.ts'

const { values: options } = parseArgs({ options: { small: { type: 'boolean' }, messages: { type: 'string' } } })
const sizes = options.messages !== undefined ? [Number(options.messages)] : options.small ? [2_000] : [20_000, 100_000]

const random = new Random(5)
/** Words as often as in a language: the n-th one in proportion to 1/n. */
const vocabulary = Array.from({ length: 60_000 }, () => word())

function word(): string {
  const syllables = Array.from(
    { length: random.integer(1, 4) },
    () => `${random.of([...'bcdfghklmnprstvw'])}${random.of([...'aeiou'])}${random.of(['', '', 'n', 'r', 's'])}`,
  )
  return syllables.join('')
}

function text(octets: number): string {
  const lines: string[] = []
  for (let length = 0; length < octets; ) {
    const line = Array.from({ length: 10 }, () => vocabulary[Math.floor(vocabulary.length ** random.next()) - 1] ?? '').join(' ')
    lines.push(line)
    length += line.length + 2
  }
  return lines.join('\r\n')
}

function message(n: number): Buffer {
  const body = text(random.logarithmic(500, 8_000))
  const hex = Array.from({ length: 4 }, () => random.integer(0, 0xffffff).toString(16)).join('')
  const date = new Date(Date.UTC(2010, 0, 1) + n * 3_600_000).toUTCString()
  const head = `Received: from relay.example.net by mx.example.com id ${hex}; ${date}\r\nFrom: Person ${n % 400} <p${n % 400}@example.net>\r\nTo: me@example.com\r\nDate: ${date}\r\nSubject: ${text(40)}\r\nMessage-ID: <${hex}.${n}@example.net>\r\nMIME-Version: 1.0\r\n`
  if (n % 5 !== 0) return Buffer.from(`${head}Content-Type: text/plain; charset=utf-8\r\n\r\n${body}\r\n`)
  return Buffer.from(
    `${head}Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><p style="margin:0">${body.replaceAll('\r\n', '</p>\r\n<p style="margin:0">')}</p></body></html>\r\n`,
  )
}

for (const count of sizes) await benchmark(count)

async function benchmark(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'))
  try {
    const mail = join(folder, 'mail/cur')
    mkdirSync(mail, { recursive: true })
    mkdirSync(join(folder, 'mail/new'))
    mkdirSync(join(folder, 'mail/tmp'))
    let octets = 0
    for (let n = 0; n < count * 1.01; n++) {
      const bytes = message(n)
      if (n < count) octets += bytes.length
      writeFileSync(join(mail, `${String(n).padStart(7, '0')}:2,S`), bytes)
    }
    const data = join(folder, 'viewer')
    const built = await cost(() => update(mail, data, [count]))
    const size = sizeOf(data)
    const more = await cost(() => update(mail, data, [count, Math.floor(count * 1.01)]))
    say(`${count.toLocaleString('en')} messages, ${megabytes(octets)} of mail`)
    say(
      `  made in ${built.seconds.toFixed(1)} s (${((count / built.seconds) | 0).toLocaleString('en')} messages/s), ${built.cpu.toFixed(1)} s CPU; ${built.memory} MB memory at most`,
    )
    say(
      `  ${megabytes(size.all)}: ${((100 * size.all) / octets).toFixed(0)} % of the mail (${[...size.kinds].map(([kind, length]) => `${kind} ${megabytes(length)}`).join(', ')})`,
    )
    say(`  1 % more: ${more.seconds.toFixed(1)} s`)
    await searches(data, join(folder, 'mail'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `runs`: how many messages there are after each. */
async function update(mail: string, data: string, runs: readonly number[]): Promise<void> {
  const names = readdirSync(mail).sort()
  const put = (run: number, n: number): ViewerChange => {
    const name = names[n] ?? ''
    const bytes = readFileSync(join(mail, name))
    return {
      ...{ kind: 'put', service: 'mail', collection: { account: 'a', c: 1 }, key: name, run: `2026-01-0${run + 1}T000000Z` },
      ...{ sha256: hash('sha256', bytes, 'hex'), size: bytes.length, date: '2026-01-01T00:00:00Z', meta: { flags: [] } },
      ...{ origin: { file: 'data/a/Mail/Inbox/2026.mbox', offset: n, length: bytes.length }, content: async () => bytes },
    }
  }
  const input: ViewerInput = {
    ...{ vault: 'bench', program: 'bench', now: () => '2026-01-01T00:00:00Z', document: async () => '' },
    overview: async () => ({
      accounts: [],
      collections: [],
      pending: [],
      proof: null,
      verified: null,
      documents: true,
      notices: [],
    }),
    async changes({ a = '0' }) {
      return (async function* () {
        for (const [run, until] of runs.entries()) {
          if (run < Number(a)) continue
          for (let n = runs[run - 1] ?? 0; n < until; n++) yield put(run, n)
          yield { kind: 'position', account: 'a', position: String(run + 1) } as const
        }
      })()
    },
  }
  await updateViewer(new DiskViewerFolder(realDisk, data), input, { signal: new AbortController().signal, anew: false })
}

async function cost(
  work: () => Promise<void>,
): Promise<{ readonly seconds: number; readonly cpu: number; readonly memory: number }> {
  const start = performance.now()
  const before = process.cpuUsage()
  let memory = 0
  const timer = setInterval(() => {
    memory = Math.max(memory, process.memoryUsage().rss)
  }, 50)
  await work()
  clearInterval(timer)
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - start) / 1000, cpu: (user + system) / 1e6, memory: Math.round(memory / 1e6) }
}

function sizeOf(data: string): { readonly all: number; readonly kinds: ReadonlyMap<string, number> } {
  const words: Readonly<Record<string, string>> = { t: 'text', h: 'HTML', i: 'index', c: 'columns' }
  const kinds = new Map<string, number>()
  let all = 0
  for (const name of readdirSync(data)) {
    const { size } = statSync(join(data, name))
    const kind = words[/-([a-z])\d+\.js$/.exec(name)?.[1] ?? ''] ?? 'rest'
    kinds.set(kind, (kinds.get(kind) ?? 0) + size)
    all += size
  }
  return { all, kinds }
}

async function searches(data: string, mail: string): Promise<void> {
  const load: ShardLoader = async (file, shard) => await decodeShard(callsIn(readFileSync(join(data, file))).get(shard) ?? '')
  const slots = await Promise.all(
    ['m0', 'm1']
      .map(async (slot) => JSON.parse(Buffer.from(await load(`${slot}.js`, slot)).toString()) as Manifest)
      .map((slot) => slot.catch(() => null)),
  )
  const manifest = slots.filter((slot) => slot !== null).sort((a, b) => b.generation - a.generation)[0]
  const segments = manifest?.segments.filter(({ service }) => service === 'mail') ?? []
  const notmuch = notmuchOn(mail)
  for (const [name, query] of [
    ['rare word', vocabulary[40_000] ?? ''],
    ['common word', vocabulary[20] ?? ''],
    ['three words', [300, 900, 2_000].map((n) => vocabulary[n]).join(' ')],
    ['beginning', `${(vocabulary[5_000] ?? '').slice(0, 4)}*`],
  ] as const) {
    const times: number[] = []
    let found = 0
    for (let round = 0; round < 9; round++) {
      const start = performance.now()
      // A new one each time: nothing is remembered.
      found = (await new Search({ segments, load, texts: async () => [] }).find(parseQuery(query)))?.docs.length ?? 0
      times.push(performance.now() - start)
    }
    say(
      `  ${name.padEnd(12)} ${median(times).toFixed(1).padStart(7)} ms${notmuch(query)}   (${found.toLocaleString('en')} messages)`,
    )
  }
}

/** Answers how long it takes for a query; in a process of its own, as a person would. */
function notmuchOn(mail: string): (query: string) => string {
  const config = join(mail, '../notmuch-config')
  const env = { ...process.env, NOTMUCH_CONFIG: config, HOME: mail }
  if (spawnSync('notmuch', ['--version']).status !== 0) return () => ''
  writeFileSync(config, `[database]\npath=${mail}\n[user]\nname=x\nprimary_email=x@example.com\n[new]\ntags=\n`)
  const start = performance.now()
  if (spawnSync('notmuch', ['new'], { env }).status !== 0) return () => ''
  say(`  notmuch new: ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return (query) => {
    const times = Array.from({ length: 5 }, () => {
      const begun = performance.now()
      spawnSync('notmuch', ['search', '--output=messages', query], { env })
      return performance.now() - begun
    })
    return `, notmuch ${median(times).toFixed(0)} ms`
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

function megabytes(octets: number): string {
  return `${(octets / 1e6).toFixed(octets < 1e7 ? 1 : 0)} MB`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
