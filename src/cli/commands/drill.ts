import type { DrillRequest } from '../../api/contract.ts'
import { AppError } from '../../core/errors.ts'
import { drillReportLines } from '../drill-report.ts'
import { drillExitCode } from '../exit-code.ts'
import { printResult } from '../print-result.ts'
import { printable } from '../printable.ts'
import { drillProgress, type ProgressOptions, progressMode, watched } from '../progress.ts'
import type { Session } from '../session.ts'
import { givenFolder, vaultPath } from '../vault-path.ts'

export interface DrillCommandOptions extends ProgressOptions {
  readonly vault: string
  readonly account?: readonly string[]
  readonly to?: string
  readonly remove?: boolean
  readonly sample?: number
  readonly scratch?: string
}

export async function drill({ terminal, loadApp }: Session, options: DrillCommandOptions): Promise<number> {
  const { account, to, remove, sample, scratch } = options
  if (remove && to === undefined)
    throw new AppError('usage', '--remove belongs to --to.', { advice: 'A temporary folder is always removed afterwards.' })
  const request: DrillRequest = {
    vault: vaultPath(options.vault),
    ...(account === undefined ? {} : { accounts: account }),
    ...(to === undefined ? {} : { to }),
    ...(remove ? { remove } : {}),
    ...(sample === undefined ? {} : { sample }),
    ...(scratch === undefined ? {} : { scratch: givenFolder(scratch, '--scratch') }),
    language: languageOf(terminal.env),
  }
  const app = await loadApp()
  const view = drillProgress(progressMode(options, terminal), terminal.stderr)
  const { proof, page, notice } = await watched(view, (signal, show) => app.drill(request, signal, show))
  if (notice !== null) await terminal.stderr.write(`${printable(notice)}\n`)
  await printResult(terminal.stdout, options, proof, () => drillReportLines(proof, page))
  return drillExitCode(proof)
}

/** As the system says it (POSIX, section 8.2): the proof is for whoever lives in this house. */
function languageOf({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): 'en' | 'de' {
  return /^de(?:[_.@-]|$)/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'de' : 'en'
}
