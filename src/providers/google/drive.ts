/** The calls to the Drive API that are needed here, all of them reading. */
import type { Readable } from 'node:stream'
import { drive, type drive_v3 } from '@googleapis/drive'
import { AppError } from '../../core/errors.ts'
import type { Session } from './session.ts'

export interface DriveFile {
  readonly id: string
  readonly name: string
  readonly mime: string
  readonly parent: string | null
  readonly driveId: string | null
  readonly isMine: boolean
  readonly owner: string | null
  readonly isShared: boolean
  /** Who may do what, as far as Google tells this person: `bob@example.com: writer`. */
  readonly permissions: readonly string[]
  readonly isTrashed: boolean
  readonly isStarred: boolean
  readonly description: string
  /** Octets; null for Google's own documents. */
  readonly size: number | null
  readonly md5: string | null
  /** Id of the present version. */
  readonly head: string | null
  /** RFC 3339. */
  readonly modified: string
  readonly link: string
  readonly canDownload: boolean
  /** Address of each format in which it can be had, by media type. */
  readonly exports: Readonly<Record<string, string>>
  readonly target: string | null
  /** SHA-256 that a restore of ours has noted. */
  readonly checksum: string | null
}

/** A version of a file. */
export interface DriveRevision {
  readonly id: string
  /** RFC 3339. */
  readonly modified: string
  readonly size: number | null
  readonly md5: string | null
}

export type DriveChange = { readonly id: string; readonly file: DriveFile | null }

export const folderType = 'application/vnd.google-apps.folder'

/** Key of the property in which this program remembers the checksum of what it put there. */
export const checksumProperty = 'lifeboat'

const googleHost = /^([\w-]+\.)*(google\.com|googleapis\.com|googleusercontent\.com)$/
const pageSize = 1_000
const fileFields =
  'id,name,mimeType,parents,driveId,ownedByMe,owners(emailAddress),shared,permissions(type,role,emailAddress,domain),trashed,starred,description,size,md5Checksum,headRevisionId,version,modifiedTime,webViewLink,capabilities(canDownload),exportLinks,shortcutDetails(targetId),appProperties'
const allDrives = { supportsAllDrives: true, includeItemsFromAllDrives: true }

export class Drive {
  readonly session: Session
  readonly #api: drive_v3.Drive
  readonly #signal: AbortSignal

  constructor(session: Session, signal: AbortSignal) {
    this.session = session
    this.#api = drive({ version: 'v3', ...session.clientOptions })
    this.#signal = signal
  }

  /** Octets that the person's files take up. */
  async usage(): Promise<number> {
    const data = await this.session.call('drive.about.get', this.#signal, (options) =>
      this.#api.about.get({ fields: 'storageQuota(usageInDrive)' }, options),
    )
    return Number(data.storageQuota?.usageInDrive ?? 0)
  }

