/**
 * What a restore writes to Google Drive. Each file and folder gets an id beforehand, so that asking again makes no second one; for what
 * becomes a document of Google's own there are no such ids, and the upload itself remembers how far it got.
 */
import { Readable } from 'node:stream'
import { drive, type drive_v3 } from '@googleapis/drive'
import { AppError } from '../../core/errors.ts'
import { partsOf } from '../shared/parts.ts'
import { checksumProperty, folderType } from './drive.ts'
import { isRefusedWith } from './errors.ts'
import type { Session } from './session.ts'

/** Above it a file is sent in parts, which go on where they broke off. */
const wholeUpload = 5 << 20
/** "A multiple of 256 KB." */
const part = 8 << 20
const idsAtOnce = 200

export interface NewFile {
  readonly name: string
  readonly parent: string
  /** Of the octets. */
  readonly type: string
  /** What Google should make of them; null: leave them as they are. */
  readonly convertTo: string | null
  readonly size: number
  readonly sha256: string
  readonly modified: string | null
  readonly description: string
  readonly isStarred: boolean
  content(): AsyncIterable<Uint8Array>
}

export class WritingDrive {
  readonly #session: Session
  readonly #api: drive_v3.Drive
  readonly #signal: AbortSignal
  #ids: string[] = []

  constructor(session: Session, signal: AbortSignal) {
    this.#session = session
    this.#api = drive({ version: 'v3', ...session.clientOptions })
    this.#signal = signal
  }

