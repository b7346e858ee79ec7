/** A part that cannot be shown must not take the rest of the page with it. */
import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import { Unreadable } from './empty.tsx'

/** Give it a `key` that changes with what is shown: it starts anew then. */
export function Boundary({ children }: { readonly children: ComponentChildren }) {
  const boundary = useErrorBoundary()
  const error: unknown = boundary[0]
  return error === undefined ? children : <Unreadable />
}
