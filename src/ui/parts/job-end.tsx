/** How a job ended, in numbers that add up. */
import type { BackupReport, CollectReport, DrillResult, RestoreReport, RestoreRequest, VerifyReport } from '../../api/contract.ts'
import type { Job } from '../../api/desktop/contract.ts'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useLive, useWords, type Words } from '../context.tsx'
import { isPlan, retryMissing, startJob, unexplainedIn } from '../jobs.ts'
import { goTo, routeHref } from '../route.ts'
import { span } from '../times.ts'
import { Action } from './action.tsx'
import { CollectEnd } from './collect-end.tsx'
import { EndVerdict } from './end-verdict.tsx'
import { FailureNote } from './failure.tsx'
import { ProofEnd } from './proof-end.tsx'
import { countsOf, PlanNumbers, RestoreEnd } from './restore-end.tsx'
import { Said } from './said.tsx'
import { SuddenlyGone } from './suddenly-gone.tsx'

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
      return isPlan(job) ? <PlanEnd job={job} /> : <RestoreEnd report={job.report as RestoreReport} />
    case 'drill':
      return <ProofEnd result={job.report as DrillResult} />
    case 'collect':
      return <CollectEnd report={job.report as CollectReport} />
    case 'viewer':
      return <EndVerdict good>{t('done.viewer')}</EndVerdict>
  }
}

/** Nothing has happened: what would, and the way to go on, also where the window was closed meanwhile. */
function PlanEnd({ job }: { readonly job: Job }) {
  const { t } = useWords()
  const report = job.report as RestoreReport
  const go = async () => {
    const request = { ...(job.request as RestoreRequest), dryRun: false }
    goTo('progress', { job: (await startJob({ kind: 'restore', request })).id })
  }
  return (
    <>
      <PlanNumbers report={report} />
      {countsOf(report).created > 0 && (
        <div class="row">
          <Action primary work={go}>
            {t('restore.go')}
          </Action>
        </div>
      )}
    </>
  )
}

function BackupEnd({ report, isRetry }: { readonly report: BackupReport; readonly isRetry: boolean }) {
  const words = useWords()
  const { t, size } = words
  const { home } = useLive()
  const sum = (value: (collection: BackupReport['accounts'][number]['collections'][number]) => number): number =>
    report.accounts.reduce((all, { collections }) => all + collections.reduce((total, one) => total + value(one), 0), 0)
  const pending = report.accounts.reduce((all, account) => all + account.pending.length, 0)
  const failed = report.accounts.flatMap(({ account, failure, collections }) => {
    const why = failure ?? collections.find((one) => one.failure !== undefined)?.failure
    return why === undefined ? [] : [{ account, failure: why }]
  })
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
      {failed.map(({ account, failure }) => (
        <section key={account} aria-label={account}>
          {failed.length > 1 && <h3>{account}</h3>}
          <FailureNote failure={{ ...failure, title: '' }}>
            <WhatToDo account={account} failure={failure} />
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
      {pending > 0 && (
        <div class="row">
          {disk && home && (
            <Action primary work={async () => goTo('progress', { job: (await retryMissing(disk)).id })}>
              {t('missing.retry')}
            </Action>
          )}
          <a class="button" href={routeHref('missing')}>
            {t('done.why')}
          </a>
        </div>
      )}
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

/** Where the person can do what the failure asks for. */
function WhatToDo({ account, failure: { code } }: { readonly account: string; readonly failure: { readonly code: string } }) {
  const { t } = useWords()
  if (code !== 'locked-out' && code !== 'auth') return null
  return (
    <a class="button" href={code === 'auth' ? routeHref('account', { id: account }) : routeHref('lockout', { account })}>
      {t(code === 'auth' ? 'next.sign-in' : 'next.locked-out')}
    </a>
  )
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
            {report.findings.slice(0, 200).map(({ path, text, item }) => (
              <li key={`${path} ${item?.key ?? ''} ${text}`}>
                <b>
                  <Name text={item?.title || path} />
                </b>{' '}
                <Said text={text} />
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  )
}
