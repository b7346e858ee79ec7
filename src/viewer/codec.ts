/**
 * Octets in a classic script: the only way a page opened from a disk can read a file without being asked. The file is
 * read as `x-user-defined`, in which each octet is one character; so it is hardly larger than what it holds.
 */

/** `V("id","…")` and a line end. Only what would end the string is escaped. `content`: compressed by gzip. */
export function scriptCall(id: string, content: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`V(${JSON.stringify(id)},"`)
  let escapes = 0
  for (const octet of content) if (escaped(octet) !== 0) escapes++
  const call = new Uint8Array(head.length + content.length + escapes + 3)
  call.set(head)
  let end = head.length
  for (const octet of content) {
    const letter = escaped(octet)
    if (letter !== 0) call[end++] = 0x5c
    call[end++] = letter === 0 ? octet : letter
  }
  call.set([0x22, 0x29, 0x0a], end)
  return call
}

/** What stands behind the backslash for an octet that must be escaped (`"`, `\`, LF, CR), else 0. */
function escaped(octet: number): number {
  if (octet === 0x22 || octet === 0x5c) return octet
  if (octet === 0x0a) return 0x6e
  return octet === 0x0d ? 0x72 : 0
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
export async function decodeShard(characters: string): Promise<Uint8Array> {
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  // Its failure is that of the readable side as well.
  const written = writer.write(octetsOf(characters)).then(() => writer.close())
  const [content] = await Promise.all([new Response(readable).arrayBuffer(), written])
  return new Uint8Array(content)
}

/** The calls in a file's octets, as a script would make them; for readers that are no browser. Throws on anything else. */
export function callsIn(file: Uint8Array): Map<string, string> {
  const calls = new Map<string, string>()
  let at = 0
  while (at < file.length) {
    const text = latin1(file.subarray(at, at + 100))
    const [head, id] = /^V\("([a-z0-9.]+)","/.exec(text) ?? []
    if (head === undefined || id === undefined) throw new TypeError('not a viewer shard')
    const { characters, end } = stringAt(file, at + head.length)
    if (file[end] !== 0x29 || file[end + 1] !== 0x0a) throw new TypeError('a viewer shard that is cut')
    calls.set(id, characters)
    at = end + 2
  }
  return calls
}

function stringAt(file: Uint8Array, start: number): { readonly characters: string; readonly end: number } {
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
  return { characters: latin1(octets.subarray(0, length)), end: at + 1 }
}

function latin1(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; at < octets.length; at += 8192) text += String.fromCharCode(...octets.subarray(at, at + 8192))
  return text
}
