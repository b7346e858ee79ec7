/** Links that leave Lifeboat: to providers' own pages, in a new tab, and nothing of ours goes along. */
import type { ComponentChildren } from 'preact'
import { useWords } from '../context.tsx'

export function OutsideLink({
  href,
  class: extra,
  children,
}: {
  readonly href: string
  readonly class?: string
  readonly children: ComponentChildren
}) {
  const { t } = useWords()
  return (
    <a href={href} class={extra} target="_blank" rel="noopener noreferrer">
      {children}
      <span class="hidden-text"> ({t('window.newTab')})</span>
    </a>
  )
}

/** A sentence in which addresses of pages can be opened; of each, what a person can read. */
export function LinkedText({ text }: { readonly text: string }) {
  return (
    <>
      {text.split(/(https:\/\/[^\s()]+[^\s,().])/).map((part, at) =>
        part.startsWith('https://') ? (
          <OutsideLink key={at} href={part}>
            {part.replace(/^https:\/\//, '').replace(/[?#].*$|\/$/, '')}
          </OutsideLink>
        ) : (
          part
        ),
      )}
    </>
  )
}
