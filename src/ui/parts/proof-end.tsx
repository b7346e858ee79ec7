import type { DrillResult, ProofFinding } from '../../api/contract.ts'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useWords } from '../context.tsx'
import { recoverySpan } from '../times.ts'
import { EndVerdict } from './end-verdict.tsx'
import { Said } from './said.tsx'

const endings = {
  proven: 'proof.doneGood',
  'proven-with-exceptions': 'proof.doneExceptions',
  'not-proven': 'proof.doneBad',
} as const

export function ProofEnd({ result: { proof, notice } }: { readonly result: DrillResult }) {
  const words = useWords()
  const { t, number } = words
  const services = proof.accounts.flatMap((account) => account.services)
  const [restored, identical] = services.reduce(([all, same], one) => [all + one.restored, same + one.identical], [0, 0])
  const recovery = Math.max(0, ...proof.accounts.map(({ recoverySeconds }) => recoverySeconds))
  const untimed = proof.accounts.flatMap((account) => account.untimed ?? [])
  return (
    <>
      <EndVerdict good={proof.verdict !== 'not-proven'}>{t(endings[proof.verdict])}</EndVerdict>
      <ul class="bare spaced">
        <li>{t('proof.items', { same: number(identical), n: number(restored) })}</li>
        <li>{t('proof.recovery', { span: recoverySpan(words, recovery, untimed) })}</li>
      </ul>
      <Findings title={t('proof.faults')} findings={proof.accounts.flatMap(({ faults }) => faults)} open />
      <Findings title={t('proof.exceptions')} findings={proof.accounts.flatMap(({ exceptions }) => exceptions)} />
      {notice && (
        <p class="faint">
          <Said text={notice} />
        </p>
      )}
    </>
  )
}

function Findings({
  title,
  findings,
  open,
}: {
  readonly title: string
  readonly findings: readonly ProofFinding[]
  readonly open?: boolean
}) {
  const { t } = useWords()
  if (findings.length === 0) return null
  return (
    <details open={open}>
      <summary>
        {title} ({findings.length})
      </summary>
      <ul class="plain-list">
        {findings.slice(0, 100).map(({ collection, title: name, text }, at) => (
          <li key={at}>
            <b>
              <Name text={name || collection.join(' / ')} />
            </b>{' '}
            <Said text={text} />
          </li>
        ))}
        {findings.length > 100 && <li class="faint">{t('missing.more', { n: findings.length - 100 })}</li>}
      </ul>
    </details>
  )
}
