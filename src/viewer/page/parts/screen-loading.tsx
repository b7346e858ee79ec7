/** What can be said at once of a screen whose rows are still being read: where one is, and how much there is. */
import type { Service } from '../../../core/account.ts'
import { useSpeech } from '../context.tsx'
import { useVault } from '../data/vault.tsx'
import { Loading } from './empty.tsx'

export function ScreenLoading({
  screen,
  service,
}: {
  readonly screen: 'contacts' | 'files' | 'documents'
  readonly service?: Service
}) {
  const { t, number } = useSpeech()
  const { library } = useVault()
  const live = library.overview.collections.reduce((sum, one) => sum + (one.service === service ? one.live : 0), 0)
  return (
    <div class="page wide">
      <div class="page-head">
        <div>
          <h1>{t(`nav.${screen}`)}</h1>
          {service && (
            <p>
              {number(live)} {t(`overview.items.${service}`, { n: live })}
            </p>
          )}
        </div>
      </div>
      <Loading />
    </div>
  )
}
