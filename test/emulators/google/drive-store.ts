/** The files that one person can see: My Drive, computers, what others share, shared drives; and a log of changes for each. */
import { createHash, randomBytes } from 'node:crypto'
import type { drive_v3 } from '@googleapis/drive'

export interface DriveFile {
  readonly id: string
  name: string
  readonly mimeType: string
  /** Absent at the top of a computer, and where the parent is not shared with this person. */
  parent: string | null
  /** Id of the shared drive, if it lies in one. */
  readonly driveId: string | null
  readonly owner: string
  content: Buffer
  /** What Google makes of a document in another format. */
  readonly exports: Map<string, Buffer>
  modifiedTime: string
  version: number
  trashed: boolean
  starred: boolean
  description: string
  canDownload: boolean
  isAbusive: boolean
  readonly sharedWithMe: boolean
  /** Besides the owner's. */
  permissions: readonly drive_v3.Schema$Permission[]
  readonly target: string | null
  /** What it was before, the oldest first. */
  readonly revisions: { readonly id: string; readonly modifiedTime: string; readonly content: Buffer }[]
  /** Of the program that asks: the emulator knows only one. */
  readonly appProperties: Readonly<Record<string, string>>
}

interface DriveChange {
  readonly number: number
  readonly fileId: string
  readonly isRemoved: boolean
}

/** A change log: of the person, or of a shared drive. */
interface ChangeLog {
  readonly changes: DriveChange[]
  oldest: number
}

export const folderType = 'application/vnd.google-apps.folder'
export const shortcutType = 'application/vnd.google-apps.shortcut'

export type NewFile = Partial<Omit<DriveFile, 'name' | 'content' | 'exports'>> & {
  readonly content?: Buffer | string
  readonly exports?: Readonly<Record<string, Buffer | string>>
}

export class DriveStore {
  readonly files = new Map<string, DriveFile>()
  readonly drives = new Map<string, string>()
  /** The next so many questions about several folders at once find nothing (issue 149522397 of Google's tracker). */
  emptyAnswers = 0
  readonly root: string
  readonly #email: string
  readonly #logs = new Map<string, ChangeLog>()
  #number = 100
  #time = Date.parse('2024-01-01T00:00:00Z')

  constructor(email: string) {
    this.#email = email
    this.root = this.add('My Drive', { mimeType: folderType, parent: null }).id
  }

  addDrive(name: string): string {
    const id = `0A${randomBytes(12).toString('base64url')}PVA`
    this.drives.set(id, name)
    return id
  }

  folder(name: string, more: NewFile = {}): DriveFile {
    return this.add(name, { ...more, mimeType: folderType })
  }

  /** In My Drive unless told. */
  add(name: string, more: NewFile = {}): DriveFile {
    const { content = '', exports = {}, ...others } = more
    this.#time += 1_000
    const file: DriveFile = {
      ...{ id: `1${randomBytes(24).toString('base64url')}`, name, mimeType: 'application/octet-stream' },
      ...{
        parent: this.root ?? null,
        driveId: null,
        owner: this.#email,
        modifiedTime: new Date(this.#time).toISOString(),
        version: 1,
      },
      ...{
        trashed: false,
        starred: false,
        description: '',
        canDownload: true,
        isAbusive: false,
        sharedWithMe: false,
        permissions: [],
        target: null,
        revisions: [],
        appProperties: {},
      },
      ...others,
      content: Buffer.from(content),
      exports: new Map(Object.entries(exports).map(([type, octets]) => [type, Buffer.from(octets)])),
    }
    this.files.set(file.id, file)
    this.#note(file)
    return file
  }

  edit(
    id: string,
    change: Partial<Pick<DriveFile, 'name' | 'parent' | 'content' | 'trashed' | 'starred' | 'description' | 'canDownload'>>,
  ): void {
    const file = this.file(id)
    const { content, modifiedTime } = file
    if (change.content !== undefined) file.revisions.push({ id: revisionId(file), modifiedTime, content })
    Object.assign(file, change)
    file.version++
    this.#time += 1_000
    if (change.content !== undefined) file.modifiedTime = new Date(this.#time).toISOString()
    this.#note(file)
  }

  /** What Google makes of a document after it was edited. */
  rewrite(id: string, exports: Readonly<Record<string, string>>): void {
    const file = this.file(id)
    for (const [type, octets] of Object.entries(exports)) file.exports.set(type, Buffer.from(octets))
    this.edit(id, { content: Buffer.alloc(0) })
  }

  delete(id: string): void {
    const file = this.file(id)
    this.files.delete(id)
    this.#note(file, true)
  }

  file(id: string): DriveFile {
    const file = this.files.get(id)
    if (file === undefined) throw new Error(`no file ${id}`)
    return file
  }

  get startPageToken(): string {
    return String(this.#number + 1)
  }

  /** Null where the token is none, or of what is forgotten. */
  changesAfter(driveId: string | null, token: string): readonly DriveChange[] | null {
    const log = this.#log(driveId)
    const from = Number(token)
    if (!/^\d+$/.test(token) || from < log.oldest || from > this.#number + 1) return null
    return log.changes.filter(({ number }) => number >= from)
  }

  forgetChanges(): void {
    this.#number++
    for (const log of this.#logs.values()) {
      log.oldest = this.#number + 1
      log.changes.length = 0
    }
  }

  /** Of a shared drive that the person does not see as a whole their own log tells. */
  #note({ id, driveId }: DriveFile, isRemoved = false): void {
    this.#log(driveId !== null && this.drives.has(driveId) ? driveId : null).changes.push({
      number: ++this.#number,
      fileId: id,
      isRemoved,
    })
  }

  #log(driveId: string | null): ChangeLog {
    const key = driveId ?? ''
    const log = this.#logs.get(key) ?? { changes: [], oldest: 0 }
    this.#logs.set(key, log)
    return log
  }
}

/** Of the present version. Only another content makes another one. */
export function revisionId({ id, revisions }: DriveFile): string {
  return `0B${createHash('md5').update(`${id} ${revisions.length}`).digest('hex').slice(0, 20)}`
}

export function md5(octets: Uint8Array): string {
  return createHash('md5').update(octets).digest('hex')
}
