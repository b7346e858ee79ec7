/**
 * The HTML of a message made harmless: DOMPurify, then a last pass over what it left. Nothing in the result names anything
 * outside the message: links wait in `data-link` (a browser would look up their hosts ahead of a click), pictures are only
 * those that came with the message, styles cannot fetch.
 */
import createDOMPurify from 'dompurify'
import { textOfHtml } from '../../../formats/html-text.ts'

export interface CleanHtml {
  readonly html: string
  /** Addresses of the links, in order, as written. */
  readonly links: readonly string[]
  /** Pictures and the like that would have had to be fetched. */
  readonly remote: number
  /** Content-IDs of pictures of the message itself that were not given. */
  readonly missing: readonly string[]
}

/** Content-ID without brackets → `blob:` or `data:` address. */
export type InlinePictures = ReadonlyMap<string, string>

const forbiddenTags = [
  'base',
  'link',
  'meta',
  'script',
  'iframe',
  'frame',
  'frameset',
  'object',
  'embed',
  'applet',
  'form',
  'input',
  'button',
  'textarea',
  'select',
  'option',
  'svg',
  'math',
  'template',
  'noscript',
  'portal',
  'audio',
  'video',
  'source',
  'track',
  'picture',
  'dialog',
  'slot',
]
const keptAttributes = [
  'abbr',
  'align',
  'alt',
  'axis',
  'bgcolor',
  'border',
  'cellpadding',
  'cellspacing',
  'char',
  'charoff',
  'class',
  'clear',
  'color',
  'cols',
  'colspan',
  'compact',
  'coords',
  'data-link',
  'data-remote',
  'datetime',
  'dir',
  'face',
  'headers',
  'height',
  'href',
  'hspace',
  'id',
  'lang',
  'nowrap',
  'noshade',
  'open',
  'reversed',
  'role',
  'rows',
  'rowspan',
  'rules',
  'scope',
  'shape',
  'size',
  'span',
  'src',
  'start',
  'style',
  'summary',
  'tabindex',
  'title',
  'type',
  'valign',
  'value',
  'vspace',
  'width',
  'wrap',
]

/** Creates the sanitiser once: it needs a window. */
const purifier = createDOMPurify(window)

export function cleanHtml(source: string, pictures: InlinePictures): CleanHtml {
  const body = purifier.sanitize(source, {
    RETURN_DOM: true,
    WHOLE_DOCUMENT: false,
    FORBID_TAGS: forbiddenTags,
    ALLOWED_ATTR: keptAttributes,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOW_UNKNOWN_PROTOCOLS: true,
    SANITIZE_NAMED_PROPS: true,
    FORCE_BODY: true,
  }) as HTMLElement | null
  // A frameset in place of a body: nothing is left but its words.
  if (!body) return { html: escaped(textOfHtml(source)), links: [], remote: 0, missing: [] }
  const outcome = { links: [] as string[], remote: 0, missing: new Set<string>() }
  for (const element of body.querySelectorAll('*')) tame(element, pictures, outcome)
  return { html: body.innerHTML, links: outcome.links, remote: outcome.remote, missing: [...outcome.missing] }
}

function escaped(text: string): string {
  const box = document.createElement('pre')
  box.textContent = text
  return box.outerHTML
}

interface Outcome {
  links: string[]
  remote: number
  missing: Set<string>
}

function tame(element: Element, pictures: InlinePictures, outcome: Outcome): void {
  if (element.localName === 'style') {
    element.textContent = tameStyle(element.textContent ?? '', pictures, outcome)
    return
  }
  const href = element.getAttribute('href')
  element.removeAttribute('href')
  element.removeAttribute('data-link')
  element.removeAttribute('tabindex')
  element.removeAttribute('role')
  if (href !== null && (element.localName === 'a' || element.localName === 'area')) tameLink(element, href, outcome)
  const src = element.getAttribute('src')
  element.removeAttribute('src')
  if (src !== null && element.localName === 'img') tamePicture(element, src, pictures, outcome)
  const style = element.getAttribute('style')
  if (style !== null) element.setAttribute('style', tameStyle(style, pictures, outcome))
}

function tameLink(element: Element, href: string, outcome: Outcome): void {
  const address = href.trim()
  if (address === '' || address.startsWith('#')) return
  element.setAttribute('data-link', address)
  element.setAttribute('tabindex', '0')
  element.setAttribute('role', 'link')
  outcome.links.push(address)
}

function tamePicture(element: Element, src: string, pictures: InlinePictures, outcome: Outcome): void {
  const cid = /^\s*cid:(.*)$/is.exec(src)?.[1]
  if (cid !== undefined) {
    const key = contentId(cid)
    const found = pictures.get(key)
    if (found) element.setAttribute('src', found)
    else outcome.missing.add(key)
  } else if (/^\s*data:image\/(?:png|jpe?g|gif|webp|bmp|avif|x-icon)[;,]/i.test(src)) {
    element.setAttribute('src', src.trim())
    return
  } else {
    outcome.remote++
  }
  if (!element.hasAttribute('src')) element.setAttribute('data-remote', '')
}

function contentId(text: string): string {
  let id = text.trim()
  try {
    id = decodeURIComponent(id)
  } catch {
    // A percent sign that is only a percent sign.
  }
  return id.replace(/^<|>$/g, '')
}

/** CSS escapes can spell any name differently, so they are read first. */
function unescapeCss(css: string): string {
  return css.replaceAll(/\\(?:([0-9a-f]{1,6})[ \t\r\n\f]?|([^\n]))/gi, (_, hex: string | undefined, char: string | undefined) =>
    hex === undefined ? (char ?? '') : codePoint(Number.parseInt(hex, 16)),
  )
}

const codePoint = (code: number): string => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd')

const fetching =
  /url\s*\(|image-set\s*\(|image\s*\(|cross-fade\s*\(|src\s*\(|@import|@font-face|@namespace|@charset|expression\s*\(|-moz-binding|behavior\s*:/i

/** Without everything that fetches; a style that hides such a thing behind escapes or comments is dropped whole. */
function tameStyle(css: string, pictures: InlinePictures, outcome: Outcome): string {
  // The mark is ours alone.
  const plain = css.replaceAll('\u0001', '').replaceAll(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
  const tamed = plain
    .replaceAll(/@import[^;{}]*;?/gi, () => {
      outcome.remote++
      return ''
    })
    .replaceAll(/@font-face\s*\{[^}]*\}?/gi, '')
    .replaceAll(/url\s*\(\s*(?:"([^"]*)"|'([^']*)'|([^)'"]*))\s*\)/gi, (_, a?: string, b?: string, c?: string) => {
      const address = (a ?? b ?? c ?? '').trim()
      const cid = /^cid:(.*)$/is.exec(address)?.[1]
      const found = cid === undefined ? undefined : pictures.get(contentId(cid))
      if (found) return `\u0001${found}\u0001`
      outcome.remote++
      return 'none'
    })
  if (fetching.test(unescapeCss(tamed)) || /<\/|<!/.test(tamed)) return ''
  return tamed.replaceAll(/\u0001([^\u0001]*)\u0001/g, (_, address: string) => `url("${address.replaceAll(/["\\\n]/g, '')}")`)
}
