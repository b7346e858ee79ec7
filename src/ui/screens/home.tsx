/** "If I were locked out right now?" */
import { useLayoutEffect } from 'preact/hooks'
import type { Home, HomeAccount, Level } from '../../api/desktop/contract.ts'
import { Loading } from '../../viewer/page/parts/empty.tsx'
import { Icon, type IconName } from '../../viewer/page/parts/icon.tsx'
import { useLive, useWords } from '../context.tsx'
import { isActive } from '../live.ts'
import { AccountCard } from '../parts/account-card.tsx'
import { AccountProblem } from '../parts/account-problem.tsx'
import { DiskCard } from '../parts/disk-card.tsx'
import { FailureNote } from '../parts/failure.tsx'
import { JobStrip } from '../parts/job-strip.tsx'
import { NextStepButton } from '../parts/next-step.tsx'
import { Heading } from '../parts/page.tsx'
import { type Params, routeHref } from '../route.ts'
import { Welcome } from './welcome.tsx'

export function HomeScreen({ params }: { readonly params: Params }) {
  const { home, failure, jobs } = useLive()
  const { t } = useWords()
  useArrival(home === null ? undefined : params['at'])
  if (failure) {
    return (
      <div class="page">
        <Heading>{t('nav.home')}</Heading>
        <FailureNote failure={failure} />
      </div>
    )
  }
  if (home === null) return <Loading />
  if (home.verdict.reason === 'no-account' && home.disks.length === 0) return <Welcome />
  const running = jobs.filter(isActive)
  return (
    <div class="page home">
      <Verdict home={home} />
      {running.map((job) => (
        <JobStrip key={job.id} job={job} />
      ))}
      <Accounts home={home} />
      <Disks home={home} />
    </div>
  )
}

/** Leads to the card that somebody came for, e.g. from a notification. */
function useArrival(at: string | undefined): void {
  useLayoutEffect(() => {
    const card = at === undefined ? null : document.getElementById(at)
    card?.scrollIntoView({ block: 'center' })
    card?.focus({ preventScroll: true })
  }, [at])
}

const levelIcons: Readonly<Record<Level, IconName>> = { good: 'shield', attention: 'clock', danger: 'warning', none: 'clock' }

function Verdict({ home }: { readonly home: Home }) {
  const { t, date } = useWords()
  const { verdict } = home
  const { level, reason, account, safeAsOf, provenAt, missing, days } = verdict
  const own = home.accounts.find(({ id }) => id === account)
  const values = {
    account: account ?? '',
    name: home.disks.find((disk) => disk.damagedAt !== null && disk.healable === (reason !== 'damaged-for-good'))?.name ?? '',
    n: reason === 'missing-items' ? missing : reason === 'suddenly-gone' ? (own?.heldBack ?? 0) : days,
    date: date(Date.parse(own?.safeAsOf ?? safeAsOf ?? '')),
    proven: date(Date.parse(provenAt ?? '')),
  }
  // "…since never" is no sentence.
  const isNever = (reason === 'cannot-sign-in' || reason === 'last-failed') && own?.safeAsOf === null
  return (
    <section class={`verdict ${level}`} aria-labelledby="verdict">
      <Icon name={levelIcons[level]} />
      <div class="verdict-words">
        <p class="question">
          {t('home.question')}
          <span class="hidden-text">: {t(`level.${level}`)}</span>
        </p>
        <Heading>
          <span id="verdict">{t(isNever ? 'verdict.never-saved' : `verdict.${reason}`, values)}</span>
        </Heading>
        <p class="verdict-more">{t(`verdict.${reason}.more`, values)}</p>
        {own && <AccountProblem account={own} />}
        <div class="row">
          <NextStepButton home={home} next={verdict.next} />
          {reason === 'missing-items' && (
            <a class="button" href={routeHref('missing')}>
              {t('done.why')}
            </a>
          )}
        </div>
        {home.looking && (
          <p class="faint" role="status">
            {t('home.looking')}
          </p>
        )}
      </div>
    </section>
  )
}

function Accounts({ home }: { readonly home: Home }) {
  const { t, compare } = useWords()
  if (home.accounts.length === 0) return null
  // Accounts without a name come last.
  const people = [...new Set(home.accounts.map(({ person }) => person))].toSorted((a, b) =>
    a === null ? 1 : b === null ? -1 : compare(a, b),
  )
  const isShared = people.some((person) => person !== null)
  return (
    <section class="block" aria-labelledby="accounts">
      <div class="block-head">
        <h2 id="accounts">{t('home.accounts')}</h2>
        <a class="button quiet" href={routeHref('begin', { step: 'account' })}>
          <Icon name="plus" />
          {t('home.addAccount')}
        </a>
      </div>
      {isShared && <Overview home={home} people={people} />}
      {people.map((person) => {
        const own = home.accounts.filter((account) => account.person === person)
        return (
          <div key={person ?? ''} class="person">
            {isShared && <h3>{person ?? t('home.everyone')}</h3>}
            <ul class="bare cards" aria-label={isShared ? (person ?? t('home.everyone')) : t('home.accounts')}>
              {own.map((account) => (
                <li key={account.id}>
                  <AccountCard account={account} now={home.now} isTold={home.verdict.account === account.id} />
                </li>
              ))}
            </ul>
          </div>
        )
      })}
    </section>
  )
}

/** A line a person, for the one who cares for all. */
function Overview({ home, people }: { readonly home: Home; readonly people: readonly (string | null)[] }) {
  const { t, date } = useWords()
  return (
    <ul class="overview-list">
      {people.map((person) => {
        const own = home.accounts.filter((account) => account.person === person)
        const worst = own.find(({ problem }) => problem !== null) ?? own.find(({ safeAsOf }) => safeAsOf === null)
        const oldest = own.map(({ safeAsOf }) => safeAsOf).toSorted((a, b) => ((a ?? '') < (b ?? '') ? -1 : 1))[0] ?? null
        return (
          <li key={person ?? ''}>
            <b>{person ?? t('home.everyone')}</b>
            <span class={`chip ${worst || missingOf(own) > 0 ? 'warn' : 'good'}`}>
              {worst?.problem
                ? t(`error.${worst.problem.code}.title`)
                : missingOf(own) > 0
                  ? t('account.missing', { n: missingOf(own) })
                  : oldest === null
                    ? t('account.nothing')
                    : `${t('account.safe')} ${date(Date.parse(oldest))}`}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

function missingOf(accounts: readonly HomeAccount[]): number {
  return accounts.reduce((sum, { missing }) => sum + missing, 0)
}

function Disks({ home }: { readonly home: Home }) {
  const { t } = useWords()
  if (home.disks.length === 0) return null
  return (
    <section class="block" aria-labelledby="disks">
      <div class="block-head">
        <h2 id="disks">{t('home.disks')}</h2>
        <a class="button quiet" href={routeHref('begin', { step: 'disk' })}>
          <Icon name="plus" />
          {t('home.addDisk')}
        </a>
      </div>
      <ul class="bare disks" aria-labelledby="disks">
        {home.disks.map((disk) => (
          <li key={disk.id}>
            <DiskCard disk={disk} home={home} />
          </li>
        ))}
      </ul>
    </section>
  )
}
