/** Which addresses a person may be led to, and where they stand in plain text. */

export interface LinkTarget {
  /** The address as it will be opened. */
  readonly url: string
  /** Host or mail address: what decides where one ends up, in its ASCII spelling. */
  readonly destination: string
  /** The host in its ASCII spelling looks different from what was written. */
  readonly international: boolean
}

/** The schemes that leave this page for the web or a mail program. Everything else (file:, javascript:, data:, UNC) is dead. */
const allowed = new Set(['http:', 'https:', 'mailto:'])

/** @returns null for an address that must not be opened, also for a relative one: it would mean a file on the disk */
export function linkTarget(address: string): LinkTarget | null {
  const text = address.replaceAll(/[\u0000-\u0020]/g, (char) => (char === ' ' ? ' ' : '')).trim()
  if (!/^(?:https?:\/\/|mailto:)/i.test(text)) return null
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return null
  }
  if (!allowed.has(url.protocol)) return null
  if (url.protocol === 'mailto:') {
    withoutFiles(url)
    return { url: url.href, destination: decoded(url.pathname), international: false }
  }
  if (url.username || url.password) {
    // `https://bank.example@evil.example/`: what stands before the @ only deceives.
    url.username = ''
    url.password = ''
  }
  return {
    url: url.href,
    destination: url.host,
    international: url.hostname.split('.').some((label) => label.startsWith('xn--')),
  }
}

/** Some mail programs attach the file of the computer that such a link names. */
function withoutFiles(mail: URL): void {
  const kept = mail.search
    .slice(1)
    .split('&')
    .filter((part) => !/^attach/i.test(decoded(part)))
  mail.search = kept.join('&')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export interface TextPiece {
  readonly text: string
  readonly link?: string
}

const candidate =
  /\b(?:https?:\/\/[^\s<>"'`\u00ab\u00bb\u201c-\u201e]{1,2000}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})/giu

/** The text cut into links and what stands between; together the pieces are the text. */
export function linkify(text: string): TextPiece[] {
  const pieces: TextPiece[] = []
  let end = 0
  for (const match of text.matchAll(candidate)) {
    const found = withoutTail(match[0])
    const target = found.includes('://') ? found : `mailto:${found}`
    if (!linkTarget(target)) continue
    if (match.index > end) pieces.push({ text: text.slice(end, match.index) })
    pieces.push({ text: found, link: target })
    end = match.index + found.length
  }
  if (end < text.length) pieces.push({ text: text.slice(end) })
  return pieces
}

/** Punctuation that ends the sentence, not the address; a closing bracket belongs to it when one was opened in it. */
function withoutTail(address: string): string {
  let text = address
  for (;;) {
    const last = text.at(-1) ?? ''
    const opening = last === ')' ? '(' : last === ']' ? '[' : ''
    const unbalanced = opening !== '' && text.split(last).length > text.split(opening).length
    if (!unbalanced && !/[.,;:!?*_~]/.test(last)) return text
    text = text.slice(0, -1)
  }
}