  async sharedDrives(): Promise<{ readonly id: string; readonly name: string }[]> {
    const drives: { id: string; name: string }[] = []
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const data = await this.session.call<drive_v3.Schema$DriveList>('drive.drives.list', this.#signal, (options) =>
        this.#api.drives.list({ pageSize: 100, fields: 'nextPageToken,drives(id,name)', ...at }, options),
      )
      for (const { id, name } of data.drives ?? []) if (id) drives.push({ id, name: name || id })
      if (!data.nextPageToken) return drives
      pageToken = data.nextPageToken
    }
  }

  async *list(q: string, driveId: string | null): AsyncGenerator<readonly DriveFile[], void, undefined> {
    const where = driveId === null ? { corpora: 'user' } : { corpora: 'drive', driveId }
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const fields = `nextPageToken,incompleteSearch,files(${fileFields})`
      const data = await this.session.call<drive_v3.Schema$FileList>('drive.files.list', this.#signal, (options) =>
        this.#api.files.list({ q, pageSize, fields, ...where, ...allDrives, ...at }, options),
      )
      if (data.incompleteSearch)
        throw new AppError('network', 'Google did not search everything. It will be asked again next time.')
      yield (data.files ?? []).flatMap((file) => fileOf(file) ?? [])
      if (!data.nextPageToken) return
      pageToken = data.nextPageToken
    }
  }

  /** @throws AppError `not-found` */
  async file(id: string): Promise<DriveFile> {
    const data = await this.session.call<drive_v3.Schema$File>('drive.files.get', this.#signal, (options) =>
      this.#api.files.get({ fileId: id, fields: fileFields, supportsAllDrives: true }, options),
    )
    const file = fileOf(data)
    if (file === null) throw new AppError('suspicious', "Google's answer to the question for a file is not as documented.")
    return file
  }

  async startToken(driveId: string | null): Promise<string> {
    const where = driveId === null ? {} : { driveId }
    const data = await this.session.call<drive_v3.Schema$StartPageToken>(
      'drive.changes.getStartPageToken',
      this.#signal,
      (options) => this.#api.changes.getStartPageToken({ ...where, supportsAllDrives: true }, options),
    )
    if (!data.startPageToken)
      throw new AppError('suspicious', "Google's answer to the question for changes is not as documented.")
    return data.startPageToken
  }

  /**
   * What changed since `token`, the last state of each file.
   * @throws AppError `cursor-expired` where Google does not take the token any more
   */
  async changes(
    token: string,
    driveId: string | null,
  ): Promise<{ readonly changes: readonly DriveChange[]; readonly token: string }> {
    const found = new Map<string, DriveChange>()
    const fields = `nextPageToken,newStartPageToken,changes(fileId,removed,changeType,file(${fileFields}))`
    const where = driveId === null ? {} : { driveId }
    for (let pageToken = token; ; ) {
      const data = await this.#changesPage({ pageToken, pageSize, fields, ...where, ...allDrives })
      for (const { fileId, removed, file } of data.changes ?? []) {
        if (fileId) found.set(fileId, { id: fileId, file: removed || !file ? null : fileOf(file) })
      }
      if (data.newStartPageToken) return { changes: [...found.values()], token: data.newStartPageToken }
      if (!data.nextPageToken) throw new AppError('suspicious', "Google's list of changes has no end.")
      pageToken = data.nextPageToken
    }
  }

  async #changesPage(parameters: drive_v3.Params$Resource$Changes$List): Promise<drive_v3.Schema$ChangeList> {
    try {
      return await this.session.call<drive_v3.Schema$ChangeList>('drive.changes.list', this.#signal, (options) =>
        this.#api.changes.list(parameters, options),
      )
    } catch (error) {
      // A token that is not known any more is an invalid one: HTTP 400, 404 or 410.
      if (error instanceof AppError && ['unsupported', 'not-found', 'cursor-expired'].includes(error.code)) {
        throw new AppError('cursor-expired', 'Google has forgotten what changed in the files since the last run.')
      }
      throw error
    }
  }

  /** The octets of a file, or of an earlier version, from `start` on. */
  async download(id: string, start: number, revision: string | null = null): Promise<Readable> {
    const headers = start === 0 ? {} : { headers: { Range: `bytes=${start}-` } }
    return await this.session.call<Readable>('drive.files.download', this.#signal, (usual) => {
      const options = { ...usual, responseType: 'stream', ...headers } as const
      return revision === null
        ? this.#api.files.get({ fileId: id, alt: 'media', supportsAllDrives: true }, options)
        : this.#api.revisions.get({ fileId: id, revisionId: revision, alt: 'media' }, options)
    })
  }

  /** The versions that Google keeps of a file, the oldest first. */
  async revisions(fileId: string): Promise<readonly DriveRevision[]> {
    const found: DriveRevision[] = []
    for (let pageToken: string | undefined; ; ) {
      const at = pageToken === undefined ? {} : { pageToken }
      const fields = 'nextPageToken,revisions(id,modifiedTime,size,md5Checksum)'
      const data = await this.session.call<drive_v3.Schema$RevisionList>('drive.revisions.list', this.#signal, (options) =>
        this.#api.revisions.list({ fileId, pageSize, fields, ...at }, options),
      )
      for (const { id, modifiedTime, size, md5Checksum } of data.revisions ?? []) {
        if (id) found.push({ id, modified: modifiedTime ?? epoch, size: octetsOf(size), md5: md5Checksum ?? null })
      }
      if (!data.nextPageToken) return found
      pageToken = data.nextPageToken
    }
  }

  /** An address of `exports`. The sign-in goes nowhere but to Google. */
  async openLink(link: string): Promise<Readable> {
    const url = URL.parse(link)
    const own = this.session.clientOptions.rootUrl
    const isGoogles = own === undefined ? url?.protocol === 'https:' && googleHost.test(url.hostname) : url?.origin === own
    if (url === null || !isGoogles) throw new AppError('suspicious', 'Google names an address that is not its own.')
    return await this.session.open('drive.files.download', url, this.#signal)
  }

  /** @throws AppError `permission` over 10 MB */
  async export(id: string, mimeType: string): Promise<Buffer> {
    const data = await this.session.call<object>(
      'drive.files.download',
      this.#signal,
      (options) =>
        this.#api.files.export({ fileId: id, mimeType }, { ...options, responseType: 'arraybuffer' }) as Promise<{
          data: object
        }>,
    )
    if (!(data instanceof ArrayBuffer)) throw new AppError('suspicious', 'Google sends a document in an unknown form.')
    return Buffer.from(data)
  }
}

const epoch = '1970-01-01T00:00:00.000Z'

function octetsOf(text: string | null | undefined): number | null {
  const size = Number(text ?? Number.NaN)
  return Number.isSafeInteger(size) && size >= 0 ? size : null
}

function fileOf(file: drive_v3.Schema$File): DriveFile | null {
  const { id, mimeType } = file
  if (!id || !mimeType) return null
  return {
    ...{ id, name: file.name || 'Untitled', mime: mimeType, parent: file.parents?.[0] ?? null, driveId: file.driveId ?? null },
    ...{ isMine: file.ownedByMe === true, owner: file.owners?.[0]?.emailAddress ?? null, isShared: file.shared === true },
    ...{ isTrashed: file.trashed === true, isStarred: file.starred === true, description: file.description ?? '' },
    ...{ size: octetsOf(file.size), md5: file.md5Checksum ?? null, head: file.headRevisionId ?? null },
    permissions: (file.permissions ?? []).flatMap(permissionText).sort(),
    modified: file.modifiedTime ?? epoch,
    link: file.webViewLink ?? `https://drive.google.com/open?id=${encodeURIComponent(id)}`,
    ...{ canDownload: file.capabilities?.canDownload !== false, exports: file.exportLinks ?? {} },
    ...{ target: file.shortcutDetails?.targetId ?? null, checksum: file.appProperties?.[checksumProperty] ?? null },
  }
}

/** Owners are told elsewhere. */
function permissionText({ type, role, emailAddress, domain }: drive_v3.Schema$Permission): string[] {
  const who = emailAddress || (type === 'anyone' ? 'anyone with the link' : domain)
  return who && role && role !== 'owner' ? [`${who}: ${role}`] : []
}
