/** How something ended, in one line. */
import type { ComponentChildren } from 'preact'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useGoingOn } from './watched.ts'

export function EndVerdict({ good, children }: { readonly good: boolean; readonly children: string }) {
  return (
    <EndHeading class={`end-verdict ${good ? 'good' : 'bad'}`}>
      <Icon name={good ? 'check' : 'warning'} />
      {children}
    </EndHeading>
  )
}

/** The focus comes to it from what ran in its place. */
export function EndHeading({ class: look, children }: { readonly class?: string; readonly children: ComponentChildren }) {
  const heading = useGoingOn<HTMLHeadingElement>()
  return (
    <h2 ref={heading} class={look} tabIndex={-1}>
      {children}
    </h2>
  )
}
