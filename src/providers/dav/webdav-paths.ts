/** What servers' hrefs (RFC 4918 section 8.3) say about names, and the addresses of names. */

/**
 * The path of an href in segments, each in one canonical spelling: of its octets only unreserved characters (RFC 3986
 * section 2.3) stand for themselves. So hrefs are equal when their segments are, whatever a server likes to escape.
 * What should have been escaped and was not (`#`, `?`, a stray `%`, an umlaut) is part of the name.
 */
export function segmentsOf(href: string): string[] {
  const path = href.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map((segment) => (isCanonical.test(segment) ? segment : encodeOctets(octetsOf(segment))))
}

/** The name that a canonical segment spells. Octets that are no UTF-8 are taken as Windows-1252, in which every octet has a meaning. */
export function nameOf(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return new TextDecoder('windows-1252').decode(octetsOf(segment))
  }
}

/** A segment that would lead elsewhere (`..`, also as `%2e%2e`). */
export function isTraversal(segment: string): boolean {
  return segment === '.' || segment === '..'
}

export function isWithin(folder: readonly string[], segments: readonly string[]): boolean {
  return segments.length >= folder.length && folder.every((segment, n) => segment === segments[n])
}

/** The address of a file or (with `isFolder`) folder below `root`, whose path ends in a slash. */
export function addressOf(root: URL, segments: readonly string[], isFolder: boolean): URL {
  const url = new URL(root)
  url.pathname = `${root.pathname}${segments.join('/')}${isFolder && segments.length > 0 ? '/' : ''}`
  return url
}

function octetsOf(segment: string): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (const match of segment.matchAll(/(?:%[0-9a-f]{2})+/gi)) {
    parts.push(Buffer.from(segment.slice(from, match.index), 'utf8'), Buffer.from(match[0].replaceAll('%', ''), 'hex'))
    from = match.index + match[0].length
  }
  parts.push(Buffer.from(segment.slice(from), 'utf8'))
  return Buffer.concat(parts)
}

/** Nothing but unreserved characters, and escapes of all others. */
const isCanonical = /^(?:[A-Za-z0-9._~-]|%(?!2[DE]|3\d|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])[0-9A-F]{2})*$/
const unreserved = /[A-Za-z0-9._~-]/

const spellings = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet)
  return unreserved.test(character) ? character : `%${octet.toString(16).toUpperCase().padStart(2, '0')}`
})

function encodeOctets(octets: Uint8Array): string {
  let text = ''
  for (const octet of octets) text += spellings[octet] ?? ''
  return text
}
