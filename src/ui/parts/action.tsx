/** A button whose work may fail: it waits, and says so beside it. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { FailureText } from '../../api/desktop/contract.ts'
import { failureOf } from '../api.ts'
import { FailureNote } from './failure.tsx'

export interface Doing {
  readonly busy: boolean
  readonly failure: FailureText | null
  /** Runs the work; a second call while it runs does nothing. Answers whether it worked. */
  run(work: () => Promise<unknown>): Promise<boolean>
  clear(): void
}

export function useDoing(): Doing {
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<FailureText | null>(null)
  return {
    busy,
    failure,
    clear: () => setFailure(null),
    async run(work) {
      if (busy) return false
      setBusy(true)
      setFailure(null)
      try {
        await work()
        return true
      } catch (error) {
        setFailure(failureOf(error))
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}

export interface ActionProps {
  readonly work: () => Promise<unknown>
  readonly primary?: boolean
  readonly quiet?: boolean
  readonly children: ComponentChildren
}

export function Action({ work, primary, quiet, children }: ActionProps) {
  const doing = useDoing()
  return (
    <>
      <button
        type="button"
        class={`button ${primary ? 'primary' : ''} ${quiet ? 'quiet' : ''}`}
        aria-disabled={doing.busy}
        onClick={() => void doing.run(work)}
      >
        {children}
      </button>
      {doing.failure && <FailureNote failure={doing.failure} />}
    </>
  )
}
