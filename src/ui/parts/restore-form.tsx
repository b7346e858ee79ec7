/** The questions of a restore, with answers that are safe: everything, the newest, into a new place. */
import { useState } from 'preact/hooks'
import type { HomeAccount, Service, Snapshot } from '../../api/desktop/contract.ts'
import { arrived, useLater } from '../../viewer/page/data/async.ts'
import { runTime } from '../../viewer/page/data/vault.tsx'
import { get } from '../api.ts'
import { useWords } from '../context.tsx'
import { routeHref } from '../route.ts'
import { useDoing } from './action.tsx'
import { FailureNote } from './failure.tsx'
import { FolderField } from './folder-field.tsx'

/** What is sent with the request of the job. */
export interface RestoreWish {
  readonly account: string
  readonly to: string
  readonly at?: string
  readonly services?: readonly Service[]
  readonly collection?: string
  readonly search?: string
  readonly into?: string
}

export interface RestoreFormProps {
  readonly snapshot: Snapshot
  /** Accounts that can be restored to. */
  readonly accounts: readonly HomeAccount[]
  readonly wanted: string | null
  readonly onCheck: (wish: RestoreWish) => Promise<void>
}

/** A new place on this computer; never one that is there already. */
const toFolder = ''

export function RestoreForm({ snapshot, accounts, wanted, onCheck }: RestoreFormProps) {
  const { t, dateTime } = useWords()
  const onDisk = snapshot.accounts.map(({ account }) => account)
  const [account, setAccount] = useState(onDisk.find((id) => id === wanted) ?? onDisk[0] ?? '')
  const [left, setLeft] = useState<readonly Service[]>([])
  const [collection, setCollection] = useState('')
  const [search, setSearch] = useState('')
  const [at, setAt] = useState('')
  const [to, setTo] = useState(toFolder)
  const [folder, setFolder] = useState<string | null>(null)
  const [apart, setApart] = useState(true)
  const doing = useDoing()
  // What was chosen of one account means something else, or nothing, in another.
  const choose = (id: string) => {
    setAccount(id)
    setLeft([])
    setCollection('')
    setAt('')
  }
  const services = snapshot.accounts.find((one) => one.account === account)?.services.map(({ service }) => service) ?? []
  const runs = snapshot.runs.find((one) => one.account === account)?.runs ?? []
  const suggestion = arrived(
    useLater(() => get<{ readonly folder: string }>(`/suggest?name=${encodeURIComponent(account)}`), [account]),
  )
  const place = to === toFolder ? (folder ?? suggestion?.folder ?? '') : to
  const chosen = services.filter((service) => !left.includes(service))
  const check = () =>
    doing.run(() =>
      onCheck({
        ...{ account, to: place },
        ...(at === '' ? {} : { at }),
        ...(left.length === 0 ? {} : { services: chosen }),
        ...(collection === '' ? {} : { collection }),
        ...(search.trim() === '' ? {} : { search: search.trim() }),
        ...(to !== toFolder && apart ? { into: t('restore.intoName') } : {}),
      }),
    )
  return (
    <form
      class="card restore-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (place !== '' && chosen.length > 0) void check()
      }}
    >
      <fieldset>
        <legend>{t('restore.what')}</legend>
        {onDisk.length > 1 && (
          <label class="labelled">
            <span>{t('restore.account')}</span>
            <select class="field" value={account} onChange={(event) => choose(event.currentTarget.value)}>
              {onDisk.map((id) => (
                <option key={id}>{id}</option>
              ))}
            </select>
          </label>
        )}
        <ServiceTicks services={services} left={left} onChange={setLeft} />
        <details>
          <summary>{t('restore.folder')}</summary>
          <FolderChoice snapshot={snapshot} account={account} value={collection} onChange={setCollection} />
          <label class="labelled">
            <span>{t('restore.search')}</span>
            <input class="field" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
          </label>
        </details>
      </fieldset>
      <fieldset>
        <legend>{t('restore.when')}</legend>
        <select class="field" aria-label={t('restore.when')} value={at} onChange={(event) => setAt(event.currentTarget.value)}>
          <option value="">{t('restore.newest')}</option>
          {runs.slice(1).map((run) => (
            <option key={run} value={run}>
              {dateTime(runTime(run))}
            </option>
          ))}
        </select>
      </fieldset>
      <Where {...{ account, accounts, to, apart, place }} onTo={setTo} onApart={setApart} onFolder={setFolder} />
      {doing.failure && <FailureNote failure={doing.failure} />}
      <div class="row">
        <button type="submit" class="button primary" disabled={place === '' || chosen.length === 0} aria-disabled={doing.busy}>
          {t('restore.check')}
        </button>
      </div>
    </form>
  )
}

