import { verifyExitCode } from '../exit-code.ts'
import { printResult } from '../print-result.ts'
import { type ProgressOptions, progressMode, verifyProgress, watched } from '../progress.ts'
import type { Session } from '../session.ts'
import { vaultPath } from '../vault-path.ts'
import { verifyReportLines } from '../verify-report.ts'

export interface VerifyOptions extends ProgressOptions {
  readonly vault: string
}

export async function verify({ terminal, loadApp }: Session, options: VerifyOptions): Promise<number> {
  const vault = vaultPath(options.vault)
  const app = await loadApp()
  const view = verifyProgress(progressMode(options, terminal), terminal.stderr)
  const report = await watched(view, (signal, show) => app.verify(vault, signal, show))
  await printResult(terminal.stdout, options, report, verifyReportLines)
  return verifyExitCode(report)
}
