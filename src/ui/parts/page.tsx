/** What every screen begins with: its heading, which takes the focus, so that a screen reader says where one is. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface PageProps {
  readonly title: ComponentChildren
  readonly lead?: ComponentChildren
  readonly narrow?: boolean
  readonly children: ComponentChildren
}

export function Page({ title, lead, narrow, children }: PageProps) {
  return (
    <div class={`page ${narrow ? 'narrow' : ''}`}>
      <div class="page-head">
        <div>
          <Heading>{title}</Heading>
          {lead && <p>{lead}</p>}
        </div>
      </div>
      {children}
    </div>
  )
}

export function Heading({ children }: { readonly children: ComponentChildren }) {
  const element = useRef<HTMLHeadingElement>(null)
  // With the screen itself, not a frame later: by then the person may be in a field.
  useLayoutEffect(() => {
    // At the very first screen the focus stays where the browser put it.
    if (document.body.dataset['moved']) element.current?.focus({ preventScroll: true })
    document.body.dataset['moved'] = 'yes'
  }, [])
  return (
    <h1 ref={element} tabIndex={-1}>
      {children}
    </h1>
  )
}
