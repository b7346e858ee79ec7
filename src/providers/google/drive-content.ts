/** The octets of files in Google Drive: downloads that go on where they broke off and are checked, and exports of any size. */
import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { AppError, hasCode } from '../../core/errors.ts'
import { type Content, type Item, isFolder } from '../../core/items.ts'
import type { Fetched } from '../../core/source.ts'
import { linkFile } from '../shared/link-file.ts'
import { joined } from '../shared/whole.ts'
import type { Drive } from './drive.ts'
import { type Way, wayOf } from './drive-items.ts'
import { watched } from './watched.ts'

/** Larger ones are streamed. */
const wholeOctets = 4 << 20
/** Breaks in a row without an octet between them. */
const mostBreaks = 5

export async function contentOf(drive: Drive, item: Item): Promise<Fetched> {
  const { key } = item
  const way = wayOf(item)
  try {
    switch (way.kind) {
      case 'link':
        return { key, content: linkFile(way.url, way.reason) }
      case 'export':
        return { key, content: await exported(drive, way) }
      case 'folder':
        // Of one that was not just listed, whether it is there.
        if (!isFolder(item.meta)) await drive.file(way.id)
        return { key, content: new Uint8Array() }
      case 'download': {
        const octets = downloaded(drive, way)
        return { key, content: way.size !== null && way.size <= wholeOctets ? await collect(octets) : octets }
      }
    }
  } catch (error) {
    if (error instanceof AppError && hasCode(error, 'not-found', 'permission', 'unsupported', 'network')) return { key, error }
    throw error
  }
}

/** `files.export` ends at 10 MB; the links of the document do not. */
async function exported(drive: Drive, { id, mime }: Extract<Way, { kind: 'export' }>): Promise<Content> {
  try {
    return await drive.export(id, mime)
  } catch (error) {
    if (!hasCode(error, 'permission')) throw error
    const link = (await drive.file(id)).exports[mime]
    if (link === undefined) throw error
    return explained(drive, await drive.openLink(link))
  }
}

async function* downloaded(drive: Drive, file: Extract<Way, { kind: 'download' }>): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash('md5')
  let at = 0
  for (let breaks = 0; ; ) {
    try {
      const stream = await drive.download(file.id, at, file.revision)
      for await (const chunk of watched(stream)) {
        hash.update(chunk)
        at += chunk.length
        breaks = 0
        yield chunk
      }
      if (file.size === null || at >= file.size) break
      throw new AppError('network', 'The download ended too early.')
    } catch (error) {
      const known = drive.session.explain(error)
      if (!hasCode(known, 'network') || ++breaks >= mostBreaks) throw known
    }
  }
  if (file.md5 !== null && hash.digest('hex') !== file.md5) {
    throw new AppError('network', 'The file changed while it was downloaded, or it arrived damaged. It will be tried again.')
  }
}

async function* explained(drive: Drive, stream: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* watched(stream)
  } catch (error) {
    throw drive.session.explain(error)
  }
}

async function collect(octets: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of octets) parts.push(part)
  return joined(parts)
}
