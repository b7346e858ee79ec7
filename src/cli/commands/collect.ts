import type { CollectReport, CollectRequest } from '../../api/contract.ts'
import { errorTexts, exitCodes } from '../../core/messages.ts'
import { formatBytes, formatCount, formatPath, plural } from '../format.ts'
import { printResult } from '../print-result.ts'
import { printable } from '../printable.ts'
import { drillProgress, type ProgressOptions, progressMode, watched } from '../progress.ts'
import type { Session } from '../session.ts'
import { givenFolder, vaultPath } from '../vault-path.ts'

const leftOutShown = 20

export interface CollectCommandOptions extends ProgressOptions {
  readonly vault: string
  readonly out: string
  readonly year?: number
  readonly from?: string
  readonly search?: string
  readonly type?: readonly string[]
  readonly account?: string
  readonly messages?: boolean
}

export async function collect({ terminal, loadApp }: Session, options: CollectCommandOptions): Promise<number> {
  const { year, from, search, type, account, messages } = options
  const request: CollectRequest = {
    vault: vaultPath(options.vault),
    out: givenFolder(options.out, '--out'),
    ...(year === undefined ? {} : { year }),
    ...(from === undefined ? {} : { from }),
    ...(search === undefined ? {} : { search }),
    ...(type === undefined ? {} : { types: type }),
    ...(account === undefined ? {} : { account }),
    ...(messages ? { messages } : {}),
  }
  const app = await loadApp()
  const view = drillProgress(progressMode(options, terminal), terminal.stderr)
  const report = await watched(view, (signal, show) => app.collect(request, signal, show))
  await printResult(terminal.stdout, options, report, reportLines)
  if (report.stopped) return errorTexts.cancelled.exitCode
  return report.leftOut.length > 0 ? exitCodes.pending : exitCodes.ok
}

function reportLines(report: CollectReport): string[] {
  const { written, alreadyThere, found, bytes, leftOut, inlinePictures, withoutSender, table, out } = report
  const shown = leftOut
    .slice(0, leftOutShown)
    .map(({ collection, title, reason }) => `Left out: ${formatPath(collection)}, "${printable(title)}": ${printable(reason)}`)
  const more = leftOut.length - shown.length
  return [
    ...shown,
    ...(more > 0 ? [`… and ${formatCount(more)} more; --json names them all.`] : []),
    ...(inlinePictures > 0
      ? [`${plural(inlinePictures, 'picture')} within the text of messages left out; --type jpg,png takes them too.`]
      : []),
    ...(withoutSender > 0
      ? [`${plural(withoutSender, 'file')} of drives left out: files have no sender; without --from they are taken too.`]
      : []),
    `${plural(written, 'document')} (${formatBytes(bytes)}) put into ${printable(out)}, ${formatCount(alreadyThere)} there already.`,
    `${plural(found, 'place')} where they were found: ${printable(table)}`,
  ]
}
