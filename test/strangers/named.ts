/** What lies in a vault, by the names that FORMAT.md has to explain to strangers. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const format = readFileSync(join(import.meta.dirname, '../../src/vault/FORMAT.md'), 'utf8')
const table = format.split('\n').filter((line) => line.startsWith('|'))

type Members = Readonly<Record<string, unknown>>

function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The row of a table that begins so. */
function row(first: string): string {
  return table.find((line) => line.startsWith(`| ${first} |`)) ?? ''
}

/** What FORMAT.md does not name, each once: journal members and values, columns, labels, header lines, files and folders. */
export function unnamed(vault: string): string[] {
  const missing = new Set<string>()
  const expectIn = (text: string, name: string, where: string) => {
    if (!text.includes(name)) missing.add(`${where}: ${name}`)
  }
  const expectMembers = (text: string, value: unknown, where: string) => {
    if (isMembers(value)) for (const name of Object.keys(value)) expectIn(text, `\`${name}\``, where)
  }
  for (const name of readdirSync(vault)) expectIn(format, name.replace(/^viewer-[0-9a-f]{32}$/, 'viewer-<32 hex>/'), 'vault')
  for (const line of readFileSync(join(vault, 'bag-info.txt'), 'utf8').split('\n').slice(0, -1))
    expectIn(format, `| \`${line.slice(0, line.indexOf(':') + 1)}`, 'bag-info.txt')
  for (const root of accountRoots(vault)) {
    for (const name of readdirSync(root)) expectIn(format, `    ${name}/`, 'account')
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name))
    for (const file of files.filter((name) => name.endsWith('index.csv')))
      for (const column of columns(file)) expectIn(format, `\`${column}\``, 'index.csv')
    for (const file of files.filter((name) => name.endsWith('.mbox')))
      for (const mark of headerNames(file)) expectIn(format, mark, '.mbox')
    for (const entry of journalEntries(root)) checkEntry(entry, expectMembers)
  }
  return [...missing].sort()
}

function accountRoots(vault: string): string[] {
  return readdirSync(join(vault, 'data')).map((account) => join(vault, 'data', account))
}

function checkEntry(entry: Members, expectMembers: (text: string, value: unknown, where: string) => void): void {
  const { op, ...members } = entry
  const { meta, head, frame, service, collections } = members
  const about = row(`\`${op}\``)
  const where = `journal, ${op}`
  expectMembers(about, members, where)
  if (typeof service === 'string') expectMembers(about, { [service]: true }, where)
  expectMembers(about, head, where)
  expectMembers(format, frame, 'frame')
  for (const zone of ((frame as Members | undefined)?.['zones'] as unknown[] | undefined) ?? [])
    expectMembers(format, zone, 'zone')
  for (const collection of (collections as unknown[] | undefined) ?? []) expectMembers(about, collection, where)
  if (op === 'collection') expectMembers(row('a collection'), meta, 'meta of a collection')
  else if (isMembers(meta)) expectMembers('flags' in meta ? row('a message') : row('a file'), meta, 'meta of an item')
}

function journalEntries(root: string): Members[] {
  const runs = readdirSync(join(root, 'Journal')).map((name) => readFileSync(join(root, 'Journal', name), 'utf8'))
  return runs.flatMap((text) => text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Members])))
}

/** Of all journals, each once. */
export function operations(vault: string): string[] {
  return [
    ...new Set(
      accountRoots(vault)
        .flatMap(journalEntries)
        .map(({ op }) => String(op)),
    ),
  ].sort()
}

function columns(path: string): string[] {
  const [first = ''] = readFileSync(path, 'utf8').replace('\ufeff', '').split('\r\n')
  return first.split(',')
}

/** Names of our header lines, and of what the first of them says of the message. */
function headerNames(path: string): string[] {
  const lines = readFileSync(path, 'latin1').split('\n')
  return lines.flatMap((line, n) => {
    if (!line.startsWith('X-Lifeboat: ')) return []
    const names = lines.slice(n, n + Number(/ lines=(\d+);/.exec(line)?.[1])).map((each) => each.slice(0, each.indexOf(':')))
    return [...names, ...[...line.matchAll(/ (\w+=)/g)].map(([, name = '']) => name)]
  })
}
