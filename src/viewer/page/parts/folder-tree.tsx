/** The mail folders of every account, with counts; labels where an account has them. */
import { useMemo } from 'preact/hooks'
import type { CollectionInfo } from '../../format.ts'
import { useSpeech } from '../context.tsx'
import { arrived } from '../data/async.ts'
import type { Places } from '../data/places.ts'
import { usePlaces, useVault } from '../data/vault.tsx'
import { routeHref } from '../route.ts'
import { Name } from './text.tsx'

interface Entry extends CollectionInfo {
  readonly position: number
}

const roleOrder = ['inbox', 'drafts', 'sent', 'archive', 'all', 'important', 'flagged']
const lastRoles = ['junk', 'trash']

export function FolderTree({ current }: { readonly current: string }) {
  const { t, number, compare } = useSpeech()
  const { library, asOf, isNow } = useVault()
  const places = arrived(usePlaces('mail'))
  const { accounts, collections } = library.overview
  const counts = useMemo(() => {
    const live: number[] = collections.map((collection) => (isNow ? collection.live : 0))
    if (isNow || !places) return live
    for (let place = 0; place < places.count; place++) {
      const collection = places.collection[place] ?? -1
      if (places.isThere(place, asOf)) live[collection] = (live[collection] ?? 0) + 1
    }
    return live
  }, [collections, places, asOf, isNow])
  const labels = useMemo(() => (places ? labelsOf(places, asOf) : []), [places, asOf])
  const folders = collections.flatMap((collection, position): Entry[] =>
    collection.service === 'mail' && collection.since <= asOf ? [{ ...collection, position }] : [],
  )
  const rank = ({ role, path }: Entry): number => {
    if (role && lastRoles.includes(role)) return 900
    const at = role && path.length === 1 ? roleOrder.indexOf(role) : -1
    return at >= 0 ? at : 100
  }
  return (
    <>
      {accounts.map((account, at) => {
        const own = folders.filter((folder) => folder.account === at)
        own.sort((a, b) => rank(a) - rank(b) || compare(a.path.join('\u0000'), b.path.join('\u0000')))
        if (own.length === 0) return null
        return (
          <section class="tree" key={account.id}>
            <h2>
              <Name text={account.id} />
            </h2>
            {own.map((folder) => (
              <a
                key={folder.position}
                class={`tree-item ${folder.gone !== null && folder.gone <= asOf ? 'gone' : ''}`}
                style={{ paddingLeft: `${10 + 14 * (folder.path.length - 1)}px` }}
                href={routeHref('mail', { folder: folder.position })}
                aria-current={String(folder.position) === current ? 'true' : undefined}
              >
                <span class="ellipsis">
                  <Name text={folder.path.at(-1) ?? ''} />
                </span>
                {folder.gone !== null && folder.gone <= asOf && <span class="hidden-text">{t('removed')}</span>}
                <span class="count">{number(counts[folder.position] ?? 0)}</span>
              </a>
            ))}
          </section>
        )
      })}
      {folders.length > 1 && (
        <a class="tree-item" href={routeHref('mail', { folder: 'all' })} aria-current={current === 'all' ? 'true' : undefined}>
          <span>{t('mail.all')}</span>
        </a>
      )}
      <Labels labels={labels} />
    </>
  )
}

function labelsOf(places: Places, asOf: number): string[] {
  const labels = new Set<string>()
  for (let place = 0; place < places.count; place++) {
    if (!places.isThere(place, asOf)) continue
    for (const label of places.meta(place, asOf).labels) labels.add(label)
  }
  return [...labels]
}

function Labels({ labels }: { readonly labels: readonly string[] }) {
  const { t, compare } = useSpeech()
  if (labels.length === 0) return null
  return (
    <section class="tree">
      <h2>{t('mail.labels')}</h2>
      {[...labels].sort(compare).map((label) => (
        <a key={label} class="tree-item" href={routeHref('mail', { folder: 'all', label })}>
          <span class="ellipsis">
            <Name text={label} />
          </span>
        </a>
      ))}
    </section>
  )
}
