/** The mail folders of every account, with counts; labels where an account has them. */
import { useMemo } from 'preact/hooks'
import type { CollectionInfo } from '../../format-overview.ts'
import { useSpeech } from '../context.tsx'
import { arrived } from '../data/async.ts'
import { folderRows } from '../data/folder-rows.ts'
import type { Places } from '../data/places.ts'
import { usePlaces, useVault } from '../data/vault.tsx'
import { routeHref } from '../route.ts'
import { Name } from './text.tsx'

interface Entry extends CollectionInfo {
  readonly position: number
}

export function FolderTree({ current }: { readonly current: string }) {
  const { t, compare } = useSpeech()
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
  return (
    <>
      {accounts.map((account, at) => {
        const own = folders.filter((folder) => folder.account === at)
        if (own.length === 0) return null
        return (
          <section class="tree" key={account.id}>
            <h2>
              <Name text={account.id} />
            </h2>
            {folderRows(own, compare).map(({ path, folder }) =>
              folder ? (
                <FolderLink
                  key={folder.position}
                  folder={folder}
                  count={counts[folder.position] ?? 0}
                  isCurrent={String(folder.position) === current}
                  isGone={folder.gone !== null && folder.gone <= asOf}
                />
              ) : (
                <p key={path.join('/')} class="tree-parent" style={{ paddingLeft: indent(path) }}>
                  <Name text={path.at(-1) ?? ''} />
                </p>
              ),
            )}
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

const indent = (path: readonly string[]): string => `${10 + 14 * (path.length - 1)}px`

interface FolderLinkProps {
  readonly folder: Entry
  readonly count: number
  readonly isCurrent: boolean
  readonly isGone: boolean
}

function FolderLink({ folder, count, isCurrent, isGone }: FolderLinkProps) {
  const { t, number } = useSpeech()
  return (
    <a
      class={`tree-item ${isGone ? 'gone' : ''}`}
      style={{ paddingLeft: indent(folder.path) }}
      href={routeHref('mail', { folder: folder.position })}
      aria-current={isCurrent ? 'true' : undefined}
    >
      <span class="ellipsis">
        <Name text={folder.path.at(-1) ?? ''} />
      </span>
      {isGone && <span class="hidden-text">{t('removed')}</span>}
      <span class="count">{number(count)}</span>
    </a>
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
