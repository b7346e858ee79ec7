/**
 * Octets in a classic script: the only way a page opened from a disk can read a file without being asked. The file is
 * read as `x-user-defined`, in which each octet is one character; so it is hardly larger than what it holds.
 */

/** What stands behind the backslash for an octet that must be escaped (`"`, `\`, LF, CR), else 0. */
const escaped = new Uint8Array(256)
escaped[0x22] = 0x22
escaped[0x5c] = 0x5c
escaped[0x0a] = 0x6e
escaped[0x0d] = 0x72

/** `V("id","…")` and a line end. Only what would end the string is escaped. `content`: compressed by gzip. */
export function scriptCall(id: string, content: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`V(${JSON.stringify(id)},"`)
  let escapes = 0
  for (const octet of content) if (escaped[octet] !== 0) escapes++
  const call = new Uint8Array(head.length + content.length + escapes + 3)
  call.set(head)
  let end = head.length
  for (const octet of content) {
    const letter = escaped[octet] ?? 0
    if (letter !== 0) call[end++] = 0x5c
    call[end++] = letter === 0 ? octet : letter
  }
  call.set([0x22, 0x29, 0x0a], end)
  return call
}

/** The octets behind a string of `V`, still compressed. */
export function octetsOf(characters: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(characters.length)
  for (let at = 0; at < octets.length; at++) octets[at] = characters.charCodeAt(at)
  return octets
}

/**
 * The content of a shard from the second argument of `V`.
 * @throws TypeError when it is damaged: gzip checks itself
 */
export function decodeShard(characters: string): Promise<Uint8Array> {
  return decompressed(octetsOf(characters))
}

/** @throws TypeError when it is damaged */
export async function decompressed(octets: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  // Its failure is that of the readable side as well.
  const written = writer.write(octets).then(() => writer.close())
  const [content] = await Promise.all([new Response(readable).arrayBuffer(), written])
  return new Uint8Array(content)
}

/** What a file's calls hold, still compressed, as a script would get it; for readers that are no browser. Throws on anything else. */
export function callsIn(file: Uint8Array): Map<string, Uint8Array<ArrayBuffer>> {
  const calls = new Map<string, Uint8Array<ArrayBuffer>>()
  let at = 0
  while (at < file.length) {
    const text = String.fromCharCode(...file.subarray(at, at + 100))
    const [head, id] = /^V\("([a-z0-9.]+)","/.exec(text) ?? []
    if (head === undefined || id === undefined) throw new TypeError('not a viewer shard')
    const { octets, end } = stringAt(file, at + head.length)
    if (file[end] !== 0x29 || file[end + 1] !== 0x0a) throw new TypeError('a viewer shard that is cut')
    calls.set(id, octets)
    at = end + 2
  }
  return calls
}

function stringAt(file: Uint8Array, start: number): { readonly octets: Uint8Array<ArrayBuffer>; readonly end: number } {
  const octets = new Uint8Array(file.length - start)
  let length = 0
  let at = start
  for (; at < file.length && file[at] !== 0x22; at++) {
    let octet = file[at] ?? 0
    if (octet === 0x5c) {
      octet = file[++at] ?? 0
      if (octet === 0x6e) octet = 0x0a
      else if (octet === 0x72) octet = 0x0d
    }
    octets[length++] = octet
  }
  if (at >= file.length) throw new TypeError('a viewer shard that is cut')
  return { octets: octets.slice(0, length), end: at + 1 }
}