interface FolderChoiceProps {
  readonly snapshot: Snapshot
  readonly account: string
  readonly value: string
  readonly onChange: (collection: string) => void
}

function FolderChoice({ snapshot, account, value, onChange }: FolderChoiceProps) {
  const { t } = useWords()
  const collections = snapshot.collections.filter((one) => one.account === account)
  return (
    <label class="labelled">
      <span>{t('restore.folder')}</span>
      <select class="field" value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{t('restore.allFolders')}</option>
        {collections.map(({ service, path }) => (
          <option key={`${service} ${path.join('/')}`} value={path.join('/')}>
            {path.join(' / ')} ({t(`service.${service}`)})
          </option>
        ))}
      </select>
    </label>
  )
}

interface ServiceTicksProps {
  readonly services: readonly Service[]
  /** Those that are left out. */
  readonly left: readonly Service[]
  readonly onChange: (left: readonly Service[]) => void
}

function ServiceTicks({ services, left, onChange }: ServiceTicksProps) {
  const { t } = useWords()
  return (
    <div class="row ticks" role="group" aria-label={t('restore.services')}>
      {services.map((service) => (
        <label key={service} class="tick">
          <input
            type="checkbox"
            checked={!left.includes(service)}
            onChange={(event) =>
              onChange(event.currentTarget.checked ? left.filter((one) => one !== service) : [...left, service])
            }
          />
          {t(`service.${service}`)}
        </label>
      ))}
    </div>
  )
}

interface WhereProps extends Pick<RestoreFormProps, 'accounts'> {
  /** Whose data it is. */
  readonly account: string
  /** An account, or `toFolder`. */
  readonly to: string
  readonly place: string
  /** Into a place of its own in the account. */
  readonly apart: boolean
  readonly onTo: (to: string) => void
  readonly onFolder: (folder: string) => void
  readonly onApart: (apart: boolean) => void
}

function Where({ account, accounts, to, place, apart, onTo, onFolder, onApart }: WhereProps) {
  const { t } = useWords()
  return (
    <fieldset class="choices">
      <legend>{t('restore.where')}</legend>
      <label class="choice">
        <input type="radio" name="to" checked={to === toFolder} onChange={() => onTo(toFolder)} />
        <span>
          <b>{t('restore.toFolder')}</b>
          <span class="faint line">{t('restore.toFolderMore')}</span>
        </span>
      </label>
      {to === toFolder && <FolderField label={t('restore.path')} value={place} onChange={onFolder} />}
      {accounts.map(({ id }) => (
        <label key={id} class="choice">
          <input type="radio" name="to" checked={to === id} onChange={() => onTo(id)} />
          <span>
            <b>{t('restore.toAccount', { account: id })}</b>
            <span class="faint line">{t(id === account ? 'restore.toSame' : 'restore.toOther')}</span>
          </span>
        </label>
      ))}
      {to !== toFolder && (
        <label class="tick">
          <input type="checkbox" checked={apart} onChange={(event) => onApart(event.currentTarget.checked)} />
          {t('restore.into')} (“{t('restore.intoName')}”)
        </label>
      )}
      <a href={routeHref('begin', { step: 'account' })}>{t('restore.toNew')}</a>
    </fieldset>
  )
}
