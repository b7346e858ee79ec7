import { plural } from '../format.ts'
import { interruptible } from '../interrupt.ts'
import { printable, printableJson } from '../printable.ts'
import { type ProgressOptions, progressMode, viewerProgress } from '../progress.ts'
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
  const report = await interruptible(
    (text) => view.say(text),
    (signal) => app.rebuildViewer(request, signal, (event) => view.show(event)),
  ).finally(() => view.end())
  const made = `START HERE.html is made anew: ${plural(report.documents, 'item')} read, each content once.`
  const lines = [...report.notices.map(printable), made]
  await terminal.stdout.write(`${options.json ? printableJson(report) : lines.join('\n')}\n`)
  return 0
}
