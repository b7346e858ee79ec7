/** Overview: whose accounts, what is in them, as of when, when it was last proved, what is missing. */
import { useMemo } from 'preact/hooks'
import type { Service } from '../../../core/account.ts'
import type { AccountInfo, CollectionInfo } from '../../format-overview.ts'
import { useSpeech } from '../context.tsx'
import { runTime, useVault } from '../data/vault.tsx'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Name } from '../parts/text.tsx'
import { routeHref, type Screen } from '../route.ts'

const services: readonly { readonly service: Service; readonly screen: Screen; readonly icon: IconName }[] = [
  { service: 'mail', screen: 'mail', icon: 'mail' },
  { service: 'contacts', screen: 'contacts', icon: 'contacts' },
  { service: 'calendar', screen: 'calendar', icon: 'calendar' },
  { service: 'files', screen: 'files', icon: 'files' },
]

export function OverviewScreen() {
  const { t, dateTime } = useSpeech()
  const { library } = useVault()
  const { accounts, runs, notices } = library.overview
  const last = runs.at(-1)
  return (
    <div class="page">
      <div class="page-head">
        <div>
          <h1>{t('overview.title')}</h1>
          <p>{last ? t('overview.asOf', { date: dateTime(runTime(last.id)) }) : t('overview.noRuns')}</p>
        </div>
      </div>
      <Proof />
      {accounts.map((account, position) => (
        <Account key={account.id} account={account} position={position} />
      ))}
      <Missing />
      {notices.length > 0 && (
        <section class="card">
          <h2>{t('overview.notices')}</h2>
          <ul class="plain-list">
            {notices.map((notice) => (
              <li key={notice}>
                <Name text={notice} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Runs />
    </div>
  )
}

function Proof() {
  const { t, date } = useSpeech()
  const { library } = useVault()
  const { proof, verified } = library.overview
  const passed = proof !== null && proof.verdict !== 'not-proven'
  const bad = (proof !== null && !passed) || verified?.sound === false
  return (
    <section class={`proof ${bad ? 'bad' : passed ? 'good' : ''}`} aria-label={t('overview.proof')}>
      <Icon name={bad ? 'warning' : 'shield'} />
      <div>
        <h2>
          {proof
            ? t(passed ? 'overview.proved' : 'overview.proofFailed', { date: date(Date.parse(proof.time)) })
            : t('overview.noProof')}
        </h2>
        <p>{t(proof ? `proof.${proof.verdict}` : 'overview.noProofAdvice')}</p>
        {verified && (
          <p class="soft">
            {t(verified.sound ? 'overview.verified' : 'overview.notSound', { date: date(Date.parse(verified.time)) })}
          </p>
        )}
        {proof?.file && (
          <p>
            <a href={library.store.fileAddress(proof.file)} target="_blank" rel="noopener">
              {t('overview.proofOpen')}
            </a>
          </p>
        )}
      </div>
    </section>
  )
}

function Account({ account, position }: { readonly account: AccountInfo; readonly position: number }) {
  const { t, dateTime } = useSpeech()
  const { library } = useVault()
  const own = library.overview.collections.filter((collection) => collection.account === position)
  return (
    <section class="account">
      <h2>
        <Name text={account.id} />
      </h2>
      <p class="soft">
        {account.asOf ? t('overview.accountAsOf', { date: dateTime(Date.parse(account.asOf)) }) : t('overview.accountUnfinished')}
        {account.providers.length > 0 &&
          ` · ${t('overview.readWith', { providers: account.providers.map((id) => (id === 'archive' ? t('overview.ownCopy') : providerName(id))).join(', ') })}`}
      </p>
      <div class="tiles">
        {services.map((entry) => {
          const collections = own.filter(({ service }) => service === entry.service)
          if (collections.length === 0) return null
          return <Tile key={entry.service} {...entry} collections={collections} />
        })}
      </div>
    </section>
  )
}

/** What people call the ways by which an account is read; of one that is not known, its id. */
function providerName(id: string): string {
  const names: Readonly<Record<string, string>> = {
    ...{ imap: 'IMAP', google: 'Google', microsoft: 'Microsoft', dav: 'CardDAV / CalDAV / WebDAV' },
  }
  return names[id] ?? id
}

interface TileProps {
  readonly service: Service
  readonly screen: Screen
  readonly icon: IconName
  readonly collections: readonly CollectionInfo[]
}

function Tile({ service, screen, icon, collections }: TileProps) {
  const { t, number, size } = useSpeech()
  const { library } = useVault()
  const sum = (value: (collection: CollectionInfo) => number): number => collections.reduce((total, one) => total + value(one), 0)
  const live = sum((one) => one.live)
  const removed = sum((one) => one.removed)
  const biggest = [...collections].sort((a, b) => b.live - a.live).slice(0, 4)
  return (
    <article class="card tile">
      <h3>
        <Icon name={icon} />
        <a href={routeHref(screen)}>{t(`nav.${screen}`)}</a>
      </h3>
      <p class="figure">
        <b>{number(live)}</b> <span>{t(`overview.items.${service}`, { n: live })}</span>
      </p>
      <p class="faint">
        {size(sum((one) => one.bytes))}
        {removed > 0 && ` · ${t('overview.removed', { n: removed })}`}
      </p>
      <ul>
        {biggest.map((one) => (
          <li key={one.path.join('/')}>
            <a class="ellipsis" href={routeHref(screen, { folder: library.overview.collections.indexOf(one) })}>
              <Name text={one.path.join(' / ')} />
            </a>
            <span class="faint number">{number(one.live)}</span>
          </li>
        ))}
        {collections.length > biggest.length && (
          <li class="faint">{t('overview.moreCollections', { n: collections.length - biggest.length })}</li>
        )}
      </ul>
    </article>
  )
}

const shownPending = 200

/** Says what is not in the vault; that nothing is missing is said too. */
function Missing() {
  const { t } = useSpeech()
  const { library } = useVault()
  const { pending, skipped, accounts, collections } = library.overview
  if (pending.length + skipped.length === 0) {
    return (
      <section class="card calm">
        <h2>{t('overview.missing')}</h2>
        <p class="soft">{t('overview.nothingMissing')}</p>
      </section>
    )
  }
  return (
    <section class="card">
      <h2>{t('overview.missing')}</h2>
      <ul class="plain-list">
        {skipped.map((entry) => (
          <li key={`${entry.account} ${entry.collection?.join('/')} ${entry.reason}`}>
            <b>
              <Name text={entry.collection?.join(' / ') ?? accounts[entry.account]?.id ?? ''} />
            </b>{' '}
            <Name text={entry.reason} />
          </li>
        ))}
        {pending.slice(0, shownPending).map((entry, at) => (
          <li key={at}>
            <b>
              <Name text={entry.title || t('mail.noSubject')} />
            </b>{' '}
            <span class="faint">
              <Name text={collections[entry.collection]?.path.join(' / ') ?? ''} />
            </span>{' '}
            {t('overview.pending')} <Name text={entry.reason} />
          </li>
        ))}
        {pending.length > shownPending && (
          <li class="faint">{t('overview.moreCollections', { n: pending.length - shownPending })}</li>
        )}
      </ul>
    </section>
  )
}

const shownRuns = 12

function Runs() {
  const { t, dateTime, number } = useSpeech()
  const { library, setAsOf } = useVault()
  const { runs, accounts } = library.overview
  const newest = useMemo(
    () =>
      runs
        .map((run, position) => ({ run, position }))
        .reverse()
        .slice(0, shownRuns),
    [runs],
  )
  if (newest.length === 0) return null
  return (
    <section class="card">
      <h2>{t('overview.runs')}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <div class="table-box" role="region" aria-label={t('overview.runs')} tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('overview.run.when')}</th>
              <th scope="col">{t('overview.run.account')}</th>
              <th scope="col" class="right">
                {t('overview.run.added')}
              </th>
              <th scope="col" class="right">
                {t('overview.run.changed')}
              </th>
              <th scope="col" class="right">
                {t('overview.run.removed')}
              </th>
              <th scope="col">{t('overview.run.status')}</th>
              <th scope="col">
                <span class="hidden-text">{t('asOf.label')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {newest.map(({ run, position }) => (
              <tr key={position}>
                <td>{dateTime(runTime(run.id))}</td>
                <td>
                  <Name text={accounts[run.account]?.id ?? ''} />
                </td>
                <td class="right number">{number(run.added)}</td>
                <td class="right number">{number(run.changed)}</td>
                <td class="right number">{number(run.removed)}</td>
                <td>{t(`run.${run.status ?? 'running'}`)}</td>
                <td class="right">
                  <button type="button" class="link" onClick={() => setAsOf(position)}>
                    {t('asOf.look')}
                    <span class="hidden-text"> {dateTime(runTime(run.id))}</span>
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
