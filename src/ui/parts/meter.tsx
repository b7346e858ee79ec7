/** How far a job is, honestly: counting first, then amounts, and an estimate only once it is steady. */

import type { Job, Pace } from '../../api/desktop/contract.ts'
import { inWindow, sentenceIn } from '../../core/sentences.ts'
import { useWords, type Words } from '../context.tsx'
import { nameOf } from '../jobs.ts'
import { span } from '../times.ts'

/** What it does right now, in a few words. */
export function phaseOf({ t, language }: Words, job: Job): string {
  if (job.state === 'stopping') return t(job.paused ? 'progress.pausing' : 'progress.stopping')
  const { progress, pace, tally } = job
  if (progress && 'kind' in progress) {
    if (progress.kind === 'account') return t('progress.reaching', { account: progress.account })
    if (progress.kind === 'viewer') return t('progress.viewer')
    if (progress.kind === 'step') return sentenceIn(language, progress.text).text
    if (progress.kind === 'notice' && pace === null && tally.length === 0)
      return inWindow(sentenceIn(language, progress.text).text)
    if (progress.kind === 'listing' && (pace === null || pace.items === 0)) {
      return `${t('progress.counting')} ${t('progress.counted', { n: tally.reduce((sum, { listed }) => sum + listed, 0) })}`
    }
  }
  if (pace !== null) return t('progress.itemsOf', { done: pace.items, total: Math.max(pace.items, pace.itemsKnown) })
  return t(tally.length > 0 ? 'progress.counting' : 'progress.starting')
}

/** 0 to 1; null where nobody can know. */
function shareOf({ pace, progress }: Job): number | null {
  if (pace === null || (progress && 'kind' in progress && progress.kind === 'viewer')) return null
  if (pace.bytesKnown > 0) return Math.min(1, pace.bytes / pace.bytesKnown)
  return pace.itemsKnown > 0 ? Math.min(1, pace.items / pace.itemsKnown) : null
}

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
