/** What could not be saved yet, with the reasons, and Retry. */
import type { HomeDisk, MissingItem } from '../../api/desktop/contract.ts'
import { arrived, useLater } from '../../viewer/page/data/async.ts'
import { Empty, Loading } from '../../viewer/page/parts/empty.tsx'
import { Name } from '../../viewer/page/parts/text.tsx'
import { useLive, useWords } from '../context.tsx'
import { retryMissing } from '../jobs.ts'
import { Action } from '../parts/action.tsx'
import { Page } from '../parts/page.tsx'
import { Said } from '../parts/said.tsx'
import { goTo } from '../route.ts'
import { snapshotOf } from '../snapshots.ts'

export function MissingScreen() {
  const { t } = useWords()
  const { home } = useLive()
  if (home === null) return <Loading />
  return (
    <Page title={t('missing.title')} lead={t('missing.lead')} narrow>
      {home.accounts.every(({ missing }) => missing === 0) && <Empty icon="check" title={t('missing.none')} />}
      {home.disks.map((disk) => (
        <OnDisk key={disk.id} disk={disk} />
      ))}
    </Page>
  )
}

function OnDisk({ disk }: { readonly disk: HomeDisk }) {
  const { t } = useWords()
  const snapshot = arrived(useLater(() => snapshotOf(disk), [disk.id, disk.lookedAt]))
  if (!snapshot || snapshot.missing.length === 0) return null
  const all = snapshot.accounts.reduce((sum, { services }) => sum + services.reduce((some, { pending }) => some + pending, 0), 0)
  return (
    <section class="card">
      <h2>{disk.name}</h2>
      <ul class="missing-list">
        {snapshot.missing.map((item, at) => (
          <Line key={at} item={item} />
        ))}
        {all > snapshot.missing.length && <li class="faint">{t('missing.more', { n: all - snapshot.missing.length })}</li>}
      </ul>
      {disk.folder !== null && (
        <div class="row">
          <Action primary work={async () => goTo('progress', { job: (await retryMissing(disk)).id })}>
            {t('missing.retry')}
          </Action>
        </div>
      )}
    </section>
  )
}

function Line({ item: { account, collection, title, reason } }: { readonly item: MissingItem }) {
  const { t } = useWords()
  return (
    <li>
      <b>{title ? <Name text={title} /> : t('missing.noTitle')}</b>
      <span class="faint">
        {account}, <Name text={collection.join(' / ')} />
      </span>
      <Said text={reason} />
    </li>
  )
}
