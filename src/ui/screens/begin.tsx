/** The first run in three steps: account, disk, start. The same steps add another account or disk later. */
import { useRef, useState } from 'preact/hooks'
import type { Every, Home, HomeDisk, Job } from '../../api/desktop/contract.ts'
import { useLater } from '../../viewer/page/data/async.ts'
import { Loading } from '../../viewer/page/parts/empty.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { failureOf, get, patch } from '../api.ts'
import { useLive, useWords } from '../context.tsx'
import { backUp } from '../jobs.ts'
import { isActive } from '../live.ts'
import { Action } from '../parts/action.tsx'
import { ChooseDisk, OpenDisk } from '../parts/choose-disk.tsx'
import { ConnectAccount } from '../parts/connect-account.tsx'
import { EveryChoice } from '../parts/every-choice.tsx'
import { FailureNote } from '../parts/failure.tsx'
import { Page } from '../parts/page.tsx'
import { goTo, type Params, routeHref } from '../route.ts'

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
  const hasDisk = hasDiskIn(home)
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
        <StartStep
          key={routeHref('begin', params)}
          home={home}
          wanted={params['disk'] ?? null}
          added={params['account'] ?? null}
        />
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

/** One is plugged in. */
function hasDiskIn({ disks }: Home): boolean {
  return disks.some(({ folder }) => folder !== null)
}

interface Wish {
  readonly wanted: string | null
  /** The account that was set up just now, and that the person wants on the disk. */
  readonly added: string | null
}

interface Chosen {
  readonly disk: HomeDisk
  readonly accounts: readonly string[]
  readonly settings: Home['settings']
}

/** Null where one of them is not known, or nothing is left to save. */
function chosenIn(home: Home, { wanted, added }: Wish): Chosen | null {
  const disk = home.disks.find(({ id, folder }) => (wanted === null ? folder !== null : id === wanted))
  const configured = home.accounts.flatMap((account) => (account.configured ? [account.id] : []))
  if (disk === undefined || (added !== null && !configured.includes(added))) return null
  const accounts = configured.filter((id) => disk.chosen === null || disk.chosen.includes(id) || id === added)
  return accounts.length === 0 ? null : { disk, accounts, settings: home.settings }
}

function StartStep({ home, ...wish }: Wish & { readonly home: Home }) {
  const { t } = useWords()
  const heard = chosenIn(home, wish)
  // What was set up just now may not have been heard of yet, and what an address names may be there no more: only an answer that was
  // asked for since then tells them apart.
  const asked = useLater(async () => (heard ? home : await get<Home>('/home')), [heard ? null : home])
  // It stays until a newer one is there.
  const last = useRef<Home | null>(null)
  if (asked.state === 'ready') last.current = asked.value
  const chosen = heard ?? (last.current && chosenIn(last.current, wish))
  if (!chosen && last.current) return <NotThere isDiskAway={wish.wanted === null && !hasDiskIn(last.current)} />
  return (
    <Page key="start" title={t('begin.title')} narrow>
      <Steps at="start" />
      {chosen ? <Start {...chosen} /> : asked.state === 'failed' ? <FailureNote failure={failureOf(asked.error)} /> : <Loading />}
    </Page>
  )
}

function NotThere({ isDiskAway }: { readonly isDiskAway: boolean }) {
  const { t } = useWords()
  return (
    <Page key="gone" title={t(isDiskAway ? 'disk.none' : 'error.not-found.title')} narrow>
      <div class="row">
        <a class="button primary" href={routeHref('begin')}>
          {t('welcome.begin')}
        </a>
      </div>
    </Page>
  )
}

function Start({ disk, accounts, settings }: Chosen) {
  const { t } = useWords()
  const [every, setEvery] = useState<Every>(settings.every)
  const start = async () => {
    if (disk.chosen !== null && accounts.some((id) => !disk.chosen?.includes(id)))
      await patch(`/disks/${disk.id}`, { chosen: accounts })
    await patch('/settings', { every })
    // What is due may have begun by itself meanwhile.
    const running = (await get<Job[]>('/jobs')).find((job) => isActive(job) && job.request.vault === disk.folder)
    goTo('progress', {
      job: (running ?? (await backUp(disk, settings.attachments, disk.chosen === null ? null : accounts))).id,
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
