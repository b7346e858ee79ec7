/**
 * Keeps the data that the offline viewer reads, and START HERE.html itself, up to date with a vault. All of it is derived:
 * whatever goes wrong here, nothing that was saved is touched.
 */
import { randomBytes } from 'node:crypto'
import { basename, join } from 'node:path'
import { hasCode, toAppError } from '../core/errors.ts'
import { Attachments } from '../vault/attachments.ts'
import { readFile, replaceFile } from '../vault/disk.ts'
import { Vault, type VaultOptions } from '../vault/vault.ts'
import type { ProofInfo } from '../viewer/format.ts'
import type { AttachmentDocument } from '../viewer/input.ts'
import { makeStartPage } from '../viewer/start-page.ts'
import { readManifests } from '../viewer/write/folder.ts'
import { type UpdateResult, updateViewer } from '../viewer/write/update.ts'
import type { Verdict } from './proof.ts'
import { proofsFolder, readProofs } from './status.ts'
import { DiskViewerFolder } from './viewer-folder.ts'
import { VaultViewerInput } from './viewer-input.ts'

export interface ViewerOptions {
  readonly signal: AbortSignal
  /** False: attachments are not kept as ordinary files. */
  readonly attachments?: boolean
  /** Called now and then: how many documents were read so far. */
  onProgress(documents: number): void
}

export interface ViewerReport {
  /** Absolute path of the vault. */
  readonly vault: string
  /** How many messages, contacts, events and files were read. */
  readonly documents: number
  /** Sentences for the person. */
  readonly notices: readonly string[]
}

/**
 * Makes everything anew.
 * @throws AppError when the vault cannot be opened or written to, `cancelled`
 */
export async function rebuildViewer(options: ViewerOptions & { readonly vault: VaultOptions }): Promise<ViewerReport> {
  const vault = await Vault.openForWriting(options.vault)
  try {
    const { documents, notices } = await update(vault, options, true)
    return { vault: vault.directory, documents, notices: [...vault.notices, ...notices] }
  } finally {
    await vault.close()
  }
}

/** After a backup, with what it brought. Never throws: answers sentences for the person. */
export async function refreshViewer(vault: Vault, options: ViewerOptions): Promise<readonly string[]> {
  if (options.signal.aborted) return []
  try {
    return (await update(vault, options, false)).notices
  } catch (error) {
    if (options.signal.aborted) return []
    return [`The backup is complete, but START HERE.html could not be brought up to date: ${toAppError(error).message}`]
  }
}

async function update(vault: Vault, options: ViewerOptions, anew: boolean): Promise<UpdateResult> {
  const { name, folder } = await viewerFolder(vault)
  const result = await updateData(vault, folder, options, anew)
  await writeStartPage(vault, name)
  return result
}

/** Only when it is not there or another one: a new version of the program, another folder. */
async function writeStartPage({ disk, directory }: Vault, dataFolder: string): Promise<void> {
  const page = Buffer.from(await makeStartPage({ dataFolder, vaultName: basename(directory) }))
  const path = join(directory, startPage)
  const present = await readFile(disk, path)
  if (present === null || !page.equals(present)) await replaceFile(disk, path, [page])
}

async function updateData(
  vault: Vault,
  folder: DiskViewerFolder,
  { signal, onProgress, attachments }: ViewerOptions,
  anew: boolean,
): Promise<UpdateResult> {
  const documents = attachments ?? true
  const kept = new KeptAttachments(vault, anew)
  const input = new VaultViewerInput(vault, {
    ...{ proof: await lastProof(vault), verified: null, documents, notices: [] },
    document: async (attachment) => (documents ? await kept.keep(attachment) : ''),
  })
  try {
    return await updateViewer(folder, input, { signal, anew, onProgress })
  } catch (error) {
    // Data that cannot be gone on with is made anew.
    if (anew || signal.aborted || hasCode(error, 'disk-full', 'disk-failed', 'disk-absent')) throw error
    return await updateViewer(folder, input, { signal, anew: true, onProgress })
  } finally {
    if (!documents) await kept.forgetMissing()
    await kept.finish()
  }
}

const verdicts: Readonly<Record<Verdict, string>> = {
  proven: 'Everything was restored, compared and found whole.',
  'proven-with-exceptions': 'Restored and compared, with exceptions that the proof names.',
  'not-proven': 'The rehearsal did not succeed; the proof says why.',
}

async function lastProof({ disk, directory }: Vault): Promise<ProofInfo | null> {
  const proof = (await readProofs(disk, directory)).at(-1)
  if (proof === undefined) return null
  const pages = ((await disk.list(join(directory, proofsFolder))) ?? []).filter(({ name }) => name.endsWith('.html'))
  const page = pages.at(-1)
  const file = page === undefined ? null : `${proofsFolder}/${page.name}`
  return { time: proof.ended, passed: proof.verdict !== 'not-proven', text: verdicts[proof.verdict] ?? '', file }
}

/** Attachments as ordinary files, account by account. */
class KeptAttachments {
  readonly #vault: Vault
  readonly #anew: boolean
  readonly #accounts = new Map<string, { readonly folder: string; readonly attachments: Attachments }>()

  constructor(vault: Vault, anew: boolean) {
    this.#vault = vault
    this.#anew = anew
  }

  /** Answers the path relative to the vault's root, or ''. */
  async keep({ account, ...attachment }: AttachmentDocument): Promise<string> {
    const { folder, attachments } = await this.#of(account)
    const path = await attachments.keep(attachment)
    return path === '' ? '' : `${folder}/${path}`
  }

  async #of(id: string): Promise<{ readonly folder: string; readonly attachments: Attachments }> {
    const known = this.#accounts.get(id)
    if (known !== undefined) return known
    const account = await this.#vault.account(id)
    const opened = { folder: account.folder, attachments: new Attachments(this.#vault, account, this.#anew) }
    this.#accounts.set(id, opened)
    return opened
  }

  async forgetMissing(): Promise<void> {
    for (const id of await this.#vault.accountIds()) await (await this.#of(id)).attachments.forgetMissing()
  }

  /** Lists what was written in the manifest. */
  async finish(): Promise<void> {
    for (const { attachments } of this.#accounts.values()) await attachments.finish()
    await this.#vault.finish()
  }
}

const startPage = 'START HERE.html'
const folderName = /^viewer-[0-9a-f]{32}$/

/** The one that the vault has; of several the one whose data is newest. Its name is a secret: only START HERE.html may know it. */
async function viewerFolder({ disk, directory }: Vault): Promise<{ readonly name: string; readonly folder: DiskViewerFolder }> {
  const names = ((await disk.list(directory)) ?? []).flatMap(({ name }) => (folderName.test(name) ? [name] : []))
  let best: { readonly name: string; readonly folder: DiskViewerFolder; readonly written: string } | null = null
  for (const name of names) {
    const folder = new DiskViewerFolder(disk, join(directory, name))
    const written = (await readManifests(folder)).current?.written ?? ''
    if (best === null || written > best.written) best = { name, folder, written }
  }
  if (best !== null) return best
  const name = `viewer-${randomBytes(16).toString('hex')}`
  return { name, folder: new DiskViewerFolder(disk, join(directory, name)) }
}
