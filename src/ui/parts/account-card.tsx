/** One account: what is safe, until when, how it comes back. */
import type { HomeAccount, Service } from '../../api/desktop/contract.ts'
import { Icon, type IconName } from '../../viewer/page/parts/icon.tsx'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useWords } from '../context.tsx'
import { routeHref } from '../route.ts'
import { ago, recoverySpan } from '../times.ts'
import { AccountProblem } from './account-problem.tsx'
import { Said } from './said.tsx'

export const serviceIcons: Readonly<Record<Service, IconName>> = {
  mail: 'mail',
  contacts: 'contacts',
  calendar: 'calendar',
  files: 'files',
}

interface AccountCardProps {
  readonly account: HomeAccount
  readonly now: string
  /** Its problem stands above already. */
  readonly isTold?: boolean
}

export function AccountCard({ account, now, isTold = false }: AccountCardProps) {
  const words = useWords()
  const { t, dateTime } = words
  const { id, configured, services, safeAsOf, diskName, provenAt, proof, recoverySeconds, missing } = account
  return (
    <article id={`account-${id}`} tabIndex={-1} class="card account-card" aria-label={id}>
      <header>
        <h3>{id}</h3>
        <p class="faint">{configured ? account.place || t('place.archive') : t('account.notHere')}</p>
        {configured && (
          <a class="button quiet icon-only" href={routeHref('account', { id })} aria-label={`${t('account.manage')}: ${id}`}>
            <Icon name="settings" />
          </a>
        )}
      </header>
      {services.length === 0 ? (
        <p class="soft">{t('account.nothing')}</p>
      ) : (
        <ul class="service-list">
          {services.map((service) => (
            <Amount key={service.service} {...service} />
          ))}
        </ul>
      )}
      <dl class="trio">
        <div>
          <dt>{t('account.safe')}</dt>
          <dd title={safeAsOf ? dateTime(Date.parse(safeAsOf)) : undefined}>
            {ago(words, safeAsOf, now)}
            {diskName && <span class="faint"> {t('account.on', { disk: diskName })}</span>}
          </dd>
        </div>
        <div>
          <dt>{t('account.proven')}</dt>
          <dd>{proof === 'not-proven' ? <span class="bad">{t('proof.not-proven')}</span> : ago(words, provenAt, now)}</dd>
        </div>
        <div>
          <dt>{t('account.back')}</dt>
          <dd>
            {recoverySeconds === null ? (
              <span class="faint">{t('account.unknownTime')}</span>
            ) : (
              recoverySpan(words, recoverySeconds, account.untimed)
            )}
          </dd>
        </div>
      </dl>
      {!isTold && <AccountProblem account={account} withWay />}
      {missing > 0 ? (
        <p class="missing">
          <Icon name="warning" />
          <a href={routeHref('missing')}>{t('account.missing', { n: missing })}</a>
        </p>
      ) : (
        safeAsOf !== null &&
        account.problem === null &&
        isReconciled(account) && (
          <p class="complete">
            <Icon name="check" />
            {t('account.complete')}
          </p>
        )
      )}
      <Unclear account={account} />
    </article>
  )
}

function isReconciled({ unread, unexplained, heldBack }: HomeAccount): boolean {
  return unread.length === 0 && unexplained === 0 && heldBack === 0
}

/** Where the numbers do not add up, and what is going to end. */
function Unclear({ account: { id, unread, unexplained, heldBack, outlook } }: { readonly account: HomeAccount }) {
  const { t } = useWords()
  return (
    <>
      {unexplained > 0 && (
        <p class="missing">
          <Icon name="warning" />
          {t('account.unexplained', { n: unexplained })}
        </p>
      )}
      {heldBack > 0 && (
        <p class="missing">
          <Icon name="warning" />
          <a href={routeHref('account', { id })}>{t('account.heldBack', { n: heldBack })}</a>
        </p>
      )}
      {unread.length > 0 && (
        <div class="missing">
          <Icon name="warning" />
          <div>
            <p>{t('account.unread')}:</p>
            <ul class="bare">
              {unread.map(({ service, path, reason }) => (
                <li key={`${service} ${path.join('/')}`}>
                  <b>
                    <Name text={path.join(' / ')} />
                  </b>{' '}
                  <Said text={reason} />
                </li>
              ))}
            </ul>
          </div>
        </div>
      )}
      {outlook.map((sentence) => (
        <p key={sentence} class="missing">
          <Icon name="clock" />
          <Said text={sentence} />
        </p>
      ))}
    </>
  )
}

function Amount({ service, items, bytes, kept }: HomeAccount['services'][number]) {
  const { t, size } = useWords()
  return (
    <li>
      <Icon name={serviceIcons[service]} />
      <span class="hidden-text">{t(`service.${service}`)}: </span>
      <b class="number">{t(`items.${service}`, { n: items })}</b>
      <span class="faint">
        {size(bytes)}
        {kept > 0 && `, ${t('account.kept', { n: kept })}`}
      </span>
    </li>
  )
}
