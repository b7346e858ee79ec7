/** What a restore did, or would do, and how faithful it is. */
import { Fragment } from 'preact'
import type { RestoreRemark, RestoreReport } from '../../api/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useWords } from '../context.tsx'
import { countsOf, failedCollections, hasRemarks, isFaithful, type RestoredCounts } from '../restored.ts'
import { serviceIcons } from './account-card.tsx'
import { EndHeading, EndVerdict } from './end-verdict.tsx'
import { FailureNote } from './failure.tsx'
import { Said } from './said.tsx'

export function RestoreEnd({ report }: { readonly report: RestoreReport }) {
  const { t } = useWords()
  const counts = countsOf(report)
  const isGood = counts.failed + failedCollections(report).length === 0
  return (
    <>
      {report.failure ? (
        <FailureNote failure={{ ...report.failure, title: '' }} />
      ) : (
        <EndVerdict good={isGood}>{t(isFaithful(report) ? 'restore.done' : 'restore.doneGaps')}</EndVerdict>
      )}
      <Numbers counts={counts} dryRun={false} />
      <Collections report={report} />
      <Fidelity report={report} />
    </>
  )
}

function Fidelity({ report }: { readonly report: RestoreReport }) {
  const { t } = useWords()
  const isPerfect = isFaithful(report)
  // Beside a failure there may be nothing more to say.
  if (!isPerfect && !hasRemarks(report)) return null
  return (
    <>
      <h3>{t('restore.fidelity')}</h3>
      {isPerfect ? (
        <p class="complete">
          <Icon name="check" />
          {t('restore.faithful')}
        </p>
      ) : (
        <Remarks report={report} />
      )}
    </>
  )
}

/** What a restore would do. */
export function PlanNumbers({ report }: { readonly report: RestoreReport }) {
  const { t } = useWords()
  const counts = countsOf(report)
  return (
    <>
      <EndHeading>{t('restore.plan')}</EndHeading>
      {report.failure && <FailureNote failure={{ ...report.failure, title: '' }} />}
      {counts.created === 0 && !report.failure ? <p>{t('restore.nothing')}</p> : <Numbers counts={counts} dryRun />}
      <Collections report={report} />
      <Remarks report={report} />
    </>
  )
}

function Numbers({ counts, dryRun }: { readonly counts: RestoredCounts; readonly dryRun: boolean }) {
  const { t, number } = useWords()
  const rows = [
    { n: counts.created, label: t(dryRun ? 'restore.created' : 'restore.doneCreated') },
    { n: counts.alreadyThere, label: t(dryRun ? 'restore.there' : 'restore.doneThere') },
    { n: counts.conflicts, label: t('restore.conflicts') },
    { n: counts.failed, label: t(dryRun ? 'restore.failed' : 'restore.doneFailed') },
  ]
  return (
    <ul class="numbers">
      {rows.map(({ n, label }, at) =>
        n > 0 || at === 0 ? (
          <li key={label}>
            <b class="number">{number(n)}</b> <span>{label}</span>
          </li>
        ) : null,
      )}
    </ul>
  )
}

function Collections({ report }: { readonly report: RestoreReport }) {
  const { t, number } = useWords()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <div class="table-box" role="region" aria-label={t('restore.plan')} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t('restore.from')}</th>
            <th scope="col">{t('restore.to')}</th>
            <th scope="col" class="right">
              {t(report.dryRun ? 'restore.created' : 'restore.doneCreated')}
            </th>
            <th scope="col" class="right">
              {t(report.dryRun ? 'restore.there' : 'restore.doneThere')}
            </th>
          </tr>
        </thead>
        <tbody>
          {report.collections.map((one) => (
            <tr key={`${one.service} ${one.path.join('/')}`}>
              <td>
                <Icon name={serviceIcons[one.service]} /> <Name text={one.path.join(' / ')} />
              </td>
              <td>{one.target === null ? '–' : <Name text={one.target.join(' / ')} />}</td>
              <td class="right number">{number(one.created)}</td>
              <td class="right number">{number(one.alreadyThere)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Remarks({ report }: { readonly report: RestoreReport }) {
  const { t } = useWords()
  const failed = failedCollections(report)
  return (
    <div class="remarks">
      {failed.slice(0, shown).map(({ service, path, failure }) => (
        <p key={`${service} ${path.join('/')}`}>
          <b>
            <Name text={path.join(' / ')} />
          </b>{' '}
          <Said text={failure.message} />
        </p>
      ))}
      {failed.length > shown && <p class="faint">{t('missing.more', { n: failed.length - shown })}</p>}
      <RemarkList title={t('restore.failures', { n: report.failures.length })} remarks={report.failures} open />
      <RemarkList title={t('restore.conflictList', { n: report.conflicts.length })} remarks={report.conflicts} />
      <RemarkList title={t('restore.losses', { n: report.losses.length })} remarks={report.losses} />
      {collectionLosses(report).map(({ text, places }) => (
        <p key={text}>
          <b>{places.length === 1 ? places[0]?.path.join(' / ') : t(`service.${places[0]?.service ?? 'mail'}`)}</b>{' '}
          <Said text={text} />
        </p>
      ))}
      {report.skipped.map(({ service, items, reason }) => (
        <p key={service}>
          <b>{t('restore.skipped', { service: t(`service.${service}`) })}</b> ({t(`items.${service}`, { n: items })}).{' '}
          <Said text={reason} />
        </p>
      ))}
    </div>
  )
}

/** What collections lose as such; what is so in several of them stands once. */
function collectionLosses({ collections }: RestoreReport) {
  const all = collections.flatMap(({ path, service, losses }) => losses.map((text) => ({ path, service, text })))
  return [...Map.groupBy(all, ({ text }) => text)].map(([text, places]) => ({ text, places }))
}

const shown = 100

function RemarkList({
  title,
  remarks,
  open,
}: {
  readonly title: string
  readonly remarks: readonly RestoreRemark[]
  readonly open?: boolean
}) {
  const { t } = useWords()
  if (remarks.length === 0) return null
  return (
    <details open={open}>
      <summary>{title}</summary>
      <ul class="plain-list">
        {remarks.slice(0, shown).map(({ collection, title: name, texts }, at) => (
          <li key={at}>
            <b>{name ? <Name text={name} /> : t('missing.noTitle')}</b>{' '}
            <span class="faint">
              <Name text={collection.join(' / ')} />
            </span>
            <br />
            {texts.map((text) => (
              <Fragment key={text}>
                <Said text={text} />{' '}
              </Fragment>
            ))}
          </li>
        ))}
        {remarks.length > shown && <li class="faint">{t('missing.more', { n: remarks.length - shown })}</li>}
      </ul>
    </details>
  )
}
