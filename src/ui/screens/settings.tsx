/** Few settings. */
import { useState } from 'preact/hooks'
import type { Home, HomeDisk, Settings } from '../../api/desktop/contract.ts'
import { Loading } from '../../viewer/page/parts/empty.tsx'
import { LanguageField, ThemeField } from '../../viewer/page/parts/preference-fields.tsx'
import type { Language } from '../../viewer/page/words/message.ts'
import { get, patch, post, remove } from '../api.ts'
import { useLive, useWords } from '../context.tsx'
import { startJob } from '../jobs.ts'
import { Action, type Doing, useDoing } from '../parts/action.tsx'
import { EveryChoice } from '../parts/every-choice.tsx'
import { FailureNote } from '../parts/failure.tsx'
import { Page } from '../parts/page.tsx'
import { goTo, routeHref } from '../route.ts'

export function SettingsScreen({ onLanguage }: { readonly onLanguage: (language: Language) => void }) {
  const { t } = useWords()
  const { home } = useLive()
  if (home === null) return <Loading />
  return (
    <Page title={t('settings.title')} narrow>
      <Schedule home={home} />
      <Include home={home} />
      <section class="card">
        <h2>{t('settings.people')}</h2>
        <ul class="bare spaced">
          {home.accounts
            .filter(({ configured }) => configured)
            .map(({ id, person }) => (
              <li key={id}>
                <a href={routeHref('account', { id })}>{id}</a> {person && <span class="chip">{person}</span>}
              </li>
            ))}
        </ul>
        <div class="row">
          <a class="button" href={routeHref('begin', { step: 'account' })}>
            {t('next.add-account')}
          </a>
        </div>
      </section>
      {home.disks.length > 0 && (
        <section class="card">
          <h2>{t('settings.disks')}</h2>
          {home.disks.map((disk) => (
            <DiskSettings key={disk.id} disk={disk} />
          ))}
        </section>
      )}
      <Background home={home} />
      <Appearance onLanguage={onLanguage} />
      <Help />
    </Page>
  )
}

function change(settings: Partial<Settings>): Promise<void> {
  return patch('/settings', settings)
}

/** At once; where it did not work, `doing` says why. */
function set(doing: Doing, settings: Partial<Settings>): Promise<boolean> {
  return doing.run(() => change(settings))
}

function Schedule({ home: { settings } }: { readonly home: Home }) {
  const { t, dateTime } = useWords()
  const doing = useDoing()
  const isPaused = settings.pausedUntil !== null && Date.parse(settings.pausedUntil) > Date.now()
  const tomorrow = () => {
    const morning = new Date()
    morning.setDate(morning.getDate() + 1)
    morning.setHours(6, 0, 0, 0)
    return morning.toISOString()
  }
  return (
    <section class="card">
      <EveryChoice legend={t('settings.schedule')} chosen={settings.every} onChoose={(every) => void set(doing, { every })} />
      {doing.failure && <FailureNote failure={doing.failure} />}
      <div class="row">
        {isPaused && <span class="chip">{t('settings.paused', { time: dateTime(Date.parse(settings.pausedUntil ?? '')) })}</span>}
        <Action work={() => change({ pausedUntil: isPaused ? null : tomorrow() })}>
          {t(isPaused ? 'settings.resume' : 'settings.pause')}
        </Action>
      </div>
    </section>
  )
}

function Include({ home: { settings, disks, accounts } }: { readonly home: Home }) {
  const { t } = useWords()
  const doing = useDoing()
  const configured = accounts.filter((account) => account.configured).map(({ id }) => id)
  return (
    <section class="card">
      <h2>{t('settings.include')}</h2>
      <label class="tick">
        <input
          type="checkbox"
          checked={settings.attachments}
          onChange={(event) => void set(doing, { attachments: event.currentTarget.checked })}
        />
        {t('settings.attachments')}
      </label>
      {doing.failure && <FailureNote failure={doing.failure} />}
      {configured.length > 1 && disks.map((disk) => <AccountsOn key={disk.id} disk={disk} accounts={configured} />)}
    </section>
  )
}

