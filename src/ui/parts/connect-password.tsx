/** The way in with a password: how to get it, where it goes, and trying it. */
import { useState } from 'preact/hooks'
import type { AccountRequest, Discovery } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useWords } from '../context.tsx'
import { useConnecting } from './connecting.tsx'
import { FailureNote } from './failure.tsx'
import { LinkedText, OutsideLink } from './outside-link.tsx'
import { PasswordField } from './password-field.tsx'
import { Said, useSaid } from './said.tsx'

export function ConnectPassword({ found, onAdded }: { readonly found: Discovery; readonly onAdded: (account: string) => void }) {
  const { t } = useWords()
  const [password, setPassword] = useState('')
  const [confirmed, setConfirmed] = useState(found.unconfirmed.length === 0)
  const services = [...new Set(found.connections.flatMap((connection) => connection.services))]
  const request: Omit<AccountRequest, 'keep'> = {
    id: found.address,
    connections: found.connections.map(({ provider, settings }) => ({ provider, settings })),
    password,
  }
  const { doing, connect, question } = useConnecting(request, onAdded)
  return (
    <form
      class="connect-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (password !== '') void connect()
      }}
    >
      <p>{t('connect.holds', { services: services.map((service) => t(`service.${service}`)).join(', ') })}</p>
      {found.notes.map((note) => (
        <p key={note} class="soft">
          <Said text={note} />
        </p>
      ))}
      {found.steps.length > 0 && <Steps found={found} />}
      {confirmed ? (
        <>
          <PasswordField label={t('connect.password')} hint={t('connect.passwordHint')} value={password} onChange={setPassword} />
          {doing.failure && <FailureNote failure={doing.failure} />}
          {question}
          <div class="row">
            <button type="submit" class="button primary" disabled={password === ''} aria-disabled={doing.busy}>
              {t(doing.busy ? 'connect.signingIn' : 'connect.signIn')}
            </button>
          </div>
        </>
      ) : (
        <div class="notice warn">
          <Icon name="warning" />
          <div>
            <p class="strong">{t('connect.confirm')}</p>
            <p>{t('connect.confirmText', { hosts: found.unconfirmed.join(', ') })}</p>
            <div class="row">
              <button type="button" class="button" onClick={() => setConfirmed(true)}>
                {t('connect.confirmYes')}
              </button>
            </div>
          </div>
        </div>
      )}
    </form>
  )
}

function Steps({ found }: { readonly found: Discovery }) {
  const { t } = useWords()
  return (
    <div class="how-to">
      <h3>{t('connect.steps')}</h3>
      <ol>
        {found.steps.map(useSaid()).map(({ text, lang }) => (
          <li key={text} lang={lang}>
            <LinkedText text={text} />
          </li>
        ))}
      </ol>
      {found.pages.map((page) => (
        <p key={page}>
          <OutsideLink href={page}>{t('connect.page')}</OutsideLink>
        </p>
      ))}
    </div>
  )
}
