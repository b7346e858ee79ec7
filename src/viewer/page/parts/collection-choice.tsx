/** Which address book, calendar or drive: a choice where there are several. */
import type { Service } from '../../../core/account.ts'
import { useSpeech } from '../context.tsx'
import { useVault } from '../data/vault.tsx'
import { visibleName } from '../safe/visible-text.ts'
import { Choice } from './fields.tsx'

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
  const wordOf = (position: number) => {
    const { path = [], account = -1 } = collections[position] ?? {}
    return visibleName(path.join(' / ')) + (several ? ` · ${visibleName(accounts[account]?.id ?? '')}` : '')
  }
  return (
    <Choice
      label={label}
      values={['', ...own.map(({ position }) => String(position))]}
      chosen={chosen}
      wordOf={(position) => (position === '' ? t('collection.all') : wordOf(Number(position)))}
      onChoose={onChoose}
    />
  )
}

/** Null: all of them. */
export function collectionSet(chosen: string | undefined): ReadonlySet<number> | null {
  return chosen === undefined || chosen === '' ? null : new Set([Number(chosen)])
}
