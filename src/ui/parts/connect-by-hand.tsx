/** Servers that a person names, or a copy that there is already. */
import { useState } from 'preact/hooks'
import type { AccountRequest, JsonObject } from '../../api/desktop/contract.ts'
import { useWords } from '../context.tsx'
import type { WordKey } from '../words.ts'
import { useConnecting } from './connecting.tsx'
import { FailureNote } from './failure.tsx'
import { FolderField } from './folder-field.tsx'
import { PasswordField } from './password-field.tsx'

interface Fields {
  readonly user: string
  readonly host: string
  readonly port: string
  readonly security: 'tls' | 'starttls' | 'none'
  readonly carddav: string
  readonly caldav: string
  readonly webdav: string
  readonly password: string
  readonly path: string
}

const usualPorts = { tls: '993', starttls: '143', none: '143' } as const

interface ByHandProps {
  readonly address: string
  /** A file or folder that is there already; '' for servers. */
  readonly copy?: string
  readonly onAdded: (account: string) => void
}

export function ByHand({ address, copy = '', onAdded }: ByHandProps) {
  const { t } = useWords()
  const [name, setName] = useState(address)
  const [isCopy, setIsCopy] = useState(copy !== '')
  const [missing, setMissing] = useState<WordKey | null>(null)
  const [fields, setFields] = useState<Fields>({
    ...{ user: address, host: '', port: '993', security: 'tls', carddav: '', caldav: '', webdav: '', password: '', path: copy },
  })
  const set = (change: Partial<Fields>) => setFields({ ...fields, ...change })
  const { doing, connect, question } = useConnecting(isCopy ? copyRequest(name, fields) : serverRequest(name, fields), onAdded)
  const submit = () => {
    const first = missingIn(isCopy, fields)
    setMissing(first)
    if (first === null) void connect()
  }
  return (
    <form
      class="connect-form"
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <h2>{t('hand.title')}</h2>
      <label class="choice">
        <input type="checkbox" checked={isCopy} onChange={(event) => setIsCopy(event.currentTarget.checked)} />
        <span>
          <b>{t('hand.archive')}</b>
          <span class="faint line">{t('hand.archiveMore')}</span>
        </span>
      </label>
      <label class="labelled">
        <span>{t('hand.name')}</span>
        <input class="field" autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      {isCopy ? (
        <FolderField label={t('hand.path')} value={fields.path} onChange={(path) => set({ path })} />
      ) : (
        <ServerFields fields={fields} set={set} />
      )}
      {missing && (
        <p class="bad" role="alert">
          {t(missing)}
        </p>
      )}
      {doing.failure && <FailureNote failure={doing.failure} />}
      {question}
      <div class="row">
        <button type="submit" class="button primary" aria-disabled={doing.busy}>
          {t(isCopy ? 'hand.useCopy' : doing.busy ? 'connect.signingIn' : 'connect.signIn')}
        </button>
      </div>
    </form>
  )
}

const securities = ['tls', 'starttls', 'none'] as const

interface ServerFieldsProps {
  readonly fields: Fields
  readonly set: (change: Partial<Fields>) => void
}

function ServerFields({ fields, set }: ServerFieldsProps) {
  const { t } = useWords()
  const text = (key: 'user' | 'host' | 'port' | 'carddav' | 'caldav' | 'webdav', label: string, hint = '') => (
    <label class="labelled grow">
      <span>
        {label} {hint && <span class="faint">{hint}</span>}
      </span>
      <input
        class="field"
        autocomplete="off"
        spellcheck={false}
        value={fields[key]}
        onInput={(event) => set({ [key]: event.currentTarget.value })}
      />
    </label>
  )
  return (
    <>
      <div class="row fields">
        {text('host', t('hand.imap'))}
        <label class="labelled">
          <span>{t('hand.security')}</span>
          <select
            class="field"
            value={fields.security}
            onChange={(event) => {
              const security = securities.find((known) => known === event.currentTarget.value) ?? 'tls'
              set({ security, port: usualPorts[security] })
            }}
          >
            {securities.map((security) => (
              <option key={security} value={security}>
                {t(`hand.${security}`)}
              </option>
            ))}
          </select>
        </label>
        {text('port', t('hand.port'))}
      </div>
      <p class="faint">{t('hand.imapHint')}</p>
      {text('user', t('hand.user'))}
      {text('carddav', t('hand.carddav'), t('hand.optional'))}
      {text('caldav', t('hand.caldav'), t('hand.optional'))}
      {text('webdav', t('hand.webdav'), t('hand.optional'))}
      <PasswordField
        label={t('connect.password')}
        hint={t('connect.passwordHint')}
        value={fields.password}
        onChange={(password) => set({ password })}
      />
    </>
  )
}

/** What is to be filled in first; null: nothing. */
function missingIn(isCopy: boolean, { path, host, carddav, caldav, webdav, user, port }: Fields): WordKey | null {
  if (isCopy) return path.trim() === '' ? 'hand.noPath' : null
  if ([host, carddav, caldav, webdav].every((value) => value.trim() === '')) return 'hand.nothing'
  if (user.trim() === '') return 'hand.noUser'
  return host.trim() !== '' && !/^\d{1,5}$/.test(port.trim()) ? 'hand.noPort' : null
}

function serverRequest(
  name: string,
  { user, host, port, security, carddav, caldav, webdav, password }: Fields,
): Omit<AccountRequest, 'keep'> {
  const id = name.trim() || user.trim()
  const dav: JsonObject = { ...url('carddav', carddav), ...url('caldav', caldav), ...url('webdav', webdav) }
  const connections = [
    ...(host.trim() === ''
      ? []
      : [{ provider: 'imap', settings: { host: host.trim(), port: Number(port), security, user: user.trim() } }]),
    ...(Object.keys(dav).length === 0 ? [] : [{ provider: 'dav', settings: { ...dav, user: user.trim() } }]),
  ]
  return { id, connections, password }
}

function copyRequest(name: string, { path }: Fields): Omit<AccountRequest, 'keep'> {
  const id = name.trim() || (path.split(/[\\/]/).findLast((part) => part !== '') ?? '')
  return { id, connections: [{ provider: 'archive', settings: { path: path.trim() } }] }
}

/** A name alone stands for the server of that name. */
function url(name: string, text: string): JsonObject {
  const address = text.trim()
  if (address === '') return {}
  return { [name]: /^\w+:\/\//.test(address) ? address : `https://${address}` }
}
