/** The first run in three steps: account, disk, start. The same steps add another account or disk later. */
import { useState } from 'preact/hooks'
import type { Every, Job } from '../../api/desktop/contract.ts'
import { Loading } from '../../viewer/page/parts/empty.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { get, patch } from '../api.ts'
import { useLive, useWords } from '../context.tsx'
import { backUp } from '../jobs.ts'
import { isActive } from '../live.ts'
import { Action } from '../parts/action.tsx'
import { ChooseDisk, OpenDisk } from '../parts/choose-disk.tsx'
import { ConnectAccount } from '../parts/connect-account.tsx'
import { EveryChoice } from '../parts/every-choice.tsx'
import { Page } from '../parts/page.tsx'
import { goTo, type Params } from '../route.ts'

const steps = ['account', 'disk', 'start'] as const
type Step = (typeof steps)[number]

export function BeginScreen({ params }: { readonly params: Params }) {
  const { t } = useWords()
  const { home } = useLive()
  if (home === null) return <Loading />
  if (params['step'] === 'have') {
    return (
      <Page key="have" title={t('choose.haveTitle')} lead={t('choose.haveLead')} narrow>
        <OpenDisk onOpened={() => goTo('home')} />
      </Page>
    )
  }
  const step = steps.find((known) => known === params['step']) ?? 'account'
  const added = params['account'] === undefined ? {} : { account: params['account'] }
  const hasDisk = home.disks.some(({ folder }) => folder !== null)
  // The one that was added just now may not be known yet.
  const hasAccount = params['account'] !== undefined || home.accounts.some(({ configured }) => configured)
  switch (step) {
    case 'account':
      return (
        <Page key={step} title={t('connect.title')} lead={t('connect.lead')} narrow>
          <Steps at={step} />
          <ConnectAccount
            copy={params['copy'] ?? ''}
            onAdded={(account) => goTo('begin', { step: hasDisk ? 'start' : 'disk', account })}
          />
        </Page>
      )
    case 'disk':
      return (
        <Page key={step} title={t('choose.title')} lead={t('choose.lead')} narrow>
          <Steps at={step} />
          <ChooseDisk onChosen={(disk) => goTo('begin', hasAccount ? { ...added, step: 'start', disk } : {})} />
        </Page>
      )
    case 'start':
      return (
        <Page key={step} title={t('begin.title')} narrow>
          <Steps at={step} />
          <Start wanted={params['disk'] ?? null} added={params['account'] ?? null} />
        </Page>
      )
  }
}

function Steps({ at }: { readonly at: Step }) {
  const { t } = useWords()
  const now = steps.indexOf(at)
  return (
    <ol class="steps" aria-label={t('step.of', { at: now + 1 })}>
      {steps.map((step, position) => (
        <li key={step} aria-current={step === at ? 'step' : undefined} class={position < now ? 'past' : ''}>
          <span class="step-number">{position < now ? <Icon name="check" /> : position + 1}</span>
          {t(`step.${step}`)}
          {position < now && <span class="hidden-text"> ({t('step.done')})</span>}
        </li>
      ))}
    </ol>
  )
}

/** `added`: the account that was set up just now, and that the person wants on the disk. */
function Start({ wanted, added }: { readonly wanted: string | null; readonly added: string | null }) {
  const { t } = useWords()
  const { home } = useLive()
  const [every, setEvery] = useState<Every>(home?.settings.every ?? 'day')
  const disk = home?.disks.find(({ id, folder }) => (wanted === null ? folder !== null : id === wanted))
  const configured = home?.accounts.flatMap((account) => (account.configured ? [account.id] : [])) ?? []
  // What was set up just now may not be known yet: nothing else may stand in its place.
  if (home === null || disk === undefined || (added !== null && !configured.includes(added))) return <Loading />
  const accounts = configured.filter((id) => disk.chosen === null || disk.chosen.includes(id) || id === added)
  const start = async () => {
    if (disk.chosen !== null && accounts.some((id) => !disk.chosen?.includes(id)))
      await patch(`/disks/${disk.id}`, { chosen: accounts })
    await patch('/settings', { every })
    // What is due may have begun by itself meanwhile.
    const running = (await get<Job[]>('/jobs')).find((job) => isActive(job) && job.request.vault === disk.folder)
    goTo('progress', {
      job: (running ?? (await backUp(disk, home.settings.attachments, disk.chosen === null ? null : accounts))).id,
    })
  }
  return (
    <div class="card begin-card">
      <p class="lead">{t('begin.lead', { account: accounts.join(', '), disk: disk.name })}</p>
      <EveryChoice legend={t('begin.every')} chosen={every} onChoose={setEvery} />
      <div class="row">
        <Action primary work={start}>
          {t('begin.start')}
        </Action>
      </div>
      <p class="faint">{t('begin.stop')}</p>
    </div>
  )
}
