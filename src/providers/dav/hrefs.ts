/** hrefs (RFC 4918 section 8.3): absolute or relative, encoded as each server likes, brought into one form. */

/**
 * The path in one spelling, whatever host it is on: octets that need no encoding are decoded, all others encoded in upper
 * case (RFC 3986 section 6.2.2). An encoded slash stays encoded. Null where the href is none.
 */
export function hrefKey(href: string, base: URL): string | null {
  const url = resolveHref(href, base)
  return url === null ? null : keyOf(url)
}

export function keyOf(url: URL): string {
  return canonicalPath(url.pathname) + url.search
}

/** Two slashes at the start name no host: an href is a URL or a path (RFC 4918 section 8.3). */
export function resolveHref(href: string, base: URL): URL | null {
  const text = href.trim().replace(/^\/{2,}/, '/')
  const url = text === '' ? null : URL.parse(text, base.href)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? asEncrypted(url, base) : null
}

/** A server behind a proxy that encrypts for it believes that it is reached without: its own name with `http:` is `base`'s server. */
export function asEncrypted(url: URL, base: URL): URL {
  const isOwnName = url.hostname === base.hostname && (url.port === '' || url.port === base.port)
  return isOwnName && url.protocol === 'http:' && base.protocol === 'https:' ? onServerOf(base, url) : url
}

/** The same path and query there. */
export function onServerOf(server: URL, { pathname, search }: Pick<URL, 'pathname' | 'search'>): URL {
  // Not relative to the server: a path that begins with two slashes would name another host.
  return new URL(server.origin + pathname + search)
}

/** Unreserved characters and those that a path segment may hold as they are (RFC 3986 section 3.3). */
const plain = /[\w.~!$&'()*+,;=:@-]/

export function canonicalPath(path: string): string {
  return path
    .replace(/[^\x21-\x7e]|["<>\\^`{|}]/gu, (character) => encodeURIComponent(character))
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => {
      const character = String.fromCharCode(Number.parseInt(hex, 16))
      return plain.test(character) ? character : `%${hex.toUpperCase()}`
    })
}

/** The last part of a path, decoded, for people to read. */
export function lastName(path: string): string {
  const segment = path.replace(/\/+$/, '').split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** Whether two canonical paths name one collection: the final slash is often left out, and others are doubled. */
export function isSameCollection(a: string, b: string): boolean {
  return collectionPath(a) === collectionPath(b)
}

/** With single slashes, and one at the end. */
export function collectionPath(path: string): string {
  return `${path}/`.replace(/\/{2,}/g, '/')
}
