/** The disk that a screen works with: the one in the address, else one that is plugged in. */
import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import type { Home, HomeDisk, Snapshot } from '../../api/desktop/contract.ts'
import { useLater } from '../../viewer/page/data/async.ts'
import { Empty, Loading } from '../../viewer/page/parts/empty.tsx'
import { useLive, useWords } from '../context.tsx'
import { goTo, type Params, routeHref, type Screen } from '../route.ts'
import { knownSnapshot, snapshotOf } from '../snapshots.ts'
import { Page } from './page.tsx'

export interface DiskProps {
  readonly home: Home
  /** Plugged in. */
  readonly disk: HomeDisk & { readonly folder: string }
  readonly snapshot: Snapshot
}

export interface WithDiskProps {
  readonly screen: Screen
  readonly title: string
  readonly lead: string
  readonly params: Params
  readonly children: (props: DiskProps) => ComponentChildren
}

export function WithDisk({ screen, title, lead, params, children }: WithDiskProps) {
  const { t } = useWords()
  const { home } = useLive()
  if (home === null) return <Loading />
  const wanted = home.disks.find(({ id }) => id === params['disk'])
  const disk = wanted ?? home.disks.find(({ folder }) => folder !== null) ?? home.disks[0]
  return (
    <Page title={title} lead={lead} narrow>
      {home.disks.length > 1 && disk && (
        <label class="disk-choice">
          <span>{t('disk.choice')}</span>
          <select
            class="field"
            value={disk.id}
            onChange={(event) => goTo(screen, { ...params, disk: event.currentTarget.value })}
          >
            {home.disks.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      {disk === undefined ? (
        <Empty icon="disk" title={t('disk.noneYet')}>
          <p>{t('disk.noneYetMore')}</p>
          <a class="button primary" href={routeHref('begin')}>
            {t('welcome.begin')}
          </a>
        </Empty>
      ) : (
        <Ready key={disk.id} home={home} disk={disk}>
          {children}
        </Ready>
      )}
    </Page>
  )
}

function Ready({
  home,
  disk,
  children,
}: {
  readonly home: Home
  readonly disk: HomeDisk
  readonly children: WithDiskProps['children']
}) {
  const { t } = useWords()
  const { folder } = disk
  // Looked at again whenever something was written to it.
  const found = useLater(() => snapshotOf(disk), [disk.id, disk.lookedAt])
  // What was seen last stays until the newer answer is there, so that nothing typed is lost.
  const last = useRef<Snapshot | null>(knownSnapshot(disk))
  if (found.state === 'ready') last.current = found.value
  const snapshot = last.current
  if (folder === null) {
    return (
      <Empty icon="disk" title={t('disk.none')}>
        <p>{t('disk.noneMore', { name: disk.name })}</p>
      </Empty>
    )
  }
  if (snapshot === null)
    return home.looking || found.state === 'loading' ? <Loading /> : <Empty icon="disk" title={t('disk.noneYet')} />
  return children({ home, disk: { ...disk, folder }, snapshot })
}
