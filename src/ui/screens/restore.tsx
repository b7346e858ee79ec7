/** Bringing back: what, as of when, where to, what would happen, and how faithful it was. */
import { useState } from 'preact/hooks'
import type { RestoreReport } from '../../api/contract.ts'
import { Empty } from '../../viewer/page/parts/empty.tsx'
import { useWords } from '../context.tsx'
import { startJob } from '../jobs.ts'
import { Action } from '../parts/action.tsx'
import { type DiskProps, WithDisk } from '../parts/disk-choice.tsx'
import { JobHere } from '../parts/job-here.tsx'
import { OpenFolder } from '../parts/open-folder.tsx'
import { PlanNumbers, RestoreEnd } from '../parts/restore-end.tsx'
import { RestoreForm, type RestoreWish } from '../parts/restore-form.tsx'
import { countsOf } from '../restored.ts'
import type { Params } from '../route.ts'

export function RestoreScreen({ params }: { readonly params: Params }) {
  const { t } = useWords()
  return (
    <WithDisk screen="restore" title={t('restore.title')} lead={t('restore.lead')} params={params}>
      {(props) => <Restore {...props} wanted={params['account'] ?? null} />}
    </WithDisk>
  )
}

type Stage = { readonly kind: 'form' } | { readonly kind: 'plan' | 'work'; readonly job: string }

function Restore({ home, disk, snapshot, wanted }: DiskProps & { readonly wanted: string | null }) {
  const { t } = useWords()
  const [stage, setStage] = useState<Stage>({ kind: 'form' })
  const [wish, setWish] = useState<RestoreWish | null>(null)
  const accounts = snapshot.accounts.map(({ account }) => account)
  if (accounts.length === 0) return <Empty icon="disk" title={t('disk.noneYet')} />
  const start = async (chosen: RestoreWish, dryRun: boolean) => {
    const job = await startJob({ kind: 'restore', request: { ...chosen, vault: disk.folder, dryRun } })
    setWish(chosen)
    setStage({ kind: dryRun ? 'plan' : 'work', job: job.id })
  }
  const change = (
    <button type="button" class="button quiet" onClick={() => setStage({ kind: 'form' })}>
      {t('restore.change')}
    </button>
  )
  // Where it was stopped, or failed: what is there already is not added twice.
  const goOn = (
    <>
      <Action primary work={async () => wish && (await start(wish, false))}>
        {t('progress.resume')}
      </Action>
      {change}
    </>
  )
  // The form stays, so that what was chosen is there again.
  return (
    <>
      <div hidden={stage.kind !== 'form'}>
        <RestoreForm
          snapshot={snapshot}
          accounts={home.accounts.filter(({ canReceive }) => canReceive)}
          wanted={wanted}
          onCheck={(chosen) => start(chosen, true)}
        />
      </div>
      {stage.kind === 'plan' && wish && (
        <JobHere key={stage.job} id={stage.job} otherwise={change}>
          {({ report }) => (
            <Plan report={report as RestoreReport} go={() => start(wish, false)}>
              {change}
            </Plan>
          )}
        </JobHere>
      )}
      {stage.kind === 'work' && wish && (
        <JobHere key={stage.job} id={stage.job} otherwise={goOn}>
          {({ report }) => (
            <section class="card ended">
              <RestoreEnd report={report as RestoreReport} />
              {/[\\/]/.test(wish.to) && <OpenFolder folder={wish.to} />}
              <div class="row">
                <button type="button" class="button" onClick={() => setStage({ kind: 'form' })}>
                  {t('restore.again')}
                </button>
              </div>
            </section>
          )}
        </JobHere>
      )}
    </>
  )
}

interface PlanProps {
  readonly report: RestoreReport
  readonly go: () => Promise<void>
  readonly children: preact.ComponentChildren
}

function Plan({ report, go, children }: PlanProps) {
  const { t } = useWords()
  return (
    <section class="card ended">
      <PlanNumbers report={report} />
      <div class="row">
        {countsOf(report).created > 0 && (
          <Action primary work={go}>
            {t('restore.go')}
          </Action>
        )}
        {children}
      </div>
    </section>
  )
}
