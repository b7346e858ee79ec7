/** One account: whose it is, signing in anew, trying it, removing it. */
import { useState } from 'preact/hooks'
import type { AccountSummary } from '../../api/contract.ts'
import type { Home, HomeAccount, Service, TestFinding } from '../../api/desktop/contract.ts'
import { arrived, useLater } from '../../viewer/page/data/async.ts'
import { Empty, Loading } from '../../viewer/page/parts/empty.tsx'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { get, post } from '../api.ts'
import { useLive, useWords } from '../context.tsx'
import { AccountProblem } from '../parts/account-problem.tsx'
import { Action, useDoing } from '../parts/action.tsx'
import { Choices } from '../parts/choices.tsx'
import { BrowserSignIn, browserProvider, type Keep } from '../parts/connect-browser.tsx'
import { FailureNote } from '../parts/failure.tsx'
import { Page } from '../parts/page.tsx'
import { PasswordField } from '../parts/password-field.tsx'
import { Said } from '../parts/said.tsx'
import { SuddenlyGone } from '../parts/suddenly-gone.tsx'
import { goTo, type Params } from '../route.ts'

export function AccountScreen({ params }: { readonly params: Params }) {
  const { t } = useWords()
  const { home } = useLive()
  if (home === null) return <Loading />
  const account = home.accounts.find(({ id, configured }) => id === params['id'] && configured)
  if (account === undefined) return <Empty whole icon="contacts" title={t('error.not-found.title')} />
  return (
    // Nothing that was typed for one account may stay for another.
    <Page key={account.id} title={account.id} lead={account.place || t('place.archive')} narrow>
      <AccountProblem account={account} />
      <Gone home={home} account={account} />
      <SignIn account={account} />
      <Services account={account} />
      <TryIt account={account} />
      <Person account={account} />
      <RemoveIt account={account} />
    </Page>
  )
}

function Gone({ home, account }: { readonly home: Home; readonly account: HomeAccount }) {
  const disk = home.disks.find(({ id }) => id === account.disk)
  return account.heldBack > 0 && disk ? <SuddenlyGone items={account.heldBack} disk={disk} accounts={[account.id]} /> : null
}

function SignIn({ account }: { readonly account: HomeAccount }) {
  const { t } = useWords()
  const [password, setPassword] = useState('')
  const [saved, setSaved] = useState(false)
  const keeping = useState<Keep>('keyring')
  const doing = useDoing()
  const summary = arrived(useLater(() => get<AccountSummary[]>('/accounts'), [account.id]))?.find(({ id }) => id === account.id)
  const places = summary?.connections.map(({ secretPlace }) => secretPlace) ?? []
  const isInFile = places.includes('file')
  if (!isInFile && !places.includes('keyring')) return null
  const save = () =>
    doing.run(async () => {
      await post('/password', { account: account.id, password })
      setSaved(true)
      setPassword('')
    })
  return (
    <section class="card">
      <h2>{t('next.sign-in')}</h2>
      {saved && (
        <p class="complete" role="status">
          <Icon name="check" />
          {t('account.saved')}
        </p>
      )}
      {account.browserSignIn !== null ? (
        <BrowserSignIn
          provider={browserProvider(account.browserSignIn)}
          registration={null}
          account={account.id}
          keeping={keeping}
          onDone={() => setSaved(true)}
        />
      ) : (
        <form
          class="connect-form"
          onSubmit={(event) => {
            event.preventDefault()
            if (password !== '') void save()
          }}
        >
          <p class="soft">{t('account.newPasswordMore')}</p>
          <PasswordField
            label={t('account.newPassword')}
            hint={t(isInFile ? 'connect.passwordInFile' : 'connect.passwordHint')}
            value={password}
            onChange={setPassword}
          />
          {doing.failure && <FailureNote failure={doing.failure} />}
          <div class="row">
            <button type="submit" class="button primary" disabled={password === ''} aria-disabled={doing.busy}>
              {t(doing.busy ? 'connect.signingIn' : 'connect.signIn')}
            </button>
          </div>
        </form>
      )}
    </section>
  )
}

