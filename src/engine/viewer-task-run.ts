/** Makes the viewer's data, and keeps attachments as ordinary files, in whatever thread. */
import { join } from 'node:path'
import { hasCode } from '../core/errors.ts'
import { Attachments } from '../vault/attachments.ts'
import type { Disk } from '../vault/disk.ts'
import type { AttachmentDocument } from '../viewer/input.ts'
import { updateViewer } from '../viewer/write/update.ts'
import { DiskViewerFolder } from './viewer-folder.ts'
import { JournalInput } from './viewer-input.ts'
import type { TaskResult, ViewerHost, ViewerTask } from './viewer-task.ts'

/** @throws AppError of the disk's, and the signal's reason */
export async function runViewerTask(task: ViewerTask, disk: Disk, host: ViewerHost, signal: AbortSignal): Promise<TaskResult> {
  const { anew } = task
  const folder = new DiskViewerFolder(disk, join(task.directory, task.dataFolder))
  const kept = new KeptAttachments(task, disk, host)
  const input = new JournalInput(task, disk, host, async (one) => (task.attachments ? await kept.keep(one) : ''))
  const onProgress = (documents: number) => host.progress(documents)
  try {
    return await updateViewer(folder, input, { signal, anew, onProgress })
  } catch (error) {
    // Data that cannot be gone on with is made anew.
    if (anew || signal.aborted || hasCode(error, 'disk-full', 'disk-failed', 'disk-absent')) throw error
    return await updateViewer(folder, input, { signal, anew: true, onProgress })
  } finally {
    if (!task.attachments) await kept.forgetMissing()
    await kept.finish()
  }
}

/** Attachments as ordinary files, account by account. */
class KeptAttachments {
  readonly #accounts: ReadonlyMap<string, { readonly folder: string; readonly attachments: Attachments }>

  constructor({ accounts, anew, directory }: ViewerTask, disk: Disk, host: ViewerHost) {
    const opened = accounts.map(({ id, folder, root, listed }) => {
      const sums = new Map(listed)
      const list = (path: string, sum: string) => {
        if (sums.get(path) === sum) return
        sums.set(path, sum)
        host.list(id, path, sum)
      }
      const home = { disk, directory, root, listed: sums, list, markWriting: () => host.markWriting() }
      return [id, { folder, attachments: new Attachments(home, anew) }] as const
    })
    this.#accounts = new Map(opened)
  }

  /** Answers the path relative to the vault's root, or ''. */
  async keep({ account, ...attachment }: AttachmentDocument): Promise<string> {
    const known = this.#accounts.get(account)
    const path = await known?.attachments.keep(attachment)
    return known === undefined || path === undefined || path === '' ? '' : `${known.folder}/${path}`
  }

  async forgetMissing(): Promise<void> {
    for (const { attachments } of this.#accounts.values()) await attachments.forgetMissing()
  }

  async finish(): Promise<void> {
    for (const { attachments } of this.#accounts.values()) await attachments.finish()
  }
}
