/** An HTML message in its cage: cleaned, in a sandboxed frame with a policy of its own; links only ask. */

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { cleanHtml, type InlinePictures } from '../safe/clean-html.ts'
import { frameSandbox, messageDocument } from '../safe/message-document.ts'
import { visibleName } from '../safe/visible-text.ts'
import { Icon } from './icon.tsx'
import { LinkDialog } from './link-dialog.tsx'
import { onPrinting } from './printing.ts'
import type { Marker } from './text.tsx'

export interface HtmlFrameProps {
  readonly html: string
  readonly pictures: InlinePictures
  /** Content-IDs of what stands among the attachments. */
  readonly attached: ReadonlySet<string>
  readonly title: string
  readonly marks?: Marker | undefined
}

export function HtmlFrame({ html, pictures, attached, title, marks }: HtmlFrameProps) {
  const { t, language } = useSpeech()
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState(240)
  const [link, setLink] = useState<string | null>(null)
  const [loaded, setLoaded] = useState(false)
  const clean = useMemo(() => cleanHtml(html, pictures), [html, pictures])
  const below = clean.missing.filter((id) => attached.has(id)).length
  const source = useMemo(() => messageDocument(clean.html, language), [clean, language])

  const prepare = (): void => {
    const inside = frame.current?.contentDocument
    if (!inside) return
    const asked = (event: Event): void => {
      const link = linkOf(event.target)
      if (!link) return
      // Nothing in a message leads anywhere by itself, whatever is left of it.
      event.preventDefault()
      const address = link.getAttribute('data-link')
      if (address !== null) setLink(address)
    }
    inside.addEventListener('click', asked)
    inside.addEventListener('auxclick', asked)
    inside.addEventListener('submit', (event) => event.preventDefault())
    inside.addEventListener('keydown', (event) => event.key === 'Enter' && asked(event))
    if (marks) markDocument(inside, marks)
    const resize = (): void => setHeight(heightOf(inside))
    resize()
    for (const image of inside.images) image.addEventListener('load', resize)
    new ResizeObserver(resize).observe(inside.documentElement)
    setLoaded(true)
  }
  useEffect(() => onPrinting(() => asPrinted(frame.current)), [])
  return (
    <>
      {clean.remote > 0 && (
        <p class="remote-note">
          <Icon name="shield" />
          {t('mail.remote', { n: clean.remote })}
        </p>
      )}
      {below > 0 && (
        <p class="remote-note">
          <Icon name="attachment" />
          {t('mail.picturesBelow', { n: below })}
        </p>
      )}
      <iframe
        ref={frame}
        class="html-frame"
        title={title}
        sandbox={frameSandbox}
        referrerpolicy="no-referrer"
        srcdoc={source}
        style={{ height: `${height}px` }}
        onLoad={prepare}
        data-loaded={loaded}
      />
      {clean.links.length > 0 && <Links links={clean.links} onLink={setLink} />}
      {link !== null && <LinkDialog address={link} onClose={() => setLink(null)} />}
    </>
  )
}

/** CSS pixels that fit beside the margins of A4 and Letter alike. */
const paperWidth = 640

/** As wide as paper, and as tall as its text is then: what is cut off in a window can be scrolled to, on paper it is lost. */
function asPrinted(frame: HTMLIFrameElement | null): () => void {
  const inside = frame?.contentDocument
  if (!frame || !inside) return () => undefined
  const { width, height } = frame.style
  // A frame is never said to need less than it has.
  Object.assign(frame.style, { width: `${paperWidth}px`, height: '0' })
  frame.style.height = `${heightOf(inside)}px`
  return () => Object.assign(frame.style, { width, height })
}

function heightOf(inside: Document): number {
  return Math.min(60_000, Math.max(80, inside.documentElement.scrollHeight))
}

/** The same links in a list: for browsers in which nothing in the frame can be clicked, and for whoever wants to see where they lead. */
function Links({ links, onLink }: { readonly links: readonly string[]; readonly onLink: (address: string) => void }) {
  const { t } = useSpeech()
  const distinct = [...new Set(links)]
  return (
    <details class="links">
      <summary>{t('mail.links', { n: distinct.length })}</summary>
      <ul>
        {distinct.slice(0, 500).map((address) => (
          <li key={address}>
            <button type="button" class="link" onClick={() => onLink(address)}>
              {visibleName(address).slice(0, 300)}
            </button>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** The frame has its own realm: `instanceof` would not know its elements. */
function linkOf(target: EventTarget | null): Element | null {
  const node = target as Partial<Element> | null
  return node?.closest?.('[data-link], a, area, form') ?? null
}

function markDocument(inside: Document, marks: Marker): void {
  const walker = inside.createTreeWalker(inside.body, NodeFilter.SHOW_TEXT)
  const found: { node: Text; index: number; length: number }[] = []
  while (walker.nextNode() && found.length < 500) {
    const node = walker.currentNode as Text
    if (node.parentElement?.localName === 'style') continue
    for (const [index, end] of marks(node.data)) found.push({ node, index, length: end - index })
  }
  for (const { node, index, length } of found.reverse()) {
    const range = inside.createRange()
    range.setStart(node, index)
    range.setEnd(node, index + length)
    const mark = inside.createElement('mark')
    range.surroundContents(mark)
  }
}