/** At once, as everywhere in the settings. */
function Services({ account: { id } }: { readonly account: HomeAccount }) {
  const { t } = useWords()
  const doing = useDoing()
  const [round, setRound] = useState(0)
  const summary = arrived(useLater(() => get<AccountSummary[]>('/accounts'), [id, round]))?.find((one) => one.id === id)
  const offered = [...new Set(summary?.connections.flatMap((connection) => connection.offered))]
  const chosen = summary?.connections.flatMap(({ services }) => services) ?? []
  if (offered.length < 2) return null
  const choose = (service: Service, on: boolean) =>
    doing.run(async () => {
      await post('/services', { account: id, services: offered.filter((one) => (one === service ? on : chosen.includes(one))) })
      setRound((before) => before + 1)
    })
  return (
    <>
      <section class="card">
        <fieldset>
          <legend>{t('account.services')}</legend>
          <p class="soft">{t('account.servicesMore')}</p>
          {offered.map((service) => {
            const isLast = chosen.length === 1 && chosen.includes(service)
            return (
              <label key={service} class="tick">
                <input
                  type="checkbox"
                  checked={chosen.includes(service)}
                  disabled={isLast || doing.busy}
                  onChange={(event) => void choose(service, event.currentTarget.checked)}
                />
                <span>
                  {t(`service.${service}`)} {isLast && <span class="faint">({t('account.servicesNone')})</span>}
                </span>
              </label>
            )
          })}
        </fieldset>
        {doing.failure && <FailureNote failure={doing.failure} />}
      </section>
      <Choices account={id} connections={summary?.connections ?? []} onChosen={() => setRound((before) => before + 1)} />
    </>
  )
}

function TryIt({ account }: { readonly account: HomeAccount }) {
  const { t } = useWords()
  const doing = useDoing()
  const [findings, setFindings] = useState<readonly TestFinding[]>([])
  const test = () =>
    doing.run(async () => {
      setFindings([])
      setFindings(await post<TestFinding[]>('/try', { account: account.id }))
    })
  return (
    <section class="card">
      <h2>{t('account.test')}</h2>
      <p role="status" class="soft">
        {doing.busy && t('account.testing')}
      </p>
      <ul class="bare spaced">
        {findings.map(({ ok, text }) => (
          <li key={text} class={ok ? 'complete' : 'missing'}>
            <Icon name={ok ? 'check' : 'warning'} />
            <Said text={text} />
          </li>
        ))}
      </ul>
      {doing.failure && <FailureNote failure={doing.failure} />}
      <div class="row">
        <button type="button" class="button" aria-disabled={doing.busy} onClick={() => void test()}>
          {t('account.test')}
        </button>
      </div>
    </section>
  )
}

function Person({ account }: { readonly account: HomeAccount }) {
  const { t } = useWords()
  const [person, setPerson] = useState(account.person ?? '')
  return (
    <section class="card">
      <label class="labelled">
        <span>{t('settings.person')}</span>
        <input class="field" value={person} maxLength={80} onInput={(event) => setPerson(event.currentTarget.value)} />
        <span class="faint">{t('settings.personHint')}</span>
      </label>
      <div class="row">
        <Action work={() => post(`/people/${encodeURIComponent(account.id)}`, { person })} worked={t('settings.saved')}>
          {t('action.save')}
        </Action>
      </div>
    </section>
  )
}

function RemoveIt({ account }: { readonly account: HomeAccount }) {
  const { t } = useWords()
  return (
    <details class="card">
      <summary>{t('settings.removeAccount')}</summary>
      <p>{t('settings.removeAccountText', { account: account.id })}</p>
      <div class="row">
        <Action
          work={async () => {
            await post('/disconnect', { account: account.id })
            goTo('home')
          }}
        >
          {t('action.remove')}
        </Action>
      </div>
    </details>
  )
}
