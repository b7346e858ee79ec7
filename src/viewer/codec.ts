/**
 * Octets in a classic script: the only way a page opened from a disk can read a file without being asked. The file is
 * read as `x-user-defined`, in which each octet is one character; so it is hardly larger than what it holds. The octets stand
 * in a comment inside a function that is never called, and are read out of its text: of a string the browser would keep two
 * copies more, and would look at each of its characters three times.
 */

/** Stands after every `*` among the octets, so that nothing ends the comment. */
const dot = 0x2e
const star = 0x2a

const opening = '()=>{/*'
const closing = '*/})\n'

/** `V("id",()=>{/*…*\/})` and a line end. `content`: compressed by gzip. */
export function scriptCall(id: string, content: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`V(${JSON.stringify(id)},${opening}`)
  let stars = 0
  for (const octet of content) if (octet === star) stars++
  const call = new Uint8Array(head.length + content.length + stars + closing.length)
  call.set(head)
  let end = head.length
  for (const octet of content) {
    call[end++] = octet
    if (octet === star) call[end++] = dot
  }
  call.set(new TextEncoder().encode(closing), end)
  return call
}

/** The octets behind a function that `V` was given, still compressed. */
export function octetsOf(holder: () => void): Uint8Array<ArrayBuffer> {
  const text = holder.toString()
  const octets = new Uint8Array(text.length)
  let length = 0
  for (let at = opening.length; at < text.length - 3; at++) {
    const octet = text.charCodeAt(at) & 0xff
    octets[length++] = octet
    if (octet === star) at++
  }
  return octets.subarray(0, length)
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
    const [head, id] = /^V\("([a-z0-9.]+)",\(\)=>\{\/\*/.exec(text) ?? []
    if (head === undefined || id === undefined) throw new TypeError('not a viewer shard')
    const { octets, end } = commentAt(file, at + head.length)
    for (let n = 0; n < closing.length; n++)
      if (file[end + n] !== closing.charCodeAt(n)) throw new TypeError('a viewer shard that is cut')
    calls.set(id, octets)
    at = end + closing.length
  }
  return calls
}

/** `end`: of the star that ends the comment. */
function commentAt(file: Uint8Array, start: number): { readonly octets: Uint8Array<ArrayBuffer>; readonly end: number } {
  const stars: number[] = []
  let end = file.indexOf(star, start)
  while (end >= 0 && file[end + 1] === dot) {
    stars.push(end)
    end = file.indexOf(star, end + 2)
  }
  if (end < 0) throw new TypeError('a viewer shard that is cut')
  const octets = new Uint8Array(end - start - stars.length)
  let length = 0
  let at = start
  for (const one of [...stars, end - 1]) {
    octets.set(file.subarray(at, one + 1), length)
    length += one + 1 - at
    at = one + 2
  }
  return { octets, end }
}
