/** One disk: where it is, what it holds as of when, and what can be done with it. */
import type { Home, HomeDisk } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { post } from '../api.ts'
import { useLive, useWords } from '../context.tsx'
import { backUp, checkDisk } from '../jobs.ts'
import { isActive } from '../live.ts'
import { browseHref, goTo } from '../route.ts'
import { ago, upcoming } from '../times.ts'
import { Action } from './action.tsx'
import { FailureNote } from './failure.tsx'

export function DiskCard({ disk, home }: { readonly disk: HomeDisk; readonly home: Home }) {
  const words = useWords()
  const { t, size } = words
  const { jobs } = useLive()
  const isBusy = jobs.some((job) => isActive(job) && job.request.vault === disk.folder)
  return (
    <article
      id={`disk-${disk.id}`}
      tabIndex={-1}
      class={`card disk-card ${disk.folder === null ? 'away' : ''}`}
      aria-label={disk.name}
    >
      <header>
        <Icon name="disk" />
        <h3>{disk.name}</h3>
        <span class={`chip ${disk.folder === null ? '' : 'good'}`}>{t(disk.folder === null ? 'disk.away' : 'disk.here')}</span>
      </header>
      <Waiting disk={disk} />
      {disk.canUnplug && !isBusy && (
        <p class="unplug" role="status">
          <Icon name="check" />
          {t('disk.unplug', { name: disk.name })}
        </p>
      )}
      {disk.failure && !isBusy && <FailureNote failure={disk.failure} />}
      <dl class="facts">
        <dt>{t('disk.last')}</dt>
        <dd>{ago(words, newestOf(disk), home.now)}</dd>
        <dt>{t('disk.next')}</dt>
        <dd>{upcoming(words, disk.due, home.now)}</dd>
        <dt>{t('disk.holds')}</dt>
        <dd>
          <Holds disk={disk} now={home.now} />
        </dd>
        <dt>{t('disk.where')}</dt>
        <dd class="path">
          {disk.folder ?? disk.lastFolder}
          {disk.free !== null && <span class="faint"> · {t('disk.free', { size: size(disk.free) })}</span>}
        </dd>
      </dl>
      {disk.folder !== null && !isBusy && (
        <div class="row">
          <Action work={async () => goTo('progress', { job: (await backUp(disk, home.settings.attachments)).id })}>
            {t('disk.backUp')}
          </Action>
          <Action quiet work={async () => goTo('progress', { job: (await checkDisk(disk)).id })}>
            {t('disk.verify')}
          </Action>
          <a class="button quiet" href={browseHref(disk.id)}>
            {t('nav.browse')}
          </a>
          {disk.canUnplug && (
            <Action quiet work={() => post(`/disks/${disk.id}/eject`)}>
              <Icon name="eject" />
              {t('disk.eject')}
            </Action>
          )}
        </div>
      )}
    </article>
  )
}

/** Of any account; one that was added since waits for the next. */
function newestOf({ accounts }: HomeDisk): string | null {
  return accounts.map(({ safeAsOf }) => safeAsOf).reduce((a, b) => ((a ?? '') > (b ?? '') ? a : b), null)
}

/** Stronger the longer it takes. */
function Waiting({ disk: { name, waitingDays } }: { readonly disk: HomeDisk }) {
  const { t } = useWords()
  if (waitingDays === null) return null
  const isStrong = waitingDays >= 14
  return (
    <div class={`waiting ${isStrong ? 'strong-waiting' : ''}`} role="status">
      <p>
        <b>{t('disk.waiting', { name })}</b>
      </p>
      {waitingDays >= 8 && <p>{t(isStrong ? 'disk.reminderStrong' : 'disk.reminder', { n: waitingDays })}</p>}
    </div>
  )
}

function Holds({ disk, now }: { readonly disk: HomeDisk; readonly now: string }) {
  const words = useWords()
  const { t, size } = words
  if (disk.accounts.length === 0) return <>{t('disk.empty')}</>
  return (
    <ul class="bare">
      {disk.accounts.map(({ account, items, bytes, safeAsOf, provenAt }) => (
        <li key={account}>
          {account}{' '}
          <span class="faint">
            {t('items.any', { n: items })}, {size(bytes)},{' '}
            {ago(words, safeAsOf, now) !== ago(words, newestOf(disk), now) &&
              `${t('disk.asOf', { date: ago(words, safeAsOf, now) })}, `}
            {provenAt === null ? t('disk.provenNever') : t('disk.provenOn', { date: ago(words, provenAt, now) })}
          </span>
        </li>
      ))}
    </ul>
  )
}
