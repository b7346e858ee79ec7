import { AppError } from '../../core/errors.ts'
import { backupReportLines } from '../backup-report.ts'
import { backupExitCode } from '../exit-code.ts'
import { printResult } from '../print-result.ts'
import { backupProgress, type ProgressOptions, progressMode, watched } from '../progress.ts'
import type { Session } from '../session.ts'
import { vaultPath } from '../vault-path.ts'

export interface BackupOptions extends ProgressOptions {
  readonly vault: string
  readonly account?: readonly string[]
  readonly acceptRemovals?: boolean
  readonly newVault?: boolean
  /** With `--attachments` or `--no-attachments`. */
  readonly attachments?: boolean
  /** False with `--no-viewer`. */
  readonly viewer?: boolean
}

export async function backup({ terminal, loadApp }: Session, options: BackupOptions): Promise<number> {
  const vault = vaultPath(options.vault)
  const app = await loadApp()
  if (options.account === undefined && (await app.listAccounts()).length === 0) {
    throw new AppError('usage', 'There is no account to back up yet.', { advice: 'Add one first: lifeboat account add --help' })
  }
  const request = {
    vault,
    ...(options.account === undefined ? {} : { accounts: options.account }),
    ...(options.acceptRemovals ? { acceptRemovals: true } : {}),
    ...(options.newVault ? { newVault: true } : {}),
    ...(options.attachments === undefined ? {} : { attachments: options.attachments }),
    ...(options.viewer === false ? { viewer: false } : {}),
  }
  const view = backupProgress(progressMode(options, terminal), terminal.stderr)
  const report = await watched(view, (signal, show) => app.backup(request, signal, show))
  await printResult(terminal.stdout, options, report, backupReportLines)
  return backupExitCode(report)
}
