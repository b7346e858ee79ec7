/** What the provider suddenly does not list any more: an account may have been emptied, or the person tidied up. They decide. */
import type { HomeDisk } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useWords } from '../context.tsx'
import { startJob } from '../jobs.ts'
import { browseHref, goTo, routeHref } from '../route.ts'
import { Action } from './action.tsx'

export interface SuddenlyGoneProps {
  readonly items: number
  readonly disk: HomeDisk
  /** Of which it is said. */
  readonly accounts: readonly string[]
}

export function SuddenlyGone({ items, disk, accounts }: SuddenlyGoneProps) {
  const { t } = useWords()
  const accept = async () => {
    const request = { vault: disk.folder ?? disk.lastFolder, acceptRemovals: true, accounts }
    goTo('progress', { job: (await startJob({ kind: 'backup', request })).id })
  }
  return (
    <div class="notice warn">
      <Icon name="warning" />
      <div>
        <p>{t('done.heldBack', { n: items })}</p>
        <p class="faint">{t('done.acceptNote')}</p>
        <div class="row">
          <a class="button" href={browseHref(disk.id)}>
            {t('nav.browse')}
          </a>
          <Action work={accept}>{t('done.acceptRemovals')}</Action>
          <a class="button" href={routeHref('restore', { disk: disk.id, ...(accounts[0] ? { account: accounts[0] } : {}) })}>
            {t('done.bringBack')}
          </a>
        </div>
      </div>
    </div>
  )
}
