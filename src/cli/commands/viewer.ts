import { plural } from '../format.ts'
import { printResult } from '../print-result.ts'
import { printable } from '../printable.ts'
import { type ProgressOptions, progressMode, viewerProgress, watched } from '../progress.ts'
import type { Session } from '../session.ts'
import { vaultPath } from '../vault-path.ts'

export interface ViewerOptions extends ProgressOptions {
  readonly vault: string
  /** With `--attachments` or `--no-attachments`. */
  readonly attachments?: boolean
}

export async function viewer({ terminal, loadApp }: Session, options: ViewerOptions): Promise<number> {
  const vault = vaultPath(options.vault)
  const app = await loadApp()
  const view = viewerProgress(progressMode(options, terminal), terminal.stderr)
  const { attachments } = options
  const request = { vault, ...(attachments === undefined ? {} : { attachments }) }
  const report = await watched(view, (signal, show) => app.rebuildViewer(request, signal, show))
  const made = `START HERE.html is made anew: ${plural(report.documents, 'item')} read, each content once.`
  await printResult(terminal.stdout, options, report, ({ notices }) => [...notices.map(printable), made])
  return 0
}
