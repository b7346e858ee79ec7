/** How far a job is, honestly: counting first, then amounts, and an estimate only once it is steady. */

import type { Job, Pace } from '../../api/desktop/contract.ts'
import { useWords } from '../context.tsx'
import { nameOf } from '../jobs.ts'
import { shareOf } from '../phase.ts'
import { span } from '../times.ts'

export function Meter({ job }: { readonly job: Job }) {
  const { t } = useWords()
  const share = shareOf(job)
  return (
    <div
      class={`meter ${share === null ? 'unknown' : ''}`}
      role="progressbar"
      aria-label={t(nameOf(job, 'job'))}
      {...(share === null ? {} : { 'aria-valuemin': 0, 'aria-valuemax': 100, 'aria-valuenow': Math.round(share * 100) })}
    >
      <span style={share === null ? undefined : { width: `${share * 100}%` }} />
    </div>
  )
}

/** MB, rate and what is left; each only where it is known. */
export function Amounts({ pace: { bytes, bytesKnown, perSecond, secondsLeft, of } }: { readonly pace: Pace }) {
  const words = useWords()
  const { t, size } = words
  return (
    <p class="amounts">
      {bytesKnown > 0 && <span>{t('progress.amount', { done: size(bytes), total: size(Math.max(bytes, bytesKnown)) })}</span>}
      {perSecond !== null && perSecond > 0 && <span>{t('progress.rate', { size: size(perSecond) })}</span>}
      {secondsLeft !== null && secondsLeft > 0 && (
        <span>{t(of === null ? 'progress.left' : 'progress.leftOf', { span: span(words, secondsLeft), account: of ?? '' })}</span>
      )}
    </p>
  )
}
