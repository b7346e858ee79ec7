/** The octets of files in OneDrive: downloads that go on where they broke off and are checked. */
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import { type Item, isFolder } from '../../core/items.ts'
import type { Fetched } from '../../core/source.ts'
import { linkFile } from '../shared/link-file.ts'
import { whole } from '../shared/whole.ts'
import { isRefusedWith } from './errors.ts'
import type { OneDrive } from './onedrive.ts'
import { type Way, wayOf } from './onedrive-items.ts'
import { QuickXorHash } from './quick-xor-hash.ts'

/** Larger ones are streamed. */
const wholeOctets = 4 << 20
/** Files that may be other than is said of them are looked at before they are handed on. */
const lookedAt = 32 << 20
/** Breaks in a row without an octet between them. */
const mostBreaks = 5

type Download = Extract<Way, { kind: 'download' }>

async function contentOf(drive: OneDrive, item: Item): Promise<Fetched> {
  const { key } = item
  const way = wayOf(item)
  try {
    if (way.kind === 'folder') {
      // Of one that was not just listed, whether it is there.
      if (!isFolder(item.meta)) await drive.children(way.place).next()
      return { key, content: new Uint8Array() }
    }
    if (way.kind === 'link') return { key, content: linkFile(way.url, way.reason) }
    if (isLookedAt(way)) return await lookedAtFirst(drive, item, way)
    return { key, content: checked(drive, way) }
  } catch (error) {
    if (error instanceof AppError && hasCode(error, 'not-found', 'permission', 'unsupported', 'network')) return { key, error }
    throw error
  }
}

function isLookedAt({ size, altered }: Download): boolean {
  return size !== null && size <= (altered === '' ? wholeOctets : lookedAt)
}

/**
 * What comes the same twice is what Microsoft gives out, whatever it says of it: it is kept as it comes, with a word about it.
 * @throws AppError `network` where it comes otherwise each time
 */
async function lookedAtFirst(drive: OneDrive, { key, meta }: Item, way: Download): Promise<Fetched> {
  const first = await readAsSaid(drive, way)
  if (first.content !== null) return { key, content: first.content }
  const { content, sum } = await read(drive, way)
  if (isAsSaid(way, { content, sum })) return { key, content }
  if (sum !== first.sum || content.length !== first.size || (await isChanged(drive, way))) throw notAsSaid()
  return { key, content, meta: { ...meta, note: way.altered || otherwise } }
}

/** Since it was listed. */
async function isChanged(drive: OneDrive, { place, version, size, hash }: Download): Promise<boolean> {
  if (version !== null) return false
  const [answer] = await drive.items([place])
  if (answer === undefined || 'error' in answer) throw answer?.error ?? notAsSaid()
  return answer.body.size !== size || (hash !== null && answer.body.file?.hashes?.quickXorHash !== hash)
}

const otherwise = 'Microsoft gives this file out otherwise than it says, twice the same: size or checksum differ.'

/** Octets that are not what is said of them are not kept while they come once more. */
async function readAsSaid(drive: OneDrive, way: Download) {
  const { content, sum } = await read(drive, way)
  return { sum, size: content.length, content: isAsSaid(way, { content, sum }) ? content : null }
}

interface Read {
  readonly content: Uint8Array
  readonly sum: string
}

async function read(drive: OneDrive, way: Download): Promise<Read> {
  const content = await whole(downloaded(drive, way), 2 * lookedAt)
  const hash = new QuickXorHash()
  hash.update(content)
  return { content, sum: hash.digest() }
}

interface Course {
  /** It came in several pieces, which may be of different contents. */
  isPieced: boolean
}

/** All that Microsoft gives out of it, however often the connection breaks. */
async function* downloaded(
  drive: OneDrive,
  way: Download,
  course: Course = { isPieced: false },
): AsyncGenerator<Uint8Array, void, undefined> {
  let at = 0
  for (let breaks = 0; ; ) {
    try {
      const url = await drive.location(way.place, way.version)
      const { from, content } = await drive.download(url, at)
      for await (const octets of beginningAt(content, at - from)) {
        at += octets.length
        breaks = 0
        yield octets
      }
      if (way.size === null || at >= way.size || way.altered !== '') return
      throw new AppError('network', 'The download ended too early.')
    } catch (error) {
      const known = error instanceof AppError ? error : drive.session.explain(error)
      // "Requested Range Not Satisfiable": there is no more of it.
      if (at > 0 && isRefusedWith(known, 416)) return
      if (!isBreak(known, at) || ++breaks >= mostBreaks) throw known
      course.isPieced ||= at > 0
      await drive.wait(known)
    }
  }
}

/** @throws AppError `network` at the end, where it is not what Microsoft says of it */
async function* checked(drive: OneDrive, way: Download): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = new QuickXorHash()
  const course = { isPieced: false }
  let length = 0
  for await (const part of downloaded(drive, way, course)) {
    hash.update(part)
    length += part.length
    yield part
  }
  if ((way.altered === '' || course.isPieced) && !isSaid(way, length, hash.digest())) throw notAsSaid()
}

const notAsSaid = (): AppError =>
  new AppError('network', 'The file changed while it was downloaded, or it arrived damaged. It will be tried again.')

function isAsSaid(way: Download, { content, sum }: Read): boolean {
  return isSaid(way, content.length, sum)
}

/** The checksum decides: of some files Microsoft tells a wrong size (OneDrive/onedrive-api-docs#492). */
function isSaid({ size, hash }: Download, octets: number, sum: string): boolean {
  return hash === null ? size === null || octets === size : sum === hash
}

/** An address holds for some minutes only. */
function isBreak(error: unknown, at: number): boolean {
  return hasCode(error, 'network', 'rate-limit') || (at > 0 && hasCode(error, 'auth', 'permission', 'not-found', 'unsupported'))
}

/** Where the server sends all of it again. */
async function* beginningAt(content: AsyncIterable<Uint8Array>, skipped: number): AsyncGenerator<Uint8Array, void, undefined> {
  let left = skipped
  for await (const octets of content) {
    const from = Math.min(left, octets.length)
    left -= from
    if (from < octets.length) yield octets.subarray(from)
  }
}

/** For a batch of items the same as `contentOf`, with what nobody expected told as such. */
export async function contentOrError(drive: OneDrive, item: Item): Promise<Fetched> {
  try {
    return await contentOf(drive, item)
  } catch (error) {
    if (hasCode(error, 'suspicious')) return { key: item.key, error: toAppError(error) }
    throw error
  }
}
