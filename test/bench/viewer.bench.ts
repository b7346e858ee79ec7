/**
 * `npm run bench:viewer [-- --small | --messages N | --first-run N]`: what START HERE.html costs to make, how large its data is,
 * and how fast it is in Chromium, opened from the disk, beside notmuch on the same mail; and what it adds to a first backup of N
 * messages (as root). All of it at 20,000 and 100,000 messages takes a quarter of an hour.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { lifeboatEnvironment, nodeFlags } from '../../build/launch.mjs'
import { seconds } from './aims.ts'
import { measureFirstRun } from './first-run.ts'
import { type Cost, measure } from './measure.ts'
import { type PageFigures, pageFigures } from './page-figures.ts'
import { markdownTable } from './results.ts'
import { MailFile, vocabulary } from './viewer-mail.ts'

const { values: options } = parseArgs({
  options: { small: { type: 'boolean' }, messages: { type: 'string' }, 'first-run': { type: 'string' } },
})
const sizes =
  options.messages !== undefined
    ? [Number(options.messages)]
    : options['first-run'] !== undefined
      ? []
      : options.small
        ? [2_000]
        : [20_000, 100_000]
const firstRun = Number(options['first-run'] ?? (options.messages !== undefined ? 0 : options.small ? 1_000 : 5_000))

/** It takes minutes to index more. */
const mostForNotmuch = 20_000

const builder = join(import.meta.dirname, 'build-viewer.ts')

interface Query {
  readonly name: string
  readonly text: string
  /** Milliseconds that it may take. */
  readonly aim: number
}

const words = (...places: number[]) => places.map((place) => vocabulary[place] ?? '').join(' ')
const queries: readonly Query[] = [
  { name: 'a rare word', text: words(40_000), aim: 120 },
  { name: 'a common word', text: words(20), aim: 120 },
  { name: 'two words', text: words(300, 900), aim: 120 },
  { name: 'three words', text: words(301, 901, 2_001), aim: 120 },
  { name: 'the beginning of a word', text: `${words(5_000).slice(0, 4)}*`, aim: 150 },
]

interface Figures {
  readonly count: number
  readonly octets: number
  readonly built: Cost
  readonly grown: Cost
  readonly size: number
  readonly page: PageFigures
  readonly notmuch: Notmuch | null
}

interface Notmuch {
  readonly indexed: Cost
  /** Milliseconds by query; in a process of its own, as a person would start it. */
  readonly searches: ReadonlyMap<string, number>
}

for (const count of sizes) {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'))
  try {
    report(await figures(folder, count))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
if (firstRun > 0) console.log(await measureFirstRun(firstRun, say))

async function figures(folder: string, count: number): Promise<Figures> {
  const more = Math.ceil(count * 1.01)
  const mail = MailFile.write(folder, more)
  const vault = join(folder, 'vault')
  mkdirSync(vault)
  const update = (...counts: number[]) =>
    measure({
      argv: [process.execPath, ...nodeFlags, builder, folder, vault, ...counts.map(String)],
      env: lifeboatEnvironment,
    })
  say(`${count} messages: making the data`)
  const built = await update(count)
  const size = sizeOf(vault)
  say('opening the page')
  const page = await pageFigures({ vault, queries: queries.map(({ text }) => text), opens: 41 })
  const grown = await update(count, more)
  const notmuch = count <= mostForNotmuch ? await notmuchOn(folder, mail, count) : null
  const octets = mail.octets(count)
  mail.close()
  return { count, octets, built, grown, size, page, notmuch }
}

/** Octets of the files below. */
function sizeOf(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.map((name) => statSync(join(folder, name))).reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0)
}

/** Null, and said, where it is not installed. */
async function notmuchOn(folder: string, mail: MailFile, count: number): Promise<Notmuch | null> {
  if (spawnSync('notmuch', ['--version']).status !== 0) {
    say('notmuch is not installed: Debian has it in the package of that name.')
    return null
  }
  say('notmuch')
  const maildir = join(folder, 'notmuch')
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(maildir, part), { recursive: true })
  for (let n = 0; n < count; n++) writeFileSync(join(maildir, 'cur', `${String(n).padStart(7, '0')}:2,S`), mail.read(n))
  const config = join(folder, 'notmuch-config')
  writeFileSync(config, `[database]\npath=${maildir}\n[user]\nname=x\nprimary_email=x@example.com\n[new]\ntags=\n`)
  const env = { ...process.env, NOTMUCH_CONFIG: config }
  const indexed = await measure({ argv: ['notmuch', 'new', '--quiet'], env })
  const searches = new Map<string, number>()
  for (const { name, text } of queries) {
    const times: number[] = []
    for (let round = 0; round < 5; round++) {
      const start = performance.now()
      spawnSync('notmuch', ['search', '--output=messages', text], { env })
      times.push(performance.now() - start)
    }
    searches.set(name, times.toSorted((a, b) => a - b)[2] ?? 0)
  }
  return { indexed, searches }
}

function report({ count, octets, built, grown, size, page, notmuch }: Figures): void {
  const isMet = (met: boolean) => (met ? 'yes' : '**no**')
  const atMost = (what: string, value: number, aim: number, beside = '') => [
    what,
    `${value.toFixed(0)} ms`,
    beside,
    `≤ ${aim} ms`,
    isMet(value <= aim),
  ]
  const share = size / octets
  const { searching } = page.memory
  const rows = [
    atMost('first list on the screen', page.firstList, 250),
    atMost('list of all messages', page.wholeList, Number.POSITIVE_INFINITY).with(3, '').with(4, ''),
    atMost('a message is open: median of 41', page.open.median, 80),
    atMost('a message is open: the slowest', page.open.slowest, 80),
    ...queries.map(({ name, text, aim }) => {
      const { first = 0, found = 0 } = page.searches[text] ?? {}
      const there = notmuch?.searches.get(name)
      const beside = there === undefined ? '' : `${there.toFixed(0)} ms`
      return atMost(`search: ${name} (${found.toLocaleString('en')} found)`, first, aim, beside)
    }),
    ['memory with the list: the whole process', megabytes(page.memory.list.whole), '', '', ''],
    [
      'memory while searching, at most: the whole process',
      megabytes(searching.whole),
      '',
      '≤ 300 MB',
      isMet(searching.whole <= 300e6),
    ],
    ['… without the program that all of the browser’s processes share', megabytes(searching.own), '', '', ''],
    ['size, compared with the mail', `${megabytes(size)}: ${(100 * share).toFixed(0)} %`, '', '≤ 60 %', isMet(share <= 0.6)],
    cost('making it', built, notmuch?.indexed),
    cost('making it anew with 1 % more', grown),
  ]
  console.log(
    `\n${count.toLocaleString('en')} messages, ${megabytes(octets)} of mail\n\n${markdownTable(['', 'START HERE.html', 'notmuch', 'aim', 'met'], rows)}\n`,
  )
}

function cost(what: string, own: Cost, beside?: Cost): string[] {
  const text = ({ wall, cpu, memory }: Cost) => `${seconds(wall)}, CPU ${seconds(cpu)}, ${megabytes(memory)}`
  return [what, text(own), beside === undefined ? '' : text(beside), '', '']
}

function megabytes(octets: number): string {
  return `${(octets / 1e6).toFixed(octets < 1e7 ? 1 : 0)} MB`
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