  async #newId(): Promise<string> {
    const known = this.#ids.pop()
    if (known !== undefined) return known
    const { ids } = await this.#session.call<drive_v3.Schema$GeneratedIds>('drive.files.generateIds', this.#signal, (options) =>
      this.#api.files.generateIds({ count: idsAtOnce, space: 'drive' }, options),
    )
    this.#ids.push(...(ids ?? []))
    const id = this.#ids.pop()
    if (id === undefined) throw new AppError('suspicious', "Google's answer to the question for ids is not as documented.")
    return id
  }

  async createFolder(name: string, parent: string): Promise<string> {
    const id = await this.#newId()
    const requestBody = { id, name, parents: [parent], mimeType: folderType }
    await this.#onceWith(() =>
      this.#session.call<drive_v3.Schema$File>('drive.files.create', this.#signal, (options) =>
        this.#api.files.create({ requestBody, fields: 'id', supportsAllDrives: true }, options),
      ),
    )
    return id
  }

  /** @returns its id */
  async create(file: NewFile): Promise<string> {
    if (file.convertTo !== null) return await this.#sendInParts(file, { ...resourceOf(file), parents: [file.parent] }, null)
    const id = await this.#newId()
    const requestBody = { ...resourceOf(file), id, parents: [file.parent] }
    await this.#onceWith(() => this.#send(file, requestBody, null))
    return id
  }

  async replace(id: string, file: NewFile): Promise<void> {
    await this.#send(file, resourceOf(file), id)
  }

  async delete(id: string): Promise<void> {
    await this.#session.call<object>('drive.files.delete', this.#signal, async (options) => {
      await this.#api.files.delete({ fileId: id, supportsAllDrives: true }, options)
      return { data: {} }
    })
  }

  /** "409: a file already exists with the provided ID": an earlier try has done it. */
  async #onceWith(work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!isRefusedWith(error, 409)) throw error
    }
  }

  async #send(file: NewFile, requestBody: drive_v3.Schema$File, id: string | null): Promise<void> {
    if (file.size > wholeUpload) await this.#sendInParts(file, requestBody, id)
    else await this.#sendWhole(file, requestBody, id)
  }

  async #sendWhole(file: NewFile, requestBody: drive_v3.Schema$File, id: string | null): Promise<void> {
    const parts: Uint8Array[] = []
    for await (const octets of file.content()) parts.push(Uint8Array.from(octets))
    const { rootUrl } = this.#session.clientOptions
    await this.#session.call<drive_v3.Schema$File>(
      'drive.files.create',
      this.#signal,
      (given) => {
        const media = { mimeType: file.type, body: Readable.from(parts.length === 0 ? [Buffer.alloc(0)] : parts) }
        // The client forgets where it was pointed to when it uploads.
        const options = { ...given, ...(rootUrl === undefined ? {} : { rootUrl }) }
        const common = { requestBody, media, fields: 'id', supportsAllDrives: true }
        return id === null ? this.#api.files.create(common, options) : this.#api.files.update({ ...common, fileId: id }, options)
      },
      { octets: file.size },
    )
  }

  /** "Perform a resumable upload", "Upload the content in multiple chunks". */
  async #sendInParts(file: NewFile, requestBody: drive_v3.Schema$File, id: string | null): Promise<string> {
    const place = await this.#beginUpload(file, requestBody, id)
    let sent = 0
    let made: string | null = null
    for await (const octets of partsOf(file.content(), part)) {
      const end = sent + octets.length
      // A broken try may have got through in part or whole.
      for (let from = sent; from < end; ) {
        const chunk = octets.subarray(from - sent)
        const { received, id } = await this.#sendPart(place, chunk, from, file.size)
        from = received
        made = id ?? made
      }
      sent = end
    }
    if (sent !== file.size) throw new AppError('corrupt', 'The file in the vault has another size than was noted.')
    if (made === null) throw new AppError('suspicious', "Google's answer to an upload is not as documented.")
    return made
  }

  async #beginUpload(file: NewFile, requestBody: drive_v3.Schema$File, id: string | null): Promise<URL> {
    const root = this.#session.clientOptions.rootUrl ?? 'https://www.googleapis.com'
    const url = new URL(`/upload/drive/v3/files${id === null ? '' : `/${encodeURIComponent(id)}`}`, root)
    url.search = new URLSearchParams({ uploadType: 'resumable', supportsAllDrives: 'true', fields: 'id' }).toString()
    const headers = { 'x-upload-content-type': file.type, 'x-upload-content-length': String(file.size) }
    const { location } = await this.#session.call<{ readonly location: string }>(
      'drive.files.create',
      this.#signal,
      async (options) => {
        const method = id === null ? 'POST' : 'PATCH'
        const answer = await this.#session.request<unknown>({ ...options, method, url, headers, data: requestBody })
        return { data: { location: answer.headers.get('location') ?? '' } }
      },
    )
    const place = URL.parse(location)
    if (place?.origin !== url.origin) throw new AppError('suspicious', 'Google names no place of its own for the upload.')
    return place
  }

  /** @returns up to where Google has it, and the file's id once that is all */
  async #sendPart(place: URL, octets: Uint8Array, from: number, total: number): Promise<Received> {
    const end = from + octets.length
    let isFirst = true
    return await this.#session.call<Received>('drive.files.upload', this.#signal, async (options) => {
      // After a break it is asked first how much arrived.
      const range = isFirst ? `bytes ${from}-${end - 1}/${total}` : `bytes */${total}`
      const data = isFirst ? Buffer.from(octets) : Buffer.alloc(0)
      isFirst = false
      const answer = await this.#session.request<drive_v3.Schema$File | null>({
        ...{ ...options, method: 'PUT', url: place, data, headers: { 'content-range': range } },
        ...{
          validateStatus: (status: number) => (status >= 200 && status < 300) || status === 308,
          redirect: 'manual' as const,
        },
      })
      if (answer.status === 308) return { data: { received: receivedOf(answer.headers.get('range')), id: null } }
      return { data: { received: total, id: answer.data?.id ?? null } }
    })
  }
}

interface Received {
  readonly received: number
  readonly id: string | null
}

/** `bytes=0-524287`; absent where nothing arrived. */
function receivedOf(range: string | null): number {
  const last = /^bytes=0-(\d+)$/.exec(range ?? '')?.[1]
  return last === undefined ? 0 : Number(last) + 1
}

function resourceOf({ name, type, convertTo, sha256, modified, description, isStarred }: NewFile): drive_v3.Schema$File {
  return {
    ...{ name, mimeType: convertTo ?? type, appProperties: { [checksumProperty]: sha256 } },
    ...(modified === null ? {} : { modifiedTime: modified }),
    ...(description === '' ? {} : { description }),
    ...(isStarred ? { starred: true } : {}),
  }
}
