/** The octets of files in OneDrive: downloads that go on where they broke off and are checked. */
import { AppError, hasCode, toAppError } from '../../core/errors.ts'
import { isFolder } from '../../core/files.ts'
import type { Fetched, Item } from '../../core/types.ts'
import { linkFile } from '../shared/link-file.ts'
import { whole } from '../shared/whole.ts'
import type { FilePlace, OneDrive } from './onedrive.ts'
import { type Way, wayOf } from './onedrive-items.ts'
import { QuickXorHash } from './quick-xor-hash.ts'

/** Larger ones are streamed. */
const wholeOctets = 4 << 20
/** Office files that may be other than is said of them are looked at before they are handed on. */
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
      if (!isFolder(item.meta)) await drive.children(await placeOf(drive, way.place)).next()
      return { key, content: new Uint8Array() }
    }
    if (way.kind === 'link') return { key, content: linkFile(way.url, way.reason) }
    if (way.isOffice && (way.size ?? 0) <= lookedAt) return await office(drive, item, way)
    const octets = downloaded(drive, way)
    return { key, content: way.size !== null && way.size <= wholeOctets ? await whole(octets, wholeOctets) : octets }
  } catch (error) {
    if (error instanceof AppError && hasCode(error, 'not-found', 'permission', 'unsupported', 'network')) return { key, error }
    throw error
  }
}

/** SharePoint changes Office files and may say of them what was so before: they are kept as they come, with a word about it. */
async function office(drive: OneDrive, { key, meta }: Item, way: Download): Promise<Fetched> {
  const content = await whole(downloaded(drive, way), 2 * lookedAt)
  const hash = new QuickXorHash()
  hash.update(content)
  if (isAsSaid(way, content.length, hash)) return { key, content }
  return {
    key,
    content,
    meta: { ...meta, note: 'SharePoint has rewritten this Office file: size and checksum are not as it says.' },
  }
}

/** Without a drive it lies in the person's own. */
async function placeOf(drive: OneDrive, { driveId, id }: FilePlace): Promise<FilePlace> {
  return { id, driveId: driveId || ((await drive.drive()).id ?? '') }
}

async function* downloaded(drive: OneDrive, way: Download): AsyncGenerator<Uint8Array, void, undefined> {
  const place = await placeOf(drive, way.place)
  const hash = new QuickXorHash()
  let at = 0
  for (let breaks = 0; ; ) {
    try {
      const url = await drive.location(place, way.version)
      const { from, content } = await drive.download(url, at)
      for await (const octets of beginningAt(content, at - from)) {
        hash.update(octets)
        at += octets.length
        breaks = 0
        yield octets
      }
      if (way.size === null || at >= way.size || way.isOffice) break
      throw new AppError('network', 'The download ended too early.')
    } catch (error) {
      const known = error instanceof AppError ? error : drive.session.explain(error)
      if (!isBreak(known, at) || ++breaks >= mostBreaks) throw known
    }
  }
  if (!way.isOffice && !isAsSaid(way, at, hash)) {
    throw new AppError('network', 'The file changed while it was downloaded, or it arrived damaged. It will be tried again.')
  }
}

function isAsSaid({ size, hash }: Download, octets: number, sum: QuickXorHash): boolean {
  return (size === null || octets === size) && (hash === null || sum.digest() === hash)
}

/** An address holds for some minutes only. */
function isBreak(error: unknown, at: number): boolean {
  return hasCode(error, 'network') || (at > 0 && hasCode(error, 'auth', 'permission', 'not-found', 'unsupported'))
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
