/** The day it happens: what there is, what to do in which order, and what to leave alone. */

import type { ComponentChildren } from 'preact'
import { Loading } from '../../viewer/page/parts/empty.tsx'
import { Icon, type IconName } from '../../viewer/page/parts/icon.tsx'
import { useLive, useWords } from '../context.tsx'
import { AccountCard } from '../parts/account-card.tsx'
import { OutsideLink } from '../parts/outside-link.tsx'
import { Page } from '../parts/page.tsx'
import { recoveryPages } from '../parts/recovery-pages.ts'
import { browseHref, type Params, routeHref } from '../route.ts'

export function LockoutScreen({ params }: { readonly params: Params }) {
  const { t } = useWords()
  const { home } = useLive()
  if (home === null) return <Loading />
  const wanted = params['account'] ?? home.accounts.find(({ problem }) => problem?.code === 'locked-out')?.id
  const accounts = home.accounts.filter(({ id, safeAsOf }) => safeAsOf !== null && (wanted === undefined || id === wanted))
  const [first] = accounts
  const disk = home.disks.find(({ id }) => id === first?.disk)
  const names = home.accounts.filter(({ id }) => wanted === undefined || id === wanted).map(({ id, place }) => `${id} ${place}`)
  const fitting = recoveryPages.filter(({ fits }) => names.some((name) => fits.test(name)))
  return (
    <Page title={t('lockout.title')} lead={t('lockout.lead')} narrow>
      <section class="block" aria-labelledby="have">
        <h2 id="have">{t('lockout.have')}</h2>
        {accounts.length === 0 ? (
          <p class="notice">{t('lockout.haveNothing')}</p>
        ) : (
          <ul class="bare cards" aria-labelledby="have">
            {accounts.map((account) => (
              <li key={account.id}>
                <AccountCard account={account} now={home.now} isTold />
              </li>
            ))}
          </ul>
        )}
        {disk && disk.folder === null && (
          <p class="plug-in">
            <Icon name="disk" />
            <b>{t('next.plug-in', { name: disk.name })}</b>
          </p>
        )}
        {accounts.length > 0 && <p class="soft">{t('lockout.reach')}</p>}
      </section>
      <section class="block" aria-labelledby="now">
        <h2 id="now">{t('lockout.steps')}</h2>
        <ol class="lockout-steps">
          {disk && (
            <Step icon="search" title={t('lockout.look')} text={t('lockout.lookMore')}>
              <a class="button primary" href={browseHref(disk.id)}>
                {t('lockout.look')}
              </a>
            </Step>
          )}
          {disk && (
            <Step icon="documents" title={t('lockout.collect')} text={t('lockout.collectMore')}>
              <a class="button" href={routeHref('collect', { disk: disk.id })}>
                {t('collect.title')}
              </a>
            </Step>
          )}
          <Step icon="help" title={t('lockout.recover')} text={t('lockout.recoverMore')}>
            {(fitting.length > 0 ? fitting : recoveryPages).map(({ name, page }) => (
              <OutsideLink key={name} href={page} class="button">
                {name}
              </OutsideLink>
            ))}
          </Step>
          {disk && (
            <Step icon="bring" title={t('lockout.move')} text={t('lockout.moveMore')}>
              <a class="button" href={routeHref('begin', { step: 'account' })}>
                {t('next.add-account')}
              </a>
              <a class="button" href={routeHref('restore', { disk: disk.id, ...(first ? { account: first.id } : {}) })}>
                {t('nav.restore')}
              </a>
            </Step>
          )}
        </ol>
      </section>
      <section class="card dont" aria-labelledby="dont">
        <h2 id="dont">
          <Icon name="warning" />
          {t('lockout.not')}
        </h2>
        <ul>
          {(['lockout.not1', 'lockout.not2', 'lockout.not3', 'lockout.not4'] as const).map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ul>
      </section>
    </Page>
  )
}

interface StepProps {
  readonly icon: IconName
  readonly title: string
  readonly text: string
  readonly children: ComponentChildren
}

function Step({ icon, title, text, children }: StepProps) {
  return (
    <li class="card">
      <Icon name={icon} />
      <div>
        <h3>{title}</h3>
        <p class="soft">{text}</p>
        <div class="row">{children}</div>
      </div>
    </li>
  )
}
