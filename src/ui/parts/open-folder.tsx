/** A folder of this computer: where it is, and a button that shows it. */
import { post } from '../api.ts'
import { useWords } from '../context.tsx'
import { Action } from './action.tsx'

export function OpenFolder({ folder }: { readonly folder: string }) {
  const { t } = useWords()
  return (
    <div class="open-folder">
      <p class="path">{folder}</p>
      <Action work={() => post('/show', { folder })}>{t('action.openFolder')}</Action>
    </div>
  )
}
