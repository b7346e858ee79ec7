/** What a restore writes to OneDrive. */
import type { DriveItem } from '@microsoft/microsoft-graph-types'
import { AppError, hasCode } from '../../core/errors.ts'
import { encodeName } from '../../formats/names.ts'
import { partsOf } from '../shared/parts.ts'
import { whole } from '../shared/whole.ts'
import { isRefusedWith } from './errors.ts'
import type { FilePlace, OneDrive } from './onedrive.ts'
import type { Session } from './session.ts'
import { send } from './writing.ts'

/** "A multiple of 320 KiB." */
const part = 32 * 320 * 1024
const answerLimit = 1 << 20
const breaks = 5

/**
 * As OneDrive takes it ("Restrictions and limitations in OneDrive and SharePoint"); that of an organisation takes `_vti_` nowhere in a
 * name (OneDrive/onedrive-api-docs#1653).
 */
export function driveName(name: string): string {
  const escaped = (text: string) => `=${text.charCodeAt(0).toString(16).toUpperCase()}${text.slice(1)}`
  return encodeName(name).replace(/^~\$|^\.lock$|_(?=vti_)/gi, escaped)
}

/** OData reads brackets and quotation marks that stand in a path as its own (OneDrive/onedrive-api-docs#956). */
function inPath(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

export interface NewFile {
  readonly name: string
  readonly size: number
  /** RFC 3339. */
  readonly modified: string | null
  content(): AsyncIterable<Uint8Array>
}

interface UploadSession {
  readonly uploadUrl?: string
  readonly nextExpectedRanges?: readonly string[]
}

export class WritingDrive {
  readonly #session: Session
  readonly #reading: OneDrive
  readonly #signal: AbortSignal

  constructor(reading: OneDrive, signal: AbortSignal) {
    this.#session = reading.session
    this.#reading = reading
    this.#signal = signal
  }

  /** The folder of the name, made where it is missing. */
  async createFolder(name: string, parent: FilePlace): Promise<string> {
    const body = { name, folder: {}, '@microsoft.graph.conflictBehavior': 'fail' }
    try {
      const made = await send<DriveItem>(
        this.#session,
        'files',
        'POST',
        `${this.#reading.path(parent)}/children`,
        body,
        this.#signal,
      )
      if (made.id) return made.id
    } catch (error) {
      if (!isRefusedWith(error, 409)) throw error
      for await (const page of this.#reading.children(parent)) {
        const found = page.find((item) => item.folder && item.name?.toLowerCase() === name.toLowerCase())
        if (found?.id) return found.id
      }
      throw error
    }
    throw new AppError('suspicious', "Microsoft's answer to a new folder is not as documented.")
  }

  /** In parts, which go on where they broke off. @returns its id */
  async upload(file: NewFile, parent: FilePlace, behavior: 'fail' | 'replace'): Promise<string> {
    const at = `${this.#reading.path(parent)}:/${inPath(file.name)}:`
    const fileSystemInfo = file.modified === null ? {} : { fileSystemInfo: { lastModifiedDateTime: file.modified } }
    if (file.size === 0) return await this.#empty(at, parent, fileSystemInfo, behavior)
    const item = { '@microsoft.graph.conflictBehavior': behavior, name: file.name, ...fileSystemInfo }
    const { uploadUrl } = await send<UploadSession>(
      this.#session,
      'files',
      'POST',
      `${at}/createUploadSession`,
      { item },
      this.#signal,
    )
    const url = URL.parse(uploadUrl ?? '')
    if (url === null) throw new AppError('suspicious', 'Microsoft names no place for the upload.')
    return await this.#send(url, file)
  }

  async #empty(at: string, parent: FilePlace, fileSystemInfo: object, behavior: string): Promise<string> {
    const path = `${at}/content?@microsoft.graph.conflictBehavior=${behavior}`
    const headers = { 'Content-Type': 'application/octet-stream' }
    const { id = '' } = await send<DriveItem>(this.#session, 'files', 'PUT', path, new Uint8Array(), this.#signal, { headers })
    if (Object.keys(fileSystemInfo).length > 0)
      await send(this.#session, 'files', 'PATCH', this.#reading.path({ ...parent, id }), fileSystemInfo, this.#signal)
    return id
  }

  async #send(url: URL, file: NewFile): Promise<string> {
    let sent = 0
    let id = ''
    for await (const octets of partsOf(file.content(), part)) {
      const end = sent + octets.length
      // A broken try may have got through in part or whole.
      for (let from = sent, tries = 0; from < end; tries++) {
        try {
          const answer = await this.#put(url, octets.subarray(from - sent), from, file.size)
          id = answer.id ?? id
          from = end
        } catch (error) {
          if (!hasCode(error, 'network') || tries >= breaks) throw error
          from = await this.#expected(url, from, end)
        }
      }
      sent = end
    }
    if (sent !== file.size) throw new AppError('corrupt', 'The file in the vault has another size than was noted.')
    return id
  }

  async #put(url: URL, octets: Uint8Array, from: number, total: number): Promise<DriveItem> {
    const headers = { 'content-range': `bytes ${from}-${from + octets.length - 1}/${total}` }
    const sent = { method: 'PUT', headers, body: octets, tries: 1 } as const
    return await this.#json<DriveItem>(url, sent)
  }

  /** "Resuming an in-progress upload": up to where Microsoft has it. */
  async #expected(url: URL, from: number, end: number): Promise<number> {
    try {
      const { nextExpectedRanges = [] } = await this.#json<UploadSession>(url, {})
      const [start] = nextExpectedRanges.map((range) => Number.parseInt(range, 10))
      return start === undefined || Number.isNaN(start) ? end : Math.max(from, Math.min(start, end))
    } catch (error) {
      // The place is gone when all of it has arrived.
      if (hasCode(error, 'not-found')) return end
      throw error
    }
  }

  async #json<T>(url: URL, sent: Parameters<Session['openElsewhere']>[2]): Promise<T> {
    const { content } = await this.#session.openElsewhere(url, this.#signal, sent)
    const text = Buffer.from(await whole(content, answerLimit)).toString('utf8')
    return (text === '' ? {} : JSON.parse(text)) as T
  }

  async delete(place: FilePlace): Promise<void> {
    await send(this.#session, 'files', 'DELETE', this.#reading.path(place), null, this.#signal)
  }
}
