import { isUtf8 } from 'node:buffer'
import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import { type Entry, getFileNameLowLevel, openPromise, validateFileName, type ZipFile } from 'yauzl'
import { AppError } from '../../core/errors.ts'
import { byName, type FileFacts, type Path, systemCode, type Tree, type TreeEntry } from './tree.ts'

/** Mail deflates to a tenth or a fiftieth; what claims more than this, beyond `bombSize`, is no mail. */
const bombRatio = 250
const bombSize = 64 * 1024 * 1024
const maxEntries = 2_000_000
/** Far more than any mail program makes; each level costs memory. */
const maxDepth = 100

/**
 * The files of a zip (zip64 included), read as a stream and never unpacked. Deflate can only be read from the beginning,
 * so whoever reads several places of an entry keeps one reader and goes forward.
 */
export class ZipTree implements Tree {
  readonly seekable = false
  readonly location: string
  readonly #zip: ZipFile
  readonly #folders: ReadonlyMap<string, Map<string, TreeEntry>>
  readonly #files: ReadonlyMap<string, Entry>

  private constructor(location: string, zip: ZipFile, contents: Contents) {
    this.location = location
    this.#zip = zip
    this.#folders = contents.folders
    this.#files = contents.files
  }

  /**
   * Reads the list of contents, of which only the files that are `wanted` by name are kept.
   * @throws AppError `unsupported` when the file is no zip or is damaged, `suspicious` when it is made to harm
   */
  static async open(location: string, wanted: (name: string) => boolean, signal: AbortSignal): Promise<ZipTree> {
    const zip = await openZip(location)
    // After `close` yauzl may still report a failed read that nobody waits for.
    zip.on('error', () => {})
    try {
      return new ZipTree(location, zip, await readContents(zip, location, wanted, signal))
    } catch (error) {
      zip.close()
      throw error
    }
  }

  async list(folder: Path): Promise<TreeEntry[]> {
    return [...(this.#folders.get(folder.join('/'))?.values() ?? [])].sort(byName)
  }

  async facts(file: Path): Promise<FileFacts> {
    const entry = this.#entry(file)
    const { uncompressedSize: size, crc32: checksum } = entry
    return { size, modified: entry.getLastModDate({ timezone: 'UTC' }).getTime(), stamp: `${size}:crc32:${checksum}` }
  }

  async *read(file: Path, start = 0): AsyncGenerator<Buffer> {
    const entry = this.#entry(file)
    const damaged = (cause?: unknown) => damagedZip(`${file.at(-1)} in ${basename(this.location)}`, cause)
    const stream = await this.#zip.openReadStreamPromise(entry).catch((error: unknown) => {
      throw systemCode(error) === '' ? damaged(error) : error
    })
    let position = 0
    let checksum = 0
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        checksum = crc32(chunk, checksum)
        const from = Math.max(0, start - position)
        position += chunk.length
        if (from < chunk.length) yield chunk.subarray(from)
      }
    } catch (error) {
      const code = systemCode(error)
      throw code === '' || code.startsWith('Z_') || code.startsWith('ERR_') ? damaged(error) : error
    } finally {
      stream.destroy()
    }
    if (checksum !== entry.crc32) throw damaged()
  }

  close(): void {
    this.#zip.close()
  }

  #entry(file: Path): Entry {
    const entry = this.#files.get(file.join('/'))
    if (entry === undefined) throw new AppError('not-found', `${file.at(-1)} is not in ${basename(this.location)}.`)
    return entry
  }
}

interface Contents {
  readonly folders: Map<string, Map<string, TreeEntry>>
  readonly files: Map<string, Entry>
  /** How many files are left out for their names, and the first of these. */
  leftOut: number
  readonly unsafe: string[]
}

async function openZip(location: string): Promise<ZipFile> {
  try {
    // Names are decoded here, so that one bad name does not end the reading of the others.
    return await openPromise(location, { lazyEntries: true, autoClose: false, decodeStrings: false })
  } catch (error) {
    throw systemCode(error) === '' ? damagedZip(basename(location), error) : error
  }
}

