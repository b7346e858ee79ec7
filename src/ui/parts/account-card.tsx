/** One account: what is safe, until when, how it comes back. */
import type { HomeAccount, Service } from '../../api/desktop/contract.ts'
import { Icon, type IconName } from '../../viewer/page/parts/icon.tsx'
import { useWords } from '../context.tsx'
import { routeHref } from '../route.ts'
import { ago, span } from '../times.ts'

export const serviceIcons: Readonly<Record<Service, IconName>> = {
  mail: 'mail',
  contacts: 'contacts',
  calendar: 'calendar',
  files: 'files',
}

export function AccountCard({ account, now }: { readonly account: HomeAccount; readonly now: string }) {
  const words = useWords()
  const { t, dateTime } = words
  const { id, configured, services, safeAsOf, diskName, provenAt, proof, recoverySeconds, missing } = account
  return (
    <article class="card account-card" aria-label={id}>
      <header>
        <h3 class="ellipsis">{id}</h3>
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
            {recoverySeconds === null ? <span class="faint">{t('account.unknownTime')}</span> : span(words, recoverySeconds)}
          </dd>
        </div>
      </dl>
      {missing > 0 ? (
        <p class="missing">
          <Icon name="warning" />
          <a href={routeHref('missing')}>{t('account.missing', { n: missing })}</a>
        </p>
      ) : (
        safeAsOf !== null &&
        account.problem === null && (
          <p class="complete">
            <Icon name="check" />
            {t('account.complete')}
          </p>
        )
      )}
    </article>
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
