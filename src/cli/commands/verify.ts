import { verifyExitCode } from '../exit-code.ts'
import { interruptible } from '../interrupt.ts'
import { printableJson } from '../printable.ts'
import { type ProgressOptions, progressMode, verifyProgress } from '../progress.ts'
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
  const report = await interruptible(
    (text) => view.say(text),
    (signal) => app.verify(vault, signal, (event) => view.show(event)),
  ).finally(() => view.end())
  const text = options.json ? printableJson(report) : verifyReportLines(report).join('\n')
  await terminal.stdout.write(`${text}\n`)
  return verifyExitCode(report)
}
