/**
 * Reads a vault as somebody who found the disk would: plain files and checksums alone, no journal, no cache. Every message
 * has to prove itself by its own header, every file by the list of checksums.
 */
import { createHash, hash } from 'node:crypto'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { AppError, toAppError } from '../core/errors.ts'
import { decodeRecord, maxPrefixLength, readClaim } from '../formats/mbox.ts'
import { type Disk, readFile, readStream } from './disk.ts'
import { isMboxName, mailFolder, systemPath, tagFiles } from './layout.ts'
import { readMessage, wholeMessage } from './mail-store.ts'
import { isManifestGenuine, payloadFiles, readManifest } from './manifest.ts'

const separator = Buffer.from('\nFrom ')

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
}

export async function readAsStranger(options: StrangerOptions): Promise<StrangerFindings> {
  const { disk, directory, folders } = options
  const findings = new StrangerFindings()
  const manifest = await readManifest(disk, directory, tagFiles.manifest)
  if (manifest === null) findings.problem(tagFiles.manifest, 'The list of checksums is missing or damaged.')
  else if (!(await isManifestGenuine(disk, directory)))
    findings.problem(tagFiles.manifest, 'The list of checksums is not the one that the last backup wrote.')
  const missing = new Set([...(manifest?.keys() ?? [])].filter((path) => folders.some((folder) => path.startsWith(`${folder}/`))))
  for (const folder of folders) {
    for await (const { path } of payloadFiles(disk, directory, folder)) {
      options.signal.throwIfAborted()
      missing.delete(path)
      const isMail = path.startsWith(`${folder}/${mailFolder}/`) && isMboxName(path.slice(path.lastIndexOf('/') + 1))
      await readOne(options, findings, path, isMail, manifest?.get(path))
    }
  }
  for (const path of missing) findings.problem(path, `${path} is missing.`)
  return findings
}

async function readOne(
  options: StrangerOptions,
  findings: StrangerFindings,
  path: string,
  isMail: boolean,
  expected: string | undefined,
): Promise<void> {
  const { disk, directory, onBytes } = options
  const sum = createHash('sha256')
  const count = (chunk: Uint8Array) => {
    sum.update(chunk)
    findings.bytes += chunk.length
    onBytes(chunk.length)
  }
  findings.files++
  try {
    if (isMail) await new MboxStranger(options, findings, path).read(count)
    else for await (const chunk of readStream(disk, systemPath(directory, path))) count(chunk)
    const sha256 = sum.digest('hex')
    if (!isMail) findings.note(path, -1, sha256)
    if (expected !== undefined && expected !== sha256)
      findings.problem(path, `${path} is not what was saved: its checksum differs.`)
    if (/\.(vcf|ics)$/i.test(path)) await parseShared(options, findings, path)
  } catch (error) {
    options.signal.throwIfAborted()
    findings.problem(path, toAppError(error).message)
  }
}

/** Whether contacts and events can be told apart; what they say is for the comparison with the record. */
async function parseShared({ disk, directory }: StrangerOptions, findings: StrangerFindings, path: string): Promise<void> {
  const text = ((await readFile(disk, systemPath(directory, path))) ?? Buffer.alloc(0)).toString('latin1')
  const open: string[] = []
  for (const [, mark, name = ''] of text.matchAll(/^(BEGIN|END):([A-Z0-9-]+)[ \t]*\r?$/gim)) {
    if (mark?.toUpperCase() === 'BEGIN') open.push(name.toUpperCase())
    else if (open.pop() !== name.toUpperCase()) {
      // A single item may be broken as it came; the comparison with the record tells.
      return
    } else if (/^VCARD$/i.test(name)) findings.cards++
    else if (/^V(EVENT|TODO|JOURNAL)$/i.test(name)) findings.events++
  }
}

class MboxStranger {
  readonly #options: StrangerOptions
  readonly #findings: StrangerFindings
  readonly #path: string
  readonly #file: string
  #pending: Buffer = Buffer.alloc(0)
  /** Position in the file of the first octet of `#pending`, and of the record that is under way. */
  #position = 0
  #start = 0

  constructor(options: StrangerOptions, findings: StrangerFindings, path: string) {
    this.#options = options
    this.#findings = findings
    this.#path = path
    this.#file = systemPath(options.directory, path)
  }

  async read(count: (chunk: Uint8Array) => void): Promise<void> {
    for await (const chunk of readStream(this.#options.disk, this.#file)) {
      count(chunk)
      this.#options.signal.throwIfAborted()
      await this.#take(chunk)
    }
    const end = this.#position + this.#pending.length
    if (end > this.#start) await this.#record(end)
  }

  async #take(chunk: Buffer): Promise<void> {
    // The beginning of a separator may be the end of what came before.
    const overlap = separator.length - 1
    const from = Math.max(0, this.#pending.length - overlap)
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    for (let at = this.#pending.indexOf(separator, from); at >= 0; at = this.#pending.indexOf(separator)) {
      await this.#record(this.#position + at + 1)
      this.#drop()
    }
    // Of a message too large for memory only its place is remembered.
    if (this.#pending.length > 2 * wholeMessage) {
      const keep = this.#pending.subarray(this.#pending.length - overlap)
      this.#position += this.#pending.length - keep.length
      this.#pending = Buffer.from(keep)
    }
  }

  /** Forgets what lies before the record that is under way. */
  #drop(): void {
    const done = this.#start - this.#position
    this.#pending = this.#pending.subarray(done)
    this.#position = this.#start
  }

  /** The record that began at `#start` ends at `end`. */
  async #record(end: number): Promise<void> {
    const start = this.#start
    this.#start = end
    try {
      const sha256 = start >= this.#position ? this.#whole(start, end) : await this.#large(start, end)
      this.#findings.note(this.#path, start, sha256)
      this.#findings.messages++
    } catch (error) {
      this.#findings.problem(
        this.#path,
        `The message at octet ${start} of ${this.#path} is damaged: ${toAppError(error).message}`,
      )
    }
  }

  #whole(start: number, end: number): string {
    const record = this.#pending.subarray(start - this.#position, end - this.#position)
    const claim = readClaim(record)
    const original = decodeRecord(record, claim)
    const sha256 = hash('sha256', original, 'hex')
    if (sha256 !== claim.sha256 || original.length !== claim.size)
      throw new AppError('corrupt', 'its octets are not those its own header speaks of.')
    return sha256
  }

  async #large(offset: number, end: number): Promise<string> {
    const { disk } = this.#options
    const beginning: Buffer[] = []
    for await (const part of readStream(disk, this.#file, offset, Math.min(end, offset + maxPrefixLength))) beginning.push(part)
    const { sha256 } = readClaim(Buffer.concat(beginning))
    const folder = this.#options.directory
    for await (const _ of readMessage(disk, folder, { path: this.#path, offset, length: end - offset }, sha256));
    return sha256
  }
}
