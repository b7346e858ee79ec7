/** A mail folder as a Maildir: one file per message, its flags in the name, its date of receipt as modification time. */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pLimit from 'p-limit'
import { toAppError } from '../../core/errors.ts'
import type { PutOutcome, RestoreItem } from '../../core/target.ts'
import { readDovecotKeywords } from './mail-facts.ts'
import type { ScratchOutcome } from './scratch-files.ts'
import { ScratchWriter } from './scratch-writer.ts'
import {
  exists,
  giveName,
  hashOf,
  makeFolder,
  type NewFile,
  removeTemporaries,
  sizeOf,
  writeError,
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
  readonly #scratch: ScratchWriter | null
  /** By size in octets. */
  #there: Map<number, There[]> | null = null
  #keywords: string[] = []
  readonly #copies = new Map<string, number>()

  /** `scratch`: the folder is thrown away, and this writes it; null where it is to last. */
  constructor(folder: string, dryRun: boolean, scratch: ScratchWriter | null) {
    this.#folder = folder
    this.#dryRun = dryRun
    this.#scratch = scratch
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
    yield* await (this.#scratch === null
      ? Promise.all(missing.map((item) => limit(() => this.#write(item, () => this.#place(item)))))
      : this.#writeScratch(this.#scratch, missing))
  }

  /** Nobody else has this folder, and after a crash it is of no use. */
  async #writeScratch(scratch: ScratchWriter, items: readonly RestoreItem[]): Promise<PutOutcome[]> {
    const outcomes: Promise<PutOutcome>[] = []
    for (const item of items) {
      const name = () => this.#pathOf(item)
      if (item.size > ScratchWriter.largest) {
        outcomes.push(this.#write(item, () => this.#placeLarge(item)))
        continue
      }
      const added = scratch.add(item.size, new Date(item.date), item.content, name)
      // Waited for here as well, so that what is read next comes in its turn.
      const written = added.then(async ({ path, outcome }) => await this.#settled(item, path, await outcome))
      outcomes.push(this.#write(item, () => written))
      await added.catch(() => undefined)
    }
    scratch.flush()
    return await Promise.all(outcomes)
  }

  async #settled(item: RestoreItem, path: string, outcome: ScratchOutcome): Promise<string> {
    if (outcome === 'written') return path
    if (outcome === 'exists') return await this.#placeLarge(item)
    throw writeError(Object.assign(new Error(`${outcome.code} at ${path}`), { code: outcome.code }), path)
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

  async #write(item: RestoreItem, place: () => Promise<string>): Promise<PutOutcome> {
    try {
      const losses = keywordsOf(item)
        .filter((keyword) => !this.#keywords.includes(keyword))
        .map((keyword) => `The keyword “${keyword}” does not fit: a Maildir holds ${maxKeywords} of them.`)
      return { key: item.key, kind: 'created', at: await place(), losses }
    } catch (error) {
      return { key: item.key, kind: 'failed', error: toAppError(error) }
    }
  }

  async #place(item: RestoreItem): Promise<string> {
    const temporary = await writeTemporary(join(this.#folder, 'tmp'), fileOf(item), true)
    for (;;) {
      const path = this.#pathOf(item)
      if (await giveName(temporary, path)) return path
    }
  }

  /** Of a folder that is thrown away. */
  async #placeLarge(item: RestoreItem): Promise<string> {
    for (;;) {
      const path = this.#pathOf(item)
      if (await writeNew(path, fileOf(item))) return path
    }
  }

  /** Another one with each call. */
  #pathOf(item: RestoreItem): string {
    return join(this.#folder, 'cur', this.#nameOf(item, Math.floor(new Date(item.date).getTime() / 1000)))
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

function fileOf({ size, sha256, date, content }: RestoreItem): NewFile {
  return { size, sha256, modified: new Date(date), content: () => content() }
}

function flagsOf({ meta }: RestoreItem): string[] {
  const flags = meta['flags']
  return Array.isArray(flags) ? flags.filter((flag): flag is string => typeof flag === 'string') : []
}

function keywordsOf(item: RestoreItem): string[] {
  return flagsOf(item).filter((flag) => letters[flag] === undefined && !flag.startsWith('\\') && /^\S+$/.test(flag))
}
