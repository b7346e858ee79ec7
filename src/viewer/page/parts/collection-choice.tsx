/** Which address book, calendar or drive: a choice where there are several. */
import type { Service } from '../../../core/account.ts'
import { useSpeech } from '../context.tsx'
import { useVault } from '../data/vault.tsx'
import { visibleName } from '../safe/visible-text.ts'

export interface CollectionChoiceProps {
  readonly service: Service
  readonly label: string
  /** Position of a collection, or '' for all of them. */
  readonly chosen: string
  readonly onChoose: (collection: string) => void
}

export function CollectionChoice({ service, label, chosen, onChoose }: CollectionChoiceProps) {
  const { t } = useSpeech()
  const { library } = useVault()
  const { collections, accounts } = library.overview
  const own = collections.flatMap((collection, position) => (collection.service === service ? [{ collection, position }] : []))
  if (own.length < 2) return null
  const several = new Set(own.map(({ collection }) => collection.account)).size > 1
  return (
    <select class="field" aria-label={label} value={chosen} onChange={(event) => onChoose(event.currentTarget.value)}>
      <option value="">{t('collection.all')}</option>
      {own.map(({ collection, position }) => (
        <option key={position} value={String(position)}>
          {visibleName(collection.path.join(' / ')) +
            (several ? ` · ${visibleName(accounts[collection.account]?.id ?? '')}` : '')}
        </option>
      ))}
    </select>
  )
}

/** Null: all of them. */
export function collectionSet(chosen: string | undefined): ReadonlySet<number> | null {
  return chosen === undefined || chosen === '' ? null : new Set([Number(chosen)])
}
