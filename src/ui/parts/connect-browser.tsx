/** A provider's own sign-in: the registration, where it is needed, then the browser. */
import { useEffect, useId, useState } from 'preact/hooks'
import type { Discovery, RegistrationNeed, SignInState } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { get, post } from '../api.ts'
import { useWords } from '../context.tsx'
import { useDoing } from './action.tsx'
import { FailureNote } from './failure.tsx'
import { LinkedText, OutsideLink } from './outside-link.tsx'

/** Providers that are signed in to with a browser, as the words know them. */
type BrowserProvider = 'google' | 'microsoft'

export function browserProvider(provider: string): BrowserProvider {
  return provider === 'microsoft' ? 'microsoft' : 'google'
}

export interface ConnectBrowserProps {
  readonly found: Discovery
  readonly signIn: NonNullable<Discovery['signIn']>
  readonly onAdded: (account: string) => void
  readonly onMailOnly: () => void
}

export function ConnectBrowser({ found, signIn, onAdded, onMailOnly }: ConnectBrowserProps) {
  const { t } = useWords()
  const provider = browserProvider(signIn.provider)
  const [registration, setRegistration] = useState<string | null>(null)
  // Who agreed once is not asked again for the next try.
  const keeping = useState<Keep>('keyring')
  const { isThere: isRegistered } = signIn.registration
  return (
    <div class="connect-form">
      <p>{t(`connect.${provider}.more`)}</p>
      {!isRegistered && <Registration provider={provider} need={signIn.registration} onGiven={setRegistration} />}
      {(isRegistered || registration !== null) && (
        <BrowserSignIn provider={provider} registration={registration} account={null} keeping={keeping} onDone={onAdded} />
      )}
      {found.connections.some(({ services }) => services.includes('mail')) && (
        <button type="button" class="link" onClick={onMailOnly}>
          {t('connect.mailOnly')}
        </button>
      )}
    </div>
  )
}

interface RegistrationProps {
  readonly provider: BrowserProvider
  readonly need: RegistrationNeed
  readonly onGiven: (registration: string | null) => void
}

/** What a person does once, because nobody registered this program there for all. */
function Registration({ provider, need, onGiven }: RegistrationProps) {
  const { t, language } = useWords()
  const id = useId()
  return (
    <div class="how-to">
      <h3>{t(`connect.${provider}.register`)}</h3>
      <p class="soft">{t(`connect.${provider}.registerMore`)}</p>
      <ol>
        {need.steps[language].map((step) => (
          <li key={step}>
            <LinkedText text={step} />
          </li>
        ))}
      </ol>
      <div class="labelled">
        <label for={id}>{t(`connect.${provider}.given`)}</label>
        {need.given === 'file' ? (
          <input
            id={id}
            class="field"
            type="file"
            accept=".json,application/json"
            aria-describedby={`${id}-hint`}
            onChange={(event) => void event.currentTarget.files?.[0]?.text().then(onGiven)}
          />
        ) : (
          <input
            id={id}
            class="field"
            autocomplete="off"
            spellcheck={false}
            aria-describedby={`${id}-hint`}
            onInput={(event) => onGiven(event.currentTarget.value.trim() || null)}
          />
        )}
        <span class="faint" id={`${id}-hint`}>
          {t(`connect.${provider}.givenHint`)}
        </span>
      </div>
    </div>
  )
}

export type Keep = 'keyring' | 'file'

interface BrowserSignInProps {
  readonly provider: BrowserProvider
  /** What the provider gave for it; null: what came with the program, or is known already. */
  readonly registration: string | null
  /** An account that signs in anew, and keeps that where it kept the last; null: a new one. */
  readonly account: string | null
  readonly keeping: readonly [Keep, (keep: Keep) => void]
  readonly onDone: (account: string) => void
}

/** Milliseconds between two looks whether the person has come back. */
const lookEvery = 700

export function BrowserSignIn({ provider, registration, account, keeping: [keep, setKeep], onDone }: BrowserSignInProps) {
  const { t } = useWords()
  const [state, setState] = useState<SignInState | null>(null)
  const beginning = useDoing()
  const id = state?.id
  const isOver = state?.state === 'done' || state?.state === 'failed'
  useEffect(() => {
    if (id === undefined || isOver) return
    let current = true
    const look = () =>
      void get<SignInState>(`/sign-ins/${id}`).then(
        (now) => current && setState(now),
        () => undefined,
      )
    const timer = setInterval(look, lookEvery)
    return () => {
      current = false
      clearInterval(timer)
    }
  }, [id, isOver])
  useEffect(() => {
    if (state?.state === 'done' && state.account !== null) onDone(state.account)
  }, [state])
  const start = async (place: Keep) => {
    setKeep(place)
    const request = { provider, clientFile: registration, keep: place, ...(account === null ? {} : { account }) }
    await beginning.run(async () => setState(await post<SignInState>('/sign-ins', request)))
  }
  // Nothing went wrong: the person is back where they were, and may begin anew.
  const cancel = async (running: string) => {
    setState(null)
    await post(`/sign-ins/${running}/cancel`).catch(() => undefined)
  }
  const needsFile = state?.failure?.code === 'unsupported' && /keyring/.test(state.failure.message) && keep === 'keyring'
  return (
    <div class="browser-sign-in">
      <p class="soft">{t(`connect.${provider}.warning`)}</p>
      {state?.url && !isOver ? (
        <>
          <div class="row">
            <OutsideLink href={state.url} class="button primary">
              {t('connect.openPage')}
            </OutsideLink>
            <button type="button" class="button quiet" onClick={() => void cancel(state.id)}>
              {t('action.cancel')}
            </button>
          </div>
          <p class="soft" role="status">
            {t('connect.waiting')}
          </p>
        </>
      ) : (
        !needsFile && (
          <button type="button" class="button primary" onClick={() => void start(keep)}>
            <Icon name="contacts" />
            {t(`connect.${provider}`)}
          </button>
        )
      )}
      {beginning.failure && <FailureNote failure={beginning.failure} />}
      {state?.failure && !needsFile && (
        <FailureNote
          failure={state.failure}
          advice={['auth', 'permission', 'cancelled'].includes(state.failure.code) ? t(`connect.${provider}.again`) : null}
        />
      )}
      {needsFile && (
        <div class="notice" role="alert">
          <div>
            <p class="strong">{t('connect.keepFile')}</p>
            <p>{t('connect.keepFileText')}</p>
            <div class="row">
              <button type="button" class="button primary" onClick={() => void start('file')}>
                {t('connect.keepFileYes')}
              </button>
            </div>
          </div>
        </div>
      )}
    </div>
  )
}
