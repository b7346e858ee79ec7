/** A button whose work may fail: it waits, and says so beside it. */
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { FailureText } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
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
  /** Said beside it once it worked, where nothing else shows that it did. */
  readonly worked?: string
  readonly children: ComponentChildren
}

export function Action({ work, primary, quiet, worked, children }: ActionProps) {
  const doing = useDoing()
  const [isDone, setIsDone] = useState(false)
  return (
    <>
      <button
        type="button"
        class={`button ${primary ? 'primary' : ''} ${quiet ? 'quiet' : ''}`}
        aria-disabled={doing.busy}
        onClick={() => {
          setIsDone(false)
          void doing.run(work).then(setIsDone)
        }}
      >
        {children}
      </button>
      {worked && (
        <span class="worked" role="status">
          {isDone && (
            <>
              <Icon name="check" />
              {worked}
            </>
          )}
        </span>
      )}
      {doing.failure && <FailureNote failure={doing.failure} />}
    </>
  )
}
