/** What a restore writes to a mailbox: folders, messages and their attachments. */
import { AppError } from '../../core/errors.ts'
import type { Collection, Role } from '../../core/items.ts'
import type { TargetOptions } from '../../core/target.ts'
import {
  addAttachment,
  attachmentResource,
  inOneRequest,
  largestAttachment,
  missingAttachments,
  type NewAttachment,
} from './attachments.ts'
import { isRefusedWith } from './errors.ts'
import type { Folder, Mail, WellKnown } from './mail.ts'
import type { NewMessage } from './mail-message.ts'
import type { Session } from './session.ts'
import { send, sendOnce } from './writing.ts'

/** "Requests … are limited to 4 MB": of the JSON, in which octets stand as base64. */
const largestRequest = 3_900_000
/** Whatever it holds, such a message goes in one request. */
export const surelyInOne = 1_200_000

const roles: Readonly<Partial<Record<Role, WellKnown>>> = {
  inbox: 'inbox',
  archive: 'archive',
  drafts: 'drafts',
  sent: 'sentitems',
  trash: 'deleteditems',
  junk: 'junkemail',
}

interface Made {
  readonly id: string
}

/** The folders of the mailbox, made where they are missing. */
export class TargetFolders {
  readonly #session: Session
  readonly #mail: Mail
  readonly #options: TargetOptions
  readonly #signal: AbortSignal
  readonly #wellKnown: ReadonlyMap<WellKnown, string>
  readonly #folders: Folder[]

  private constructor(
    session: Session,
    mail: Mail,
    options: TargetOptions,
    signal: AbortSignal,
    folders: Folder[],
    wellKnown: ReadonlyMap<WellKnown, string>,
  ) {
    this.#session = session
    this.#mail = mail
    this.#options = options
    this.#signal = signal
    this.#folders = folders
    this.#wellKnown = wellKnown
  }

  static async open(session: Session, mail: Mail, options: TargetOptions, signal: AbortSignal): Promise<TargetFolders> {
    const wellKnown = new Map([...(await mail.wellKnown())].map(([id, name]) => [name, id]))
    return new TargetFolders(session, mail, options, signal, [...(await mail.folders())], wellKnown)
  }

  /** Id is null in a dry run, for a folder that is not there. */
  async ensure({
    role,
    path,
  }: Collection): Promise<{ readonly id: string | null; readonly path: readonly string[]; readonly isNew: boolean }> {
    const { into } = this.#options
    const own = role === undefined || into.length > 0 ? undefined : this.#wellKnown.get(roles[role] ?? 'outbox')
    const folder =
      own === undefined || roles[role ?? 'all'] === undefined ? undefined : this.#folders.find(({ id }) => id === own)
    if (folder !== undefined) return { id: folder.id, path: [folder.displayName ?? ''], isNew: false }
    const names = [...into, ...path]
    let parent: string | null = null
    let isNew = false
    for (const name of names) {
      const known = this.#child(parent, name)
      if (known === undefined && this.#options.dryRun) return { id: null, path: names, isNew: true }
      isNew = known === undefined
      parent = known?.id ?? (await this.#make(parent, name))
    }
    return { id: parent, path: names, isNew }
  }

  /** Removes the folder that everything was put below, with all that is in it. */
  async discard(): Promise<void> {
    let folder: Folder | undefined
    for (const name of this.#options.into) {
      folder = this.#child(folder?.id ?? null, name)
      if (folder === undefined) return
    }
    if (folder !== undefined) await send(this.#session, 'outlook', 'DELETE', `${this.#path}/${folder.id}`, null, this.#signal)
  }

  get #path(): string {
    return `${this.#session.me}/mailFolders`
  }

  #child(parent: string | null, name: string): Folder | undefined {
    const isTop = ({ parentFolderId }: Folder) => !this.#folders.some(({ id }) => id === parentFolderId)
    return this.#folders.find(
      (folder) =>
        folder.displayName?.toLowerCase() === name.toLowerCase() &&
        (parent === null ? isTop(folder) : folder.parentFolderId === parent),
    )
  }

  async #make(parent: string | null, name: string): Promise<string> {
    const path = parent === null ? this.#path : `${this.#path}/${parent}/childFolders`
    const again = () => this.#arrived(parent, name)
    const body = { displayName: name }
    const made = await sendOnce<Folder>(this.#session, 'outlook', 'POST', path, body, this.#signal, again).catch(
      async (error) => {
        // One that differs in a letter that Exchange takes for the same, or that was made meanwhile.
        const found = isRefusedWith(error, 409) ? await again() : null
        if (found === null) throw error
        return found
      },
    )
    this.#folders.push({ ...made, displayName: name, parentFolderId: parent })
    return made.id
  }

  async #arrived(parent: string | null, name: string): Promise<Folder | null> {
    const isKnown = new Set(this.#folders.map(({ id }) => id))
    const fresh = (await this.#mail.folders()).filter(({ id }) => !isKnown.has(id))
    this.#folders.push(...fresh)
    return this.#child(parent, name) ?? null
  }
}

/** `arrived`: the message, where it came although the answer was lost. @throws AppError `unsupported` for what is too large */
export async function addMessage(
  session: Session,
  folder: string,
  { body, attachments }: NewMessage,
  arrived: () => Promise<Made | null>,
  signal: AbortSignal,
): Promise<string> {
  if (attachments.some(({ octets }) => octets.length > largestAttachment)) {
    throw new AppError('unsupported', 'Microsoft takes no attachment of more than 150 MB.')
  }
  const { withIt, later, isTooLarge } = sent(body, attachments)
  if (isTooLarge) throw new AppError('unsupported', 'Microsoft takes no message whose text alone has more than about 4 MB.')
  const whole = withIt.length === 0 ? body : { ...body, attachments: withIt.map(attachmentResource) }
  const path = `${session.me}/mailFolders/${encodeURIComponent(folder)}/messages`
  const { id } = await sendOnce<Made>(session, 'outlook', 'POST', path, whole, signal, arrived)
  for (const attachment of later) await addAttachment(session, messagePath(session, id), attachment, attachments, signal)
  return id
}

/** Those of a message that is there which a broken restore never got to. */
export async function missingOf(
  session: Session,
  id: string,
  { body, attachments }: NewMessage,
  signal: AbortSignal,
): Promise<readonly NewAttachment[]> {
  const { later } = sent(body, attachments)
  return later.length === 0 ? [] : await missingAttachments(session, messagePath(session, id), attachments, later, signal)
}

export function messagePath({ me }: Session, id: string): string {
  return `${me}/messages/${encodeURIComponent(id)}`
}

/** What goes with the message in one request, and what follows it. */
function sent(
  body: NewMessage['body'],
  attachments: readonly NewAttachment[],
): {
  readonly withIt: readonly NewAttachment[]
  readonly later: readonly NewAttachment[]
  /** The text alone. */
  readonly isTooLarge: boolean
} {
  const withIt: NewAttachment[] = []
  const later: NewAttachment[] = []
  let room = largestRequest - Buffer.byteLength(JSON.stringify(body))
  const isTooLarge = room < 0
  for (const attachment of attachments) {
    const octets = sizeInJson(attachment)
    const fits = octets <= room && attachment.octets.length < inOneRequest
    if (fits) room -= octets
    ;(fits ? withIt : later).push(attachment)
  }
  return { withIt, later, isTooLarge }
}

function sizeInJson({ octets, name, mime, contentId }: NewAttachment): number {
  return Math.ceil(octets.length / 3) * 4 + 6 * (name.length + mime.length + (contentId?.length ?? 0)) + 200
}
