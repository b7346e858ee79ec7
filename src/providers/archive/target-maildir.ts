/** A mail folder as a Maildir: one file per message, its flags in the name, its date of receipt as modification time. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { Blocks } from '../../core/blocks.ts'
import { toAppError } from '../../core/errors.ts'
import type { PutOutcome, RestoreItem } from '../../core/types.ts'
import { readDovecotKeywords } from './mail-facts.ts'
import {
  exists,
  giveName,
  hashOf,
  makeFolder,
  type NewFile,
  removeTemporaries,
  sizeOf,
  writeNew,
  writeTemporary,
} from './target-files.ts'

/** Dovecot's names for keywords, `a` to `z`. */
const maxKeywords = 26
const writesAtOnce = 8

const letters: Readonly<Record<string, string>> = {
  '\\Draft': 'D',
  '\\Flagged': 'F',
  $Forwarded: 'P',
  '\\Answered': 'R',
  '\\Seen': 'S',
  '\\Deleted': 'T',
}

interface There {
  readonly path: string
  /** Of our own files the beginning of the SHA-256 stands in the name. */
  readonly hash: string | null
  isTaken: boolean
}

export class MaildirFolder {
  readonly #folder: string
  readonly #dryRun: boolean
  readonly #durable: boolean
  /** By size in octets. */
  #there: Map<number, There[]> | null = null
  #keywords: string[] = []
  readonly #copies = new Map<string, number>()
  readonly #memory = new Blocks()

  constructor(folder: string, dryRun: boolean, durable: boolean) {
    this.#folder = folder
    this.#dryRun = dryRun
    this.#durable = durable
  }

  async make(): Promise<boolean> {
    const isNew = !(await exists(join(this.#folder, 'cur')))
    if (!this.#dryRun) {
      for (const name of ['cur', 'new', 'tmp']) await makeFolder(join(this.#folder, name))
      await removeTemporaries(join(this.#folder, 'tmp'))
    }
    return isNew
  }

  async *put(items: readonly RestoreItem[]): AsyncGenerator<PutOutcome> {
    this.#there ??= await this.#list()
    const missing: RestoreItem[] = []
    for (const item of items) {
      const path = await this.#take(item)
      if (path === null) missing.push(item)
      else yield { key: item.key, kind: 'already-there', at: path }
    }
    if (this.#dryRun) {
      for (const { key } of missing) yield { key, kind: 'created' }
      return
    }
    await this.#learnKeywords(missing)
    const limit = pLimit(writesAtOnce)
    yield* await Promise.all(missing.map((item) => limit(() => this.#write(item))))
  }

  async #list(): Promise<Map<number, There[]>> {
    const there = new Map<number, There[]>()
    for (const part of ['cur', 'new']) {
      const folder = join(this.#folder, part)
      for (const name of await readdir(folder).catch(() => [])) {
        const size = await sizeOf(join(folder, name))
        if (size === null || size < 0) continue
        const hash = /^-?\d+\.([0-9a-f]{24})_\d+\.lifeboat/.exec(name)?.[1] ?? null
        const others = there.get(size) ?? []
        others.push({ path: join(folder, name), hash, isTaken: false })
        there.set(size, others)
      }
    }
    const keywords = await readFile(join(this.#folder, 'dovecot-keywords'), 'utf8').catch(() => '')
    this.#keywords = readDovecotKeywords(keywords)
    return there
  }

  async #take(item: RestoreItem): Promise<string | null> {
    for (const one of this.#there?.get(item.size) ?? []) {
      if (one.isTaken) continue
      const isSame = one.hash === null ? (await hashOf(one.path)) === item.sha256 : item.sha256.startsWith(one.hash)
      if (!isSame) continue
      one.isTaken = true
      return one.path
    }
    return null
  }

  /** New ones stand behind those that are there: their letters keep their meaning. */
  async #learnKeywords(items: readonly RestoreItem[]): Promise<void> {
    const before = this.#keywords.length
    for (const keyword of items.flatMap(keywordsOf))
      if (!this.#keywords.includes(keyword) && this.#keywords.length < maxKeywords) this.#keywords.push(keyword)
    if (this.#keywords.length === before) return
    const path = join(this.#folder, 'dovecot-keywords')
    await writeFile(`${path}.lifeboat-tmp`, this.#keywords.map((keyword, n) => `${n} ${keyword}\n`).join(''))
    await rename(`${path}.lifeboat-tmp`, path)
  }

  async #write(item: RestoreItem): Promise<PutOutcome> {
    try {
      const losses = keywordsOf(item)
        .filter((keyword) => !this.#keywords.includes(keyword))
        .map((keyword) => `The keyword “${keyword}” does not fit: a Maildir holds ${maxKeywords} of them.`)
      return { key: item.key, kind: 'created', at: await this.#place(item), losses }
    } catch (error) {
      return { key: item.key, kind: 'failed', error: toAppError(error) }
    }
  }

  async #place(item: RestoreItem): Promise<string> {
    const { size, sha256 } = item
    const modified = new Date(item.date)
    const path = () => join(this.#folder, 'cur', this.#nameOf(item, Math.floor(modified.getTime() / 1000)))
    if (!this.#durable) return await this.#placeAtOnce({ size, sha256, modified, content: item.content }, path)
    const file = { size, sha256, modified, content: () => item.content() }
    const temporary = await writeTemporary(join(this.#folder, 'tmp'), file, this.#durable)
    for (;;) {
      const name = path()
      if (await giveName(temporary, name)) return name
    }
  }

  /** Nobody else has this folder, and after a crash it is of no use. */
  async #placeAtOnce(file: NewFile, path: () => string): Promise<string> {
    const pieces: Buffer[] = []
    const allocate = (octets: number) => {
      const piece = this.#memory.take(octets)
      pieces.push(piece)
      return piece
    }
    try {
      for (;;) {
        const name = path()
        if (await writeNew(name, file, allocate)) return name
      }
    } finally {
      for (const piece of pieces) this.#memory.release(piece)
    }
  }

  #nameOf(item: RestoreItem, seconds: number): string {
    const hash = item.sha256.slice(0, 24)
    const copy = (this.#copies.get(hash) ?? 0) + 1
    this.#copies.set(hash, copy)
    const info = [...new Set(flagsOf(item).map((flag) => this.#letter(flag)))].sort().join('')
    return `${seconds}.${hash}_${copy}.lifeboat${process.platform === 'win32' ? ';' : ':'}2,${info}`
  }

  #letter(flag: string): string {
    const keyword = this.#keywords.indexOf(flag)
    return letters[flag] ?? (keyword < 0 ? '' : String.fromCharCode(97 + keyword))
  }
}

function flagsOf({ meta }: RestoreItem): string[] {
  const flags = meta['flags']
  return Array.isArray(flags) ? flags.filter((flag): flag is string => typeof flag === 'string') : []
}

function keywordsOf(item: RestoreItem): string[] {
  return flagsOf(item).filter((flag) => letters[flag] === undefined && !flag.startsWith('\\') && /^\S+$/.test(flag))
}
