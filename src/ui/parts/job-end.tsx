/** How a job ended, in numbers that add up. */
import type { BackupReport, CollectReport, DrillResult, RestoreReport, VerifyReport } from '../../api/contract.ts'
import type { Job } from '../../api/desktop/contract.ts'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useLive, useWords, type Words } from '../context.tsx'
import { failuresIn, isPlan, unexplainedIn } from '../jobs.ts'
import { span } from '../times.ts'
import { CollectEnd } from './collect-end.tsx'
import { EndVerdict } from './end-verdict.tsx'
import { FailureNote } from './failure.tsx'
import { ProofEnd } from './proof-end.tsx'
import { PlanNumbers, RestoreEnd } from './restore-end.tsx'
import { Said } from './said.tsx'
import { SuddenlyGone } from './suddenly-gone.tsx'
import { needsPerson, WhatToDo } from './what-to-do.tsx'

export function JobEnd({ job }: { readonly job: Job }) {
  const { t } = useWords()
  switch (job.kind) {
    case 'backup':
      return (
        <BackupEnd
          report={job.report as BackupReport}
          isRetry={'onlyMissing' in job.request && job.request.onlyMissing === true}
        />
      )
    case 'verify':
      return <VerifyEnd report={job.report as VerifyReport} />
    case 'restore':
      return isPlan(job) ? (
        <PlanNumbers report={job.report as RestoreReport} />
      ) : (
        <RestoreEnd report={job.report as RestoreReport} />
      )
    case 'drill':
      return <ProofEnd result={job.report as DrillResult} />
    case 'collect':
      return <CollectEnd report={job.report as CollectReport} />
    case 'viewer':
      return <EndVerdict good>{t('done.viewer')}</EndVerdict>
  }
}

function BackupEnd({ report, isRetry }: { readonly report: BackupReport; readonly isRetry: boolean }) {
  const words = useWords()
  const { t, size } = words
  const { home } = useLive()
  const sum = (value: (collection: BackupReport['accounts'][number]['collections'][number]) => number): number =>
    report.accounts.reduce((all, { collections }) => all + collections.reduce((total, one) => total + value(one), 0), 0)
  const pending = report.accounts.reduce((all, account) => all + account.pending.length, 0)
  const failed = failuresIn(report)
  const added = sum((one) => one.added + one.copied + one.changed)
  const [removed, heldBack] = [sum((one) => one.removed), sum((one) => one.heldBack)]
  const disk = home?.disks.find(({ folder }) => folder === report.vault)
  const unexplained = isRetry ? 0 : unexplainedIn(report)
  const isGood = pending + heldBack + unexplained === 0 && failed.length === 0
  return (
    <>
      <EndVerdict good={isGood}>
        {failed[0]
          ? t('done.backupAccount', { account: failed[0].account })
          : endingOf(t, { pending, heldBack, unexplained, isRetry })}
      </EndVerdict>
      <ul class="bare spaced">
        {added > 0 && <li>{t('done.new', { n: added, size: size(sum((one) => one.bytes)) })}</li>}
        {added === 0 && isGood && <li>{t('done.nothingNew')}</li>}
        {removed > 0 && <li>{t('done.removed', { n: removed })}</li>}
        {unexplained > 0 && <li>{t('account.unexplained', { n: unexplained })}</li>}
        <li class="faint">
          {t('done.took', { span: span(words, (Date.parse(report.ended) - Date.parse(report.started)) / 1000) })}
        </li>
      </ul>
      {failed.map(({ account, failure }, at) => (
        <section key={account} aria-label={account}>
          {failed.length > 1 && <h3>{account}</h3>}
          <FailureNote failure={failure}>
            {needsPerson(failure) && (
              <WhatToDo
                account={account}
                failure={failure}
                primary={failed.findIndex((one) => needsPerson(one.failure)) === at}
              />
            )}
          </FailureNote>
        </section>
      ))}
      {heldBack > 0 && disk && (
        <SuddenlyGone items={heldBack} disk={disk} accounts={report.accounts.filter(holdsBack).map(({ account }) => account)} />
      )}
      {report.notices.map((notice) => (
        <p key={notice} class="faint">
          <Said text={notice} />
        </p>
      ))}
    </>
  )
}

interface Gaps {
  readonly pending: number
  readonly heldBack: number
  readonly unexplained: number
  readonly isRetry: boolean
}

function endingOf(t: Words['t'], { pending, heldBack, unexplained, isRetry }: Gaps): string {
  if (heldBack > 0) return t('done.backupDecide')
  if (pending > 0) return t(isRetry ? 'done.retryGaps' : 'done.backupGaps', { n: pending })
  if (unexplained > 0) return t('done.backupUnclear')
  return t(isRetry ? 'done.retry' : 'done.backup')
}

function holdsBack({ collections }: BackupReport['accounts'][number]): boolean {
  return collections.some(({ heldBack }) => heldBack > 0)
}

function VerifyEnd({ report }: { readonly report: VerifyReport }) {
  const { t, size } = useWords()
  return (
    <>
      <EndVerdict good={report.sound}>{t(report.sound ? 'done.verify' : 'done.verifyBad')}</EndVerdict>
      <p>{t('done.verifyMore', { n: report.files, size: size(report.bytes) })}</p>
      {!report.sound && <p>{t(report.healable ? 'done.verifyNext' : 'done.verifyForGood')}</p>}
      {report.findings.length > 0 && (
        <details open={!report.sound}>
          <summary>{t('done.findings')}</summary>
          <ul class="plain-list">
            {report.findings.slice(0, 200).map((finding) => (
              <Finding key={`${finding.path} ${finding.item?.key ?? ''} ${finding.text}`} finding={finding} />
            ))}
          </ul>
        </details>
      )}
    </>
  )
}

function Finding({ finding: { path, text, item } }: { readonly finding: VerifyReport['findings'][number] }) {
  const name = item?.title || path
  return (
    <li>
      {!text.startsWith(name) && (
        <>
          <b>
            <Name text={name} />
          </b>{' '}
        </>
      )}
      <Said text={text} />
    </li>
  )
}
