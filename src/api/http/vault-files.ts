/** Files of a disk for the screens: read only, and never as something that could run. */
import { createReadStream } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { Readable } from 'node:stream'
import { AppError } from '../../core/errors.ts'
import type { Desktop } from '../desktop/desktop.ts'

/** What browsers show by themselves and cannot run; everything else is saved as a file. */
const shown: Readonly<Record<string, string>> = {
  '.pdf': 'application/pdf',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.avif': 'image/avif',
  '.bmp': 'image/bmp',
  '.mp3': 'audio/mpeg',
  '.m4a': 'audio/mp4',
  '.ogg': 'audio/ogg',
  '.wav': 'audio/wav',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.txt': 'text/plain; charset=utf-8',
  '.csv': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.json': 'text/plain; charset=utf-8',
  '.eml': 'text/plain; charset=utf-8',
}

const policy = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
/** A page of our own making (a proof): styled, and nothing in it may run. */
const proofPolicy = `${policy}; sandbox allow-same-origin allow-modals`

/** The data of the pages that open the disk. @throws AppError `not-found` where they were never made */
export async function viewerOf(
  desktop: Desktop,
  id: string,
): Promise<{ readonly dataFolder: string; readonly vaultName: string }> {
  const folder = await desktop.disks.folderOf(id)
  const names = await readdir(folder)
  const dataFolder = names.find((name) => /^viewer-[0-9a-f]{32}$/.test(name))
  if (dataFolder === undefined) {
    throw new AppError('not-found', 'The pages for looking at this disk were not made yet.', {
      advice: 'Back up once, or let Lifeboat make them now.',
    })
  }
  return { dataFolder, vaultName: await desktop.disks.nameOf(id) }
}

/** `path`: of the file in the disk's folder, with `/`. Takes one `Range`. */
export async function vaultFile(desktop: Desktop, id: string, path: string, range: string | undefined): Promise<Response> {
  const folder = await realpath(await desktop.disks.folderOf(id))
  const file = await realpath(join(folder, ...path.split('/'))).catch(() => null)
  const found = file === null || !file.startsWith(folder + sep) ? null : await stat(file).catch(() => null)
  if (file === null || found === null || !found.isFile()) return new Response('There is no such file.\n', { status: 404 })
  const isProof = /^proofs\/[^/]+\.html$/.test(path)
  const type = isProof ? 'text/html; charset=utf-8' : shown[extname(file).toLowerCase()]
  const headers = {
    'Content-Type': type ?? 'application/octet-stream',
    ...(type === undefined ? { 'Content-Disposition': 'attachment' } : {}),
    'Content-Security-Policy': isProof ? proofPolicy : policy,
    'Accept-Ranges': 'bytes',
  }
  const part = partOf(range, found.size)
  if (part === 'none') {
    const none = { ...headers, 'Content-Range': `bytes */${found.size}` }
    return new Response(null, { status: 416, headers: none })
  }
  const [start, end] = part ?? [0, found.size - 1]
  if (start > end) return new Response(null, { headers: { ...headers, 'Content-Length': '0' } })
  const status = part === null ? 200 : 206
  const length = { 'Content-Length': String(end - start + 1) }
  const place: Record<string, string> = part === null ? {} : { 'Content-Range': `bytes ${start}-${end}/${found.size}` }
  return new Response(await body(file, start, end), { status, headers: { ...headers, ...length, ...place } })
}

/** Small parts in one piece: a stream costs more than it saves. Octets. */
const small = 4_000_000

async function body(file: string, start: number, end: number): Promise<ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>> {
  const length = end - start + 1
  if (length > small) return Readable.toWeb(createReadStream(file, { start, end })) as ReadableStream<Uint8Array>
  const handle = await open(file, 'r')
  try {
    const octets = new Uint8Array(length)
    let done = 0
    while (done < length) {
      const { bytesRead } = await handle.read(octets, done, length - done, start + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return octets.subarray(0, done)
  } finally {
    await handle.close()
  }
}

/** RFC 9110 section 14.1.2. Null where the whole is to be sent, as for several parts; 'none' where nothing of the file is meant. */
function partOf(range: string | undefined, size: number): readonly [number, number] | 'none' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? []
  if (first === '' && last === '') return null
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const to = first === '' || last === '' ? size - 1 : Number(last)
  if (first !== '' && last !== '' && to < from) return null
  return from >= size ? 'none' : [from, Math.min(to, size - 1)]
}
