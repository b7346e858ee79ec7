import type { MailFormat, RestoreRequest } from '../../api/contract.ts'
import type { Service } from '../../core/account.ts'
import type { ConflictRule } from '../../core/target.ts'
import { restoreExitCode } from '../exit-code.ts'
import { printResult } from '../print-result.ts'
import { type ProgressOptions, progressMode, restoreProgress, watched } from '../progress.ts'
import { restoreReportLines } from '../restore-report.ts'
import type { Session } from '../session.ts'
import { given, vaultPath } from '../vault-path.ts'

export interface RestoreCommandOptions extends ProgressOptions {
  readonly vault: string
  readonly account: string
  readonly to: string
  readonly at?: string
  readonly service?: readonly Service[]
  readonly collection?: string
  readonly search?: string
  readonly into?: string
  readonly format?: MailFormat
  readonly conflict?: ConflictRule
  readonly dryRun?: boolean
}

export async function restore({ terminal, loadApp }: Session, options: RestoreCommandOptions): Promise<number> {
  const { account, to, at, service, collection, search, into, format, conflict, dryRun } = options
  const request: RestoreRequest = {
    vault: vaultPath(options.vault),
    account,
    to: given(to, '--to'),
    ...(at === undefined ? {} : { at }),
    ...(service === undefined ? {} : { services: service }),
    ...(collection === undefined ? {} : { collection }),
    ...(search === undefined ? {} : { search }),
    ...(into === undefined ? {} : { into }),
    ...(format === undefined ? {} : { format }),
    ...(conflict === undefined ? {} : { conflict }),
    ...(dryRun ? { dryRun } : {}),
  }
  const app = await loadApp()
  const view = restoreProgress(progressMode(options, terminal), terminal.stderr)
  const report = await watched(view, (signal, show) => app.restore(request, signal, show))
  await printResult(terminal.stdout, options, report, restoreReportLines)
  return restoreExitCode(report)
}
