/** A part that cannot be shown must not take the rest of the page with it. */
import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import { Unreadable } from './empty.tsx'

export interface BoundaryProps {
  readonly children: ComponentChildren
  /** Stands in place of what cannot be shown. */
  readonly otherwise?: (error: unknown) => ComponentChildren
}

/** Give it a `key` that changes with what is shown: it starts anew then. */
export function Boundary({ children, otherwise = () => <Unreadable whole /> }: BoundaryProps) {
  const boundary = useErrorBoundary()
  const error: unknown = boundary[0]
  return error === undefined ? children : otherwise(error)
}