async function readContents(
  zip: ZipFile,
  location: string,
  wanted: (name: string) => boolean,
  signal: AbortSignal,
): Promise<Contents> {
  const name = basename(location)
  if (zip.entryCount > maxEntries) throw new AppError('suspicious', `${name} claims to hold ${zip.entryCount} files.`)
  const contents: Contents = { folders: new Map(), files: new Map(), leftOut: 0, unsafe: [] }
  let compressed = 0
  let uncompressed = 0
  try {
    for await (const entry of zip.eachEntry()) {
      signal.throwIfAborted()
      compressed += entry.compressedSize
      uncompressed += entry.uncompressedSize
      addEntry(contents, entry, wanted)
    }
  } catch (error) {
    signal.throwIfAborted()
    throw systemCode(error) === '' ? damagedZip(name, error) : error
  }
  if (contents.leftOut > 0) {
    childrenOf(contents, []).set('\0unsafe', { name: 'unsafe name', kind: 'refused', reason: whatIsLeftOut(contents) })
  }
  // The same data used for many files is how the worst zip bombs are made.
  if (compressed > zip.fileSize || isBomb(zip.fileSize, uncompressed)) {
    throw new AppError('suspicious', `${name} is built like a zip bomb and was not read.`, {
      advice: 'If it comes from a person or service you trust, unpack it yourself and use the folder.',
    })
  }
  return contents
}

function addEntry(contents: Contents, entry: Entry, wanted: (name: string) => boolean): void {
  const fullName = nameOf(entry)
  const isFolder = fullName.endsWith('/')
  // `./mail/1.eml`, as some programs write it.
  const path = fullName.split('/').filter((part) => part !== '' && part !== '.')
  const name = path.at(-1) ?? ''
  const unsafe = validateFileName(fullName) !== null || fullName.includes('\0') || path.length > maxDepth
  if (unsafe || (name === '' && !isFolder)) {
    contents.leftOut++
    if (contents.unsafe.length < mostShown) contents.unsafe.push(fullName.slice(0, longestShown))
    return
  }
  if (isFolder) {
    childrenOf(contents, path)
    return
  }
  if (!wanted(name)) return
  const children = childrenOf(contents, path.slice(0, -1))
  const reason = refusal(entry)
  if (reason !== null) {
    children.set(name, { name, kind: 'refused', reason })
  } else if (children.has(name)) {
    children.set(`${name}\0`, { name, kind: 'refused', reason: 'The zip holds two files of this name; only the first was read.' })
  } else {
    children.set(name, { name, kind: 'file' })
    contents.files.set(path.join('/'), entry)
  }
}

/** How many unsafe names are shown, and how much of each. */
const mostShown = 5
const longestShown = 80

function whatIsLeftOut({ leftOut, unsafe }: Contents): string {
  const names = [...unsafe.map((name) => `"${name}"`), ...(leftOut > unsafe.length ? ['…'] : [])].join(', ')
  return leftOut === 1
    ? `A file with an unsafe name in the zip was left out: ${names}.`
    : `${leftOut} files with unsafe names in the zip were left out: ${names}.`
}

/** Bit 11 of the general purpose flag (APPNOTE 4.4.4). */
const utf8Names = 0x800

/** The Finder of macOS and other programs write UTF-8 and do not say so; without the flag it would be code page 437. */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const flags = isUtf8(fileNameRaw) ? generalPurposeBitFlag | utf8Names : generalPurposeBitFlag
  return getFileNameLowLevel(flags, fileNameRaw, extraFields, false)
}

/** The folder's entries; the folder and those above it are made where they are missing. */
function childrenOf(contents: Contents, path: Path): Map<string, TreeEntry> {
  const key = path.join('/')
  const known = contents.folders.get(key)
  if (known !== undefined) return known
  const children = new Map<string, TreeEntry>()
  contents.folders.set(key, children)
  const name = path.at(-1)
  if (name !== undefined) childrenOf(contents, path.slice(0, -1)).set(`${name}/`, { name, kind: 'folder' })
  return children
}

function refusal(entry: Entry): string | null {
  if (entry.isEncrypted()) return 'The file is protected with a password.'
  if (!entry.canDecodeFileData()) return 'The file is packed in a way that cannot be read.'
  if (isBomb(entry.compressedSize, entry.uncompressedSize)) return 'The file is packed like a zip bomb and was not read.'
  return null
}

function isBomb(compressed: number, uncompressed: number): boolean {
  return uncompressed > bombSize && uncompressed > compressed * bombRatio
}

function damagedZip(name: string, cause?: unknown): AppError {
  return new AppError('unsupported', `${name} is damaged or incomplete.`, {
    cause,
    advice: 'Download or copy the zip again. If it stays like this, unpack it with another program and use the folder.',
  })
}
