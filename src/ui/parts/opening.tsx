/** What is on a disk as it was seen last: the answer to the click, until the page that opens the disk is there. */
import type { HomeDisk } from '../../api/desktop/contract.ts'
import { useSpeech } from '../../viewer/page/context.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useLive, useWords } from '../context.tsx'
import { knownSnapshot } from '../snapshots.ts'
import { serviceIcons } from './account-card.tsx'
import { Page } from './page.tsx'

export function Opening({ disk: id }: { readonly disk: string }) {
  const viewer = useSpeech()
  const { home } = useLive()
  const disk = home?.disks.find((one) => one.id === id)
  return (
    <div class="opening">
      <Page title={viewer.t('overview.title')} lead={disk?.name}>
        <p class="soft loading" role="status">
          {viewer.t('state.loading')}
        </p>
        {disk && <Accounts disk={disk} />}
      </Page>
    </div>
  )
}

function Accounts({ disk }: { readonly disk: HomeDisk }) {
  const viewer = useSpeech()
  const { t, number, size, dateTime } = useWords()
  return (
    <>
      {knownSnapshot(disk)?.accounts.map(({ account, lastGood, services }) => (
        <section key={account} class="account">
          <h2>{account}</h2>
          {lastGood && <p class="soft">{viewer.t('overview.accountAsOf', { date: dateTime(Date.parse(lastGood)) })}</p>}
          <div class="tiles">
            {services.map(({ service, items, bytes }) => (
              <article key={service} class="card tile">
                <h3>
                  <Icon name={serviceIcons[service]} />
                  {t(`service.${service}`)}
                </h3>
                <p class="figure">
                  <b>{number(items)}</b> <span>{viewer.t(`overview.items.${service}`, { n: items })}</span>
                </p>
                <p class="faint">{size(bytes)}</p>
              </article>
            ))}
          </div>
        </section>
      ))}
    </>
  )
}