/** What the app does while nobody looks. */
function Background({ home: { settings } }: { readonly home: Home }) {
  const { t } = useWords()
  const doing = useDoing()
  return (
    <section class="card">
      <h2>{t('settings.background')}</h2>
      <label class="tick">
        <input
          type="checkbox"
          checked={settings.notifications}
          onChange={(event) => void set(doing, { notifications: event.currentTarget.checked })}
        />
        <span>
          {t('settings.notifications')} <span class="faint">({t('settings.appOnly')})</span>
        </span>
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={settings.startAtLogin}
          onChange={(event) => void set(doing, { startAtLogin: event.currentTarget.checked })}
        />
        <span>
          {t('settings.startAtLogin')} <span class="faint">({t('settings.appOnly')})</span>
        </span>
      </label>
      {doing.failure && <FailureNote failure={doing.failure} />}
    </section>
  )
}

function AccountsOn({ disk, accounts }: { readonly disk: HomeDisk; readonly accounts: readonly string[] }) {
  const { t } = useWords()
  const doing = useDoing()
  const chosen = disk.chosen ?? accounts
  const choose = (account: string, on: boolean) => {
    const next = accounts.filter((id) => (id === account ? on : chosen.includes(id)))
    void doing.run(() => patch(`/disks/${disk.id}`, { chosen: next.length === accounts.length ? null : next }))
  }
  return (
    <fieldset>
      <legend>{t('settings.accountsOn', { disk: disk.name })}</legend>
      {accounts.map((account) => (
        <label key={account} class="tick">
          <input
            type="checkbox"
            checked={chosen.includes(account)}
            onChange={(event) => choose(account, event.currentTarget.checked)}
          />
          {account}
        </label>
      ))}
      {doing.failure && <FailureNote failure={doing.failure} />}
    </fieldset>
  )
}

function DiskSettings({ disk }: { readonly disk: HomeDisk }) {
  const { t } = useWords()
  const [name, setName] = useState(disk.name)
  const makePages = async () => {
    const job = await startJob({ kind: 'viewer', request: { vault: disk.folder ?? disk.lastFolder } })
    goTo('progress', { job: job.id })
  }
  return (
    <div class="disk-settings">
      <label class="labelled">
        <span>{t('settings.rename')}</span>
        <input class="field" value={name} maxLength={80} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <div class="row">
        <Action work={() => patch(`/disks/${disk.id}`, { name })} worked={t('settings.saved')}>
          {t('action.save')}
        </Action>
      </div>
      {disk.folder !== null && (
        <details>
          <summary>{t('settings.makePages')}</summary>
          <p>{t('settings.makePagesText')}</p>
          <div class="row">
            <Action work={makePages}>{t('browse.make')}</Action>
          </div>
        </details>
      )}
      <details>
        <summary>{t('settings.forgetDisk')}</summary>
        <p>{t('settings.forgetDiskText', { name: disk.name })}</p>
        <div class="row">
          <Action work={() => remove(`/disks/${disk.id}`)}>{t('settings.forgetDisk')}</Action>
        </div>
      </details>
    </div>
  )
}

function Appearance({ onLanguage }: { readonly onLanguage: (language: Language) => void }) {
  const { t, language } = useWords()
  return (
    <section class="card">
      <h2>{t('settings.look')}</h2>
      <div class="row fields">
        <LanguageField class="labelled" language={language} onLanguage={onLanguage}>
          <span>{t('settings.language')}</span>
        </LanguageField>
        <ThemeField class="labelled" nameOf={(theme) => t(`theme.${theme}`)}>
          <span>{t('settings.theme')}</span>
        </ThemeField>
      </div>
    </section>
  )
}

function Help() {
  const { t } = useWords()
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    const { text } = await get<{ readonly text: string }>('/diagnostics')
    await navigator.clipboard.writeText(text)
    setCopied(true)
  }
  return (
    <section class="card">
      <h2>{t('settings.help')}</h2>
      <p class="soft">{t('settings.diagnosticsMore')}</p>
      <div class="row">
        <Action work={copy}>{t(copied ? 'action.copied' : 'settings.diagnostics')}</Action>
        <Action work={() => post('/show/log')}>{t('settings.logs')}</Action>
      </div>
    </section>
  )
}
