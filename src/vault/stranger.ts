/**
 * Reads a vault as somebody who found the disk would: plain files and checksums alone, no journal, no cache. Every message
 * has to prove itself by its own header, every file by the list of checksums.
 */
import { availableParallelism } from 'node:os'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { type Disk, realDisk } from './disk.ts'
import { tagFiles } from './layout.ts'
import { isManifestGenuine, type Manifest, payloadFiles, readManifest } from './manifest.ts'
import { type FileFindings, isMailFile, readFileAsStranger, StrangerRoom } from './stranger-file.ts'
import type { StrangerAnswer } from './stranger-worker.ts'
import { inThreads } from './threads.ts'

/** From so many octets on, threads are worth their start. */
const muchToRead = 64 << 20

export interface StrangerProblem {
  /** Path in the vault. */
  readonly path: string
  /** One sentence for a person. */
  readonly text: string
}

/** What a stranger could find and read. */
export class StrangerFindings {
  files = 0
  bytes = 0
  messages = 0
  cards = 0
  events = 0
  readonly problems: StrangerProblem[] = []
  readonly #database = new DatabaseSync('')
  readonly #insert: StatementSync
  readonly #select: StatementSync

  constructor() {
    this.#database.exec(
      'CREATE TABLE found (path TEXT, start INTEGER, sha256 TEXT, PRIMARY KEY (path, start)) WITHOUT ROWID; BEGIN',
    )
    this.#insert = this.#database.prepare('INSERT OR REPLACE INTO found VALUES (?, ?, ?)')
    this.#select = this.#database.prepare('SELECT sha256 FROM found WHERE path = ? AND start = ?')
  }

  /** `start`: -1 for a whole file. */
  note(path: string, start: number, sha256: string): void {
    this.#insert.run(path, start, sha256)
  }

  /** SHA-256 of the message whose record begins there. */
  messageAt(path: string, start: number): string | undefined {
    return this.#sum(path, start)
  }

  fileSum(path: string): string | undefined {
    return this.#sum(path, -1)
  }

  #sum(path: string, start: number): string | undefined {
    const row = this.#select.get(path, start)
    return row === undefined ? undefined : String(row['sha256'])
  }

  problem(path: string, text: string): void {
    this.problems.push({ path, text })
  }

  close(): void {
    this.#database.close()
  }
}

export interface StrangerOptions {
  readonly disk: Disk
  /** The vault. */
  readonly directory: string
  /** Folders of accounts, as paths in the vault. */
  readonly folders: readonly string[]
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
  /** Threads read it where it has so many octets. */
  readonly threadsFrom?: number
}

/** Reads the folders from their plain files and the list of checksums alone; journals and cache are not looked at. */
export async function readAsStranger(options: StrangerOptions): Promise<StrangerFindings> {
  const { disk, directory, folders, signal } = options
  const findings = new StrangerFindings()
  const manifest = await readManifest(disk, directory, tagFiles.manifest)
  if (manifest === null) findings.problem(tagFiles.manifest, 'The list of checksums is missing or damaged.')
  else if (!(await isManifestGenuine(disk, directory)))
    findings.problem(tagFiles.manifest, 'The list of checksums is not the one that the last backup wrote.')
  const missing = new Set([...(manifest?.keys() ?? [])].filter((path) => folders.some((folder) => path.startsWith(`${folder}/`))))
  const files: Listed[] = []
  for (const folder of folders)
    for await (const { path, size } of payloadFiles(disk, directory, folder)) files.push({ folder, path, size })
  const problems: (readonly string[])[] = []
  const take = (n: number, found: FileFindings) => {
    missing.delete(found.path)
    problems[n] = takeFile(findings, files[n]?.folder ?? '', found, manifest)
  }
  await readAll(options, files, take)
  signal.throwIfAborted()
  for (const [n, { path }] of files.entries()) for (const text of problems[n] ?? []) findings.problem(path, text)
  for (const path of missing) findings.problem(path, `${path} is missing.`)
  return findings
}

interface Listed {
  readonly folder: string
  readonly path: string
  readonly size: number
}

type Take = (n: number, found: FileFindings) => void

/** Answers what is wrong with it. */
function takeFile(findings: StrangerFindings, folder: string, found: FileFindings, manifest: Manifest | null): string[] {
  const { path, sha256, messages, bytes, cards, events } = found
  findings.files++
  findings.bytes += bytes
  findings.messages += messages.length
  findings.cards += cards
  findings.events += events
  for (const [start, sum] of messages) findings.note(path, start, sum)
  if (sha256 !== null && !isMailFile(folder, path)) findings.note(path, -1, sha256)
  const expected = manifest?.get(path)
  // What is damaged in a file that is listed as it is was saved anew elsewhere, or is no message of ours; the record tells what is missing.
  if (expected !== undefined && expected === sha256) return []
  const isOther = expected !== undefined && sha256 !== null && expected !== sha256
  return [...found.problems, ...(isOther ? [`${path} is not what was saved: its checksum differs.`] : [])]
}

async function readAll(options: StrangerOptions, files: readonly Listed[], take: Take): Promise<void> {
  const { disk, directory, signal, onBytes, threadsFrom = muchToRead } = options
  const places = files.map(({ folder, path, size }, n) => ({ n, size, directory, folder, path }))
  const octets = files.reduce((sum, { size }) => sum + size, 0)
  if (disk === realDisk && octets >= threadsFrom && availableParallelism() > 1) {
    // Large files first, so that no thread is left alone with one at the end.
    const tasks = places.sort((a, b) => b.size - a.size)
    const script = new URL('stranger-worker.ts', import.meta.url)
    await inThreads(script, tasks, signal, ({ n }, answer: StrangerAnswer) => {
      if (typeof answer === 'number') onBytes(answer)
      else take(n, answer)
    })
    return
  }
  const room = new StrangerRoom()
  for (const place of places) {
    signal.throwIfAborted()
    take(place.n, await readFileAsStranger(disk, place, room, onBytes))
  }
}
