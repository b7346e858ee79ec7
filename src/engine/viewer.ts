/**
 * Keeps the data that the offline viewer reads, and START HERE.html itself, up to date with a vault. All of it is derived:
 * whatever goes wrong here, nothing that was saved is touched.
 */
import { randomBytes } from 'node:crypto'
import { basename, join } from 'node:path'
import { toAppError } from '../core/errors.ts'
import { readFile, replaceFile } from '../vault/disk.ts'
import { Vault, type VaultOptions } from '../vault/vault.ts'
import { makeStartPage } from '../viewer/start-page.ts'
import { readManifests } from '../viewer/write/folder.ts'
import type { Companion } from './backup.ts'
import { type RunningTask, startViewerTask } from './viewer-beside.ts'
import { DiskViewerFolder } from './viewer-folder.ts'
import { VaultHost } from './viewer-host.ts'
import type { TaskResult } from './viewer-task.ts'

export interface ViewerOptions {
  /** Whether attachments are kept as ordinary files, from now on; as before when absent. */
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
 * @throws AppError `not-found` where there is no vault, when it cannot be opened or written to, `cancelled`
 */
export async function rebuildViewer(
  options: ViewerOptions & { readonly vault: VaultOptions; readonly signal: AbortSignal },
): Promise<ViewerReport> {
  // Nothing is made where there is no vault: the path may be mistyped, or the disk away.
  await (await Vault.openForReading(options.vault)).close()
  const vault = await Vault.openForWriting(options.vault)
  try {
    const making = await Making.begin(vault, [], options, true)
    const stop = () => making.task.stop()
    options.signal.addEventListener('abort', stop)
    if (options.signal.aborted) stop()
    const { documents, notices } = await making.end().finally(() => options.signal.removeEventListener('abort', stop))
    return { vault: vault.directory, documents, notices: [...vault.notices, ...notices] }
  } finally {
    try {
      await vault.finish()
    } finally {
      await vault.close()
    }
  }
}

/** Beside a backup, with what it commits. */
export function viewerBeside(options: ViewerOptions): (vault: Vault, accounts: readonly string[]) => Promise<Companion> {
  return async (vault, accounts) => {
    // A failure is told in the end.
    const making = Making.begin(vault, accounts, options, false)
    making.catch(() => undefined)
    await Promise.allSettled([making])
    return {
      accountDone: (id) => void making.then(({ host }) => host.live.end(id)).catch(() => undefined),
      async finish() {
        try {
          return (await (await making).end()).notices
        } catch (error) {
          return [`The backup is complete, but START HERE.html could not be brought up to date: ${toAppError(error).message}`]
        }
      },
      async stop() {
        await making.then((one) => one.stop()).catch(() => undefined)
      },
    }
  }
}

class Making {
  readonly host: VaultHost
  readonly task: RunningTask
  readonly #vault: Vault
  readonly #dataFolder: string

  private constructor(vault: Vault, host: VaultHost, task: RunningTask, dataFolder: string) {
    this.#vault = vault
    this.host = host
    this.task = task
    this.#dataFolder = dataFolder
  }

  static async begin(vault: Vault, live: readonly string[], options: ViewerOptions, anew: boolean): Promise<Making> {
    const { attachments = vault.keepsAttachments, onProgress } = options
    await vault.keepAttachments(attachments)
    const host = new VaultHost(vault, attachments, onProgress)
    const dataFolder = await viewerFolder(vault)
    const accounts = await host.accounts(live)
    vault.onCommit = (account, run, length) => host.live.committed(account, run, length)
    const { directory, id, program, disk } = vault
    const now = vault.clock.now().toISOString()
    const task = { directory, dataFolder, vault: id, program, now, anew, attachments, accounts }
    return new Making(vault, host, startViewerTask(task, disk, host), dataFolder)
  }

  /** Nothing more is committed: returns once all that was is dealt with. */
  async end(): Promise<TaskResult> {
    this.#vault.onCommit = null
    this.host.live.end()
    const result = await this.task.result
    await writeStartPage(this.#vault, this.#dataFolder)
    return result
  }

  /** Never throws. */
  async stop(): Promise<void> {
    this.#vault.onCommit = null
    this.task.stop()
    this.host.live.end()
    await Promise.allSettled([this.task.result])
  }
}

/** Only when it is not there or another one: a new version of the program, another folder. */
async function writeStartPage({ disk, directory }: Vault, dataFolder: string): Promise<void> {
  const page = Buffer.from(await makeStartPage({ dataFolder, vaultName: basename(directory) }))
  const path = join(directory, startPage)
  const present = await readFile(disk, path)
  if (present === null || !page.equals(present)) await replaceFile(disk, path, [page])
}

const startPage = 'START HERE.html'
const folderName = /^viewer-[0-9a-f]{32}$/

/** The one that the vault has; of several the one whose data is newest. Its name is a secret: only START HERE.html may know it. */
async function viewerFolder({ disk, directory }: Vault): Promise<string> {
  const names = ((await disk.list(directory)) ?? []).flatMap(({ name }) => (folderName.test(name) ? [name] : []))
  let best: { readonly name: string; readonly written: string } | null = null
  for (const name of names) {
    const written = (await readManifests(new DiskViewerFolder(disk, join(directory, name)))).current?.written ?? ''
    if (best === null || written > best.written) best = { name, written }
  }
  return best?.name ?? `viewer-${randomBytes(16).toString('hex')}`
}
