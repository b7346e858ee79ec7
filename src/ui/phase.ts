/** What a job does and how far it is, as a person is told. */
import type { Job } from '../api/desktop/contract.ts'
import { inWindow, sentenceIn } from '../core/sentences.ts'
import type { Words } from './context.tsx'

/** What it does right now, in a few words. */
export function phaseOf({ t, language }: Words, job: Job): string {
  if (job.state === 'stopping') return t(job.paused ? 'progress.pausing' : 'progress.stopping')
  const { progress, pace, tally } = job
  if (progress && 'kind' in progress) {
    if (progress.kind === 'account') return t('progress.reaching', { account: progress.account })
    if (isPreparing(job)) return t('progress.viewer')
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
export function shareOf(job: Job): number | null {
  return isPreparing(job) ? null : (job.pace?.share ?? null)
}

/** Nothing else is left to do; on the way, the pages are prepared beside everything else. */
function isPreparing({ pace, progress }: Job): boolean {
  if (!progress || !('kind' in progress) || progress.kind !== 'viewer') return false
  return pace === null || (pace.of === null && pace.items >= pace.itemsKnown)
}
