/** The one button of Home. */
import type { Home, NextStep } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useWords } from '../context.tsx'
import { backUp, checkDisk, retryMissing } from '../jobs.ts'
import { browseHref, goTo, routeHref } from '../route.ts'
import { Action } from './action.tsx'

export function NextStepButton({ home, next }: { readonly home: Home; readonly next: NextStep }) {
  const { t } = useWords()
  switch (next.kind) {
    case 'back-up':
    case 'retry':
    case 'check': {
      const disk = home.disks.find(({ id }) => id === next.disk)
      if (!disk) return null
      const begin = () => {
        if (next.kind === 'check') return checkDisk(disk)
        const isOnlyMissing = next.kind === 'retry' && home.verdict.reason === 'missing-items'
        return isOnlyMissing ? retryMissing(disk) : backUp(disk, home.settings.attachments)
      }
      const work = async () => goTo('progress', { job: (await begin()).id })
      return (
        <Action primary work={work}>
          {t(`next.${next.kind}`)}
        </Action>
      )
    }
    case 'plug-in':
      return (
        <p class="plug-in">
          <Icon name="disk" />
          <span>
            <b>{t('next.plug-in', { name: next.name })}</b>
            <br />
            {t('next.plug-in.more')}
          </span>
        </p>
      )
    default:
      return (
        <a class="button primary" href={hrefOf(next)}>
          {t(`next.${next.kind}`)}
        </a>
      )
  }
}

function hrefOf(next: Exclude<NextStep, { kind: 'back-up' | 'retry' | 'check' | 'plug-in' }>): string {
  switch (next.kind) {
    case 'add-account':
      return routeHref('begin')
    case 'choose-disk':
      return routeHref('begin', { step: 'disk' })
    case 'choose-accounts':
      return routeHref('settings')
    case 'sign-in':
    case 'decide':
      return routeHref('account', { id: next.account })
    case 'locked-out':
      return routeHref('lockout', { account: next.account })
    case 'prove':
    case 'see-proof':
      return routeHref('proof', { disk: next.disk })
    case 'look':
      return browseHref(next.disk)
  }
}
