/** A folder that documents are put into: every content once, under safe names, and nothing that is there is overwritten. */
import { createHash, randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { collisionKey, uniqueName } from '../formats/names.ts'
import { diskError, realDisk } from '../vault/disk.ts'

export interface PlacedDocument {
  /** Below the folder, with `/`. */
  readonly path: string
  readonly size: number
  readonly sha256: string
}

export class OutFolder {
  written = 0
  alreadyThere = 0
  bytes = 0
  readonly #root: string
  /** By SHA-256 and extension. */
  readonly #byContent = new Map<string, PlacedDocument>()
  /** Spellings of folders by parent and name, and what is taken in each. */
  readonly #folders = new Map<string, string>()
  readonly #taken = new Set<string>()

  constructor(root: string) {
    this.#root = root
  }

  /** @throws AppError `unsupported` where a file is in its place */
  async make(): Promise<void> {
    if ((await stat(this.#root).catch(() => null))?.isDirectory() === false)
      throw new AppError('unsupported', `${this.#root} is a file.`, { advice: 'Choose a folder.' })
    await realDisk.makeDirectory(this.#root)
  }

  async place(folder: readonly string[], name: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<PlacedDocument> {
    const temporary = join(this.#root, `.lifeboat-tmp-${randomUUID()}`)
    const { size, sha256 } = await this.#translated(temporary, () => write(temporary, content))
    try {
      const key = `${sha256}${extname(name).toLowerCase()}`
      const known = this.#byContent.get(key)
      if (known !== undefined) return known
      const placed = await this.#give(temporary, folder, name, size, sha256)
      this.#byContent.set(key, placed)
      return placed
    } finally {
      await unlink(temporary).catch(() => {})
    }
  }

  async #give(temporary: string, folder: readonly string[], name: string, size: number, sha256: string): Promise<PlacedDocument> {
    const spelled = this.#spell(folder)
    await this.#translated(this.#root, () => mkdir(join(this.#root, ...spelled), { recursive: true }))
    const extension = extname(name)
    const stem = name.slice(0, name.length - extension.length).slice(0, 90)
    for (let copy = 1; ; copy++) {
      const wanted = `${stem}${copy === 1 ? '' : ` (${copy})`}${extension.slice(0, 16)}`
      const file = uniqueName(wanted, () => false)
      const path = [...spelled, file].join('/')
      const target = join(this.#root, ...spelled, file)
      if (await this.#translated(target, () => give(temporary, target))) {
        this.written++
        this.bytes += size
        return { path, size, sha256 }
      }
      if ((await sizeOf(target)) === size && (await sumOf(target)) === sha256) {
        this.alreadyThere++
        return { path, size, sha256 }
      }
    }
  }

  #spell(folder: readonly string[]): string[] {
    const spelled: string[] = []
    for (const name of folder) {
      const parent = spelled.join('/')
      const known = this.#folders.get(`${parent}\n${name}`)
      const spelling = known ?? uniqueName(name.slice(0, 100), (key) => this.#taken.has(`${parent}\n${key}`))
      this.#folders.set(`${parent}\n${name}`, spelling)
      this.#taken.add(`${parent}\n${collisionKey(spelling)}`)
      spelled.push(spelling)
    }
    return spelled
  }

  async #translated<T>(path: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw diskError(error, path)
    }
  }
}

async function write(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<{ size: number; sha256: string }> {
  const sum = createHash('sha256')
  let size = 0
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      sum.update(chunk)
      size += chunk.length
      await file.writeFile(chunk)
    }
  } finally {
    await file.close()
  }
  return { size, sha256: sum.digest('hex') }
}

/** False where something has that name; it stays as it is. */
async function give(temporary: string, target: string): Promise<boolean> {
  try {
    await link(temporary, target)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'EEXIST') return false
    // exFAT and FAT32 know no links.
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'ENOSYS') throw error
  }
  if ((await sizeOf(target)) !== null) return false
  await rename(temporary, target)
  return true
}

async function sizeOf(path: string): Promise<number | null> {
  return await stat(path).then(
    (facts) => facts.size,
    () => null,
  )
}

async function sumOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}
