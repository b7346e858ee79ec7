/** Adds an account and tries it; asks before a password goes into a file. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { AccountRequest, AddedAccount } from '../../api/desktop/contract.ts'
import { ApiFailure, post } from '../api.ts'
import { useWords } from '../context.tsx'
import { type Doing, useDoing } from './action.tsx'

export interface Connecting {
  readonly doing: Doing
  connect(): Promise<void>
  /** To be shown; null while nothing is to be asked. */
  readonly question: ComponentChildren
}

export function useConnecting(request: Omit<AccountRequest, 'keep'>, onAdded: (account: string) => void): Connecting {
  const { t } = useWords()
  const doing = useDoing()
  const [asks, setAsks] = useState(false)
  // Who agreed once is not asked again for the next try.
  const [agreed, setAgreed] = useState<AccountRequest['keep']>('keyring')
  const connect = async (keep: AccountRequest['keep']): Promise<void> => {
    setAsks(false)
    setAgreed(keep)
    let added: AddedAccount | null = null
    await doing.run(async () => {
      try {
        added = await post<AddedAccount>('/connect', { ...request, keep })
      } catch (error) {
        // The password store of the system cannot be reached: there is another place, if the person agrees.
        const isKeyring =
          error instanceof ApiFailure && error.failure.code === 'unsupported' && /keyring/.test(error.failure.message)
        if (!isKeyring || keep === 'file') throw error
        setAsks(true)
      }
    })
    if (added !== null) onAdded((added as AddedAccount).id)
  }
  return {
    doing,
    connect: () => connect(agreed),
    question: asks && (
      <div class="notice" role="alert">
        <div>
          <p class="strong">{t('connect.keepFile')}</p>
          <p>{t('connect.keepFileText')}</p>
          <div class="row">
            <button type="button" class="button primary" aria-disabled={doing.busy} onClick={() => void connect('file')}>
              {t('connect.keepFileYes')}
            </button>
          </div>
        </div>
      </div>
    ),
  }
}
