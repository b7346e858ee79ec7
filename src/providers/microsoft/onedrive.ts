/** The calls for files that are needed here, all of them reading. */
import type { Drive, DriveItem, DriveItemVersion } from '@microsoft/microsoft-graph-types'
import { AppError, hasCode } from '../../core/errors.ts'
import { defaultRetry, longestAsked } from '../../core/retry.ts'
import { type Batched, batch } from './batch.ts'
import { Nobody } from './errors.ts'
import { pagesSince } from './link-cursor.ts'
import type { Opened, Session } from './session.ts'

/** A place that a file may lie at. */
export interface FilePlace {
  /** '' for the person's own drive. */
  readonly driveId: string
  readonly id: string
}

export interface DrivePage {
  readonly items: readonly DriveItem[]
  /** On the last page. */
  readonly link: string | null
}

const itemMembers =
  'id,name,parentReference,file,folder,package,deleted,size,cTag,eTag,fileSystemInfo,lastModifiedDateTime,webUrl,root,remoteItem,malware,bundle,specialFolder,shared,createdBy,description'
const pageSize = 500
/** Where the place of the contents asks to slow down and does not say for how long. */
const throttledFor = 10_000
/** Of each folder, where several are asked for in one request. */
const smallPage = 200

export interface ChildrenPage {
  readonly value?: readonly DriveItem[]
  readonly '@odata.nextLink'?: string
}

export class OneDrive {
  readonly session: Session
  readonly #signal: AbortSignal
  #drive: Promise<Drive> | null = null

  constructor(session: Session, signal: AbortSignal) {
    this.session = session
    this.#signal = signal
  }

  /** The person's own. @throws AppError `not-found` where there is none */
  drive(): Promise<Drive> {
    const { me } = this.session
    this.#drive ??= this.session.get<Drive>('files', `${me}/drive?$select=id,driveType,quota`, this.#signal).catch((error) => {
      this.#drive = null
      throw isWithoutDrive(error) ? new NoDrive() : error
    })
    return this.#drive
  }

  /** Everything without a link; else the last state of what changed, as a rule with the folders that it lies in. */
  async *delta(link: string | null): AsyncGenerator<DrivePage, void, undefined> {
    const path = `${this.session.me}/drive/root/delta?$select=${itemMembers}&$top=${pageSize}`
    const all = () => this.session.pages<DriveItem>('files', path, this.#signal)
    const since = (from: string) => pagesSince<DriveItem>(this.session, 'files', from, this.#signal)
    for await (const page of link === null ? all() : since(link)) yield { items: page.value, link: page.deltaLink ?? null }
  }

  async *sharedWithMe(): AsyncGenerator<readonly DriveItem[], void, undefined> {
    const path = `${this.session.me}/drive/sharedWithMe`
    for await (const { value } of this.session.pages<DriveItem>('files', path, this.#signal)) yield value
  }

  /** In the order of `places`. */
  items(places: readonly FilePlace[]): Promise<readonly Batched<DriveItem>[]> {
    const paths = places.map((place) => `${this.path(place)}?$select=${itemMembers}`)
    return batch<DriveItem>(this.session, 'files', paths, this.#signal)
  }

  async *children(place: FilePlace): AsyncGenerator<readonly DriveItem[], void, undefined> {
    yield* this.more(this.#childrenPath(place, pageSize))
  }

  /** The first page of what lies in each folder, in the order of `places`. */
  childrenOfEach(places: readonly FilePlace[]): Promise<readonly Batched<ChildrenPage>[]> {
    const paths = places.map((place) => this.#childrenPath(place, smallPage))
    return batch<ChildrenPage>(this.session, 'files', paths, this.#signal)
  }

  /** A list from this page on. */
  async *more(page: string): AsyncGenerator<readonly DriveItem[], void, undefined> {
    for await (const { value } of this.session.pages<DriveItem>('files', page, this.#signal)) yield value
  }

  /** One cheap question. @throws AppError where OneDrive as a whole is out of order */
  async look(): Promise<void> {
    await this.session.get('files', `${this.session.me}/drive?$select=id`, this.#signal)
  }

  #childrenPath(place: FilePlace, size: number): string {
    return `${this.path(place)}/children?$select=${itemMembers}&$top=${size}`
  }

  /** Earlier contents, the present one first, in the order of `places`. */
  versions(places: readonly FilePlace[]): Promise<readonly Batched<{ readonly value?: readonly DriveItemVersion[] }>[]> {
    const paths = places.map((place) => `${this.path(place)}/versions?$select=id,size,lastModifiedDateTime`)
    return batch(this.session, 'files', paths, this.#signal)
  }

  /** Where the octets lie at this moment: for some minutes whoever knows the address may read them. */
  async location(place: FilePlace, version: string | null): Promise<URL> {
    const of = version === null ? '' : `/versions/${encodeURIComponent(version)}`
    const { status, headers, content } = await this.session.open('files', `${this.path(place)}${of}/content`, this.#signal)
    for await (const _ of content);
    const url = URL.parse(headers.get('location') ?? '')
    if (status !== 302 || url === null)
      throw new AppError('suspicious', 'Microsoft does not say where the content of a file lies.')
    return url
  }

  /** The octets from `start` on; `from` says where they really begin. */
  async download(url: URL, start: number): Promise<{ readonly from: number; readonly content: Opened['content'] }> {
    const headers: Record<string, string> = start === 0 ? {} : { range: `bytes=${start}-` }
    const { status, content } = await this.session.openElsewhere(url, this.#signal, { headers, tries: 1 })
    return { from: status === 206 ? start : 0, content }
  }

  /** Where Microsoft asks to slow down, for as long as it asks. @throws the error where it asks for longer than any call waits */
  async wait(error: AppError): Promise<void> {
    if (!hasCode(error, 'rate-limit')) return
    const { retryAfter = throttledFor } = error
    if (retryAfter > longestAsked(defaultRetry)) throw error
    await this.session.context.clock.sleep(retryAfter, this.#signal)
  }

  /** The id of a personal drive, as items name it, may lack its leading zeros (abraunegg/onedrive#3072): the own one needs none. */
  path({ driveId, id }: FilePlace): string {
    const drive = driveId === '' ? `${this.session.me}/drive` : `/drives/${encodeURIComponent(driveId)}`
    return `${drive}/items/${encodeURIComponent(id)}`
  }
}

/** "User's mysite not found", or "Tenant does not have a SPO license". */
function isWithoutDrive(error: unknown): boolean {
  return (
    (hasCode(error, 'not-found') && !(error instanceof Nobody)) ||
    (hasCode(error, 'unsupported') && /\bSPO license\b/i.test(String(error)))
  )
}

export class NoDrive extends AppError {
  constructor() {
    super('not-found', 'This account has no OneDrive, or it was never opened.', {
      advice:
        'Open https://onedrive.com once with this account. Without OneDrive, leave files out with --only mail,contacts,calendar.',
    })
    this.name = 'NoDrive'
  }
}
