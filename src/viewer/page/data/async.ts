/** Values that arrive later, for components. */
import { useLayoutEffect, useState } from 'preact/hooks'

export type Later<T> =
  | { readonly state: 'loading' }
  | { readonly state: 'failed'; readonly error: unknown }
  | { readonly state: 'ready'; readonly value: T }

/** Loads again whenever one of `inputs` changes; an older answer that comes late is dropped. */
export function useLater<T>(load: () => Promise<T>, inputs: readonly unknown[]): Later<T> {
  const [later, setLater] = useState<{ readonly inputs: readonly unknown[]; readonly later: Later<T> } | null>(null)
  // At once, not after the next frame.
  useLayoutEffect(() => {
    let current = true
    load().then(
      (value) => current && setLater({ inputs, later: { state: 'ready', value } }),
      (error: unknown) => current && setLater({ inputs, later: { state: 'failed', error } }),
    )
    return () => {
      current = false
    }
  }, [...inputs])
  if (!later || later.inputs.length !== inputs.length || later.inputs.some((input, at) => input !== inputs[at]))
    return { state: 'loading' }
  return later.later
}

export function arrived<T>(later: Later<T>): T | null {
  return later.state === 'ready' ? later.value : null
}
