import type { StatusReport } from '../../api/contract.ts'
import { statusExitCode } from '../exit-code.ts'
import { formatBytes, formatCount, formatDate, formatDuration, serviceWords, withoutServices } from '../format.ts'
import { printResult } from '../print-result.ts'
import { printable } from '../printable.ts'
import type { Session } from '../session.ts'
import { vaultPath } from '../vault-path.ts'

export interface StatusCommandOptions {
  readonly vault: string
  readonly runDays: number
  readonly proofDays: number
  readonly json?: boolean
}

export async function status({ terminal, loadApp }: Session, options: StatusCommandOptions): Promise<number> {
  const { runDays, proofDays } = options
  const app = await loadApp()
  const report = await app.status({ vault: vaultPath(options.vault), runDays, proofDays })
  await printResult(terminal.stdout, options, report, statusLines)
  return statusExitCode(report)
}

const verdicts = { proven: 'proven', 'proven-with-exceptions': 'proven with exceptions', 'not-proven': 'NOT PROVEN' } as const

function statusLines({ accounts, stale }: StatusReport): string[] {
  const lines = accounts.flatMap((account) => {
    const { lastGood, lastProof, lastProblem } = account
    const proof =
      lastProof === null
        ? 'never proven'
        : `${verdicts[lastProof.verdict]} on ${formatDate(lastProof.at)}; a full restore takes ${formatDuration(lastProof.recoverySeconds)}${withoutServices(lastProof.untimed)}`
    return [
      `Account ${printable(account.account)}`,
      ...account.services.map(({ service, items, bytes, kept, pending }) => {
        const also = kept > 0 ? `, and ${formatCount(kept)} removed since, kept` : ''
        const missing = pending > 0 ? `; ${formatCount(pending)} could not be saved yet` : ''
        return `  ${serviceWords[service]}: ${formatCount(items)} safe (${formatBytes(bytes)})${also}${missing}`
      }),
      `  Safe as of ${lastGood === null ? 'never: no backup has come to its end' : formatDate(lastGood)}${lastProblem === null ? '' : ` (the last run: ${lastProblem})`}`,
      `  ${proof.charAt(0).toUpperCase()}${proof.slice(1)}`,
      ...account.warnings.map((text) => `  Attention: ${printable(text)}`),
      '',
    ]
  })
  if (accounts.length === 0) return ['The vault is empty: run lifeboat backup first.']
  return [...lines, stale ? 'See the lines that say Attention.' : 'All is well.']
}
