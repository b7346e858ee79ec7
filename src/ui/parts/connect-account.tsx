/** From an address to a connected account: what is found decides what is asked for. */
import { useId, useState } from 'preact/hooks'
import type { Discovery } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { post } from '../api.ts'
import { useWords } from '../context.tsx'
import { useDoing } from './action.tsx'
import { ConnectBrowser } from './connect-browser.tsx'
import { ByHand } from './connect-by-hand.tsx'
import { ConnectPassword } from './connect-password.tsx'
import { FailureNote } from './failure.tsx'
import { Said } from './said.tsx'

export interface ConnectProps {
  readonly onAdded: (account: string) => void
}

type Way = 'found' | 'hand' | 'mail-only'

/** `copy`: a file or folder to keep, which somebody opened with Lifeboat; '' for none. */
export function ConnectAccount({ copy = '', onAdded }: ConnectProps & { readonly copy?: string }) {
  const { t } = useWords()
  const [address, setAddress] = useState('')
  const [wrong, setWrong] = useState(false)
  const [found, setFound] = useState<Discovery | null>(null)
  const [way, setWay] = useState<Way>('found')
  const doing = useDoing()
  const hint = useId()
  const find = () => {
    const isAddress = /^[^\s@]+@[^\s@]+$/.test(address.trim())
    setWrong(!isAddress)
    if (isAddress) {
      void doing.run(async () => {
        const discovery = await post<Discovery>('/discover', { address: address.trim() })
        setFound(discovery)
        setWay(discovery.connections.length === 0 && discovery.signIn === null && discovery.refused === null ? 'hand' : 'found')
      })
    }
  }
  if (copy !== '')
    return (
      <div class="card begin-card">
        <ByHand address="" copy={copy} onAdded={onAdded} />
      </div>
    )
  return (
    <div class="card begin-card">
      <form
        class="address-form"
        novalidate
        onSubmit={(event) => {
          event.preventDefault()
          find()
        }}
      >
        <label class="labelled grow">
          <span>{t('connect.address')}</span>
          <input
            class="field"
            type="email"
            autocomplete="email"
            autofocus
            value={address}
            aria-invalid={wrong}
            aria-describedby={wrong ? hint : undefined}
            onInput={(event) => {
              setAddress(event.currentTarget.value)
              setFound(null)
            }}
          />
        </label>
        <button type="submit" class={`button ${found ? '' : 'primary'}`} aria-disabled={doing.busy}>
          {t('connect.find')}
        </button>
      </form>
      {wrong && (
        <p class="bad" id={hint} role="alert">
          {t('connect.notAddress')}
        </p>
      )}
      <p class="soft" role="status">
        {doing.busy && t('connect.finding')}
      </p>
      {doing.failure && <FailureNote failure={doing.failure} />}
      {found && <Found key={found.address} found={found} way={way} onWay={setWay} onAdded={onAdded} />}
      {!found && !doing.busy && <ByHandLink onWay={() => setFound(unknown(address.trim()))} />}
    </div>
  )
}

function unknown(address: string): Discovery {
  return {
    address,
    providerName: null,
    signIn: null,
    connections: [],
    steps: [],
    pages: [],
    notes: [],
    unconfirmed: [],
    refused: null,
  }
}

interface ByHandLinkProps {
  readonly onWay: () => void
  /** Something was found that may not be meant. */
  readonly instead?: boolean
}

function ByHandLink({ onWay, instead = false }: ByHandLinkProps) {
  const { t } = useWords()
  return (
    <button type="button" class="link" onClick={onWay}>
      {t(instead ? 'connect.other' : 'connect.byHand')}
    </button>
  )
}

interface FoundProps extends ConnectProps {
  readonly found: Discovery
  readonly way: Way
  readonly onWay: (way: Way) => void
}

function Found({ found, way, onWay, onAdded }: FoundProps) {
  const { t } = useWords()
  const nothing = found.connections.length === 0 && found.signIn === null
  if (nothing && found.refused !== null && way !== 'hand') {
    return (
      <>
        <div class="notice warn" role="alert">
          <Icon name="warning" />
          <div>
            <p class="strong">{t('connect.refused')}</p>
            <p>
              <Said text={found.refused} />
            </p>
          </div>
        </div>
        <ByHandLink onWay={() => onWay('hand')} />
      </>
    )
  }
  if (way === 'hand' || nothing) {
    return (
      <>
        {found.address !== '' && nothing && (
          <div class="notice" role="status">
            <Icon name="help" />
            <div>
              <p class="strong">{t('connect.unknown')}</p>
              <p>{t('connect.unknownAdvice')}</p>
            </div>
          </div>
        )}
        <ByHand address={found.address} onAdded={onAdded} />
      </>
    )
  }
  const domain = found.address.slice(found.address.lastIndexOf('@') + 1)
  return (
    <section class="found" aria-labelledby="found">
      <h2 id="found">
        <Icon name="check" />
        {found.providerName ? t('connect.found', { name: found.providerName }) : t('connect.foundServer', { domain })}
      </h2>
      {found.signIn && way === 'found' ? (
        <ConnectBrowser found={found} signIn={found.signIn} onAdded={onAdded} onMailOnly={() => onWay('mail-only')} />
      ) : (
        <ConnectPassword found={found} onAdded={onAdded} />
      )}
      <ByHandLink instead onWay={() => onWay('hand')} />
    </section>
  )
}
