/**
 * Octets in a classic script: the only way a page opened from a disk can read a file without being asked. The file is read as
 * `windows-1252`, in which each octet is one character; where it means another one than its number says, two characters stand for
 * it, so that none is above 255: of such a text a browser keeps an octet for each, of any other two. The octets stand in a comment
 * inside a function that is never called, and are read out of its text: of a string the browser would keep two copies more, and
 * would look at each of its characters three times.
 */

const tilde = 0x7e
const star = 0x2a
/** What follows a tilde is an octet with this bit changed. */
const changed = 0x40

const opening = '()=>{/*'
const closing = '*/})\n'

/** 1: a tilde and another octet stand for it. A star could end the comment. */
const isSpelled = Uint8Array.from({ length: 256 }, (_, octet) =>
  octet === star || octet === tilde || (octet >= 0x80 && octet <= 0x9f) ? 1 : 0,
)

/** `V("id",()=>{/*…*\/})` and a line end. `content`: compressed by gzip. */
export function scriptCall(id: string, content: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`V(${JSON.stringify(id)},${opening}`)
  // Counted by hand: going through them by `of` takes twice as long.
  let spelled = 0
  for (let at = 0; at < content.length; ) spelled += isSpelled[content[at++] ?? 0] ?? 0
  const call = new Uint8Array(head.length + content.length + spelled + closing.length)
  call.set(head)
  let end = head.length
  for (let at = 0; at < content.length; ) {
    const octet = content[at++] ?? 0
    if (isSpelled[octet] === 0) call[end++] = octet
    else {
      call[end++] = tilde
      call[end++] = octet ^ changed
    }
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
    const octet = text.charCodeAt(at)
    octets[length++] = octet === tilde ? text.charCodeAt(++at) ^ changed : octet
  }
  return octets.subarray(0, length)
}

/** @throws TypeError when it is damaged */
export async function decompressed(octets: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream('gzip')
  const writer = writable.getWriter()
  // Its failure is that of the readable side as well.
  const written = writer.write(octets).then(() => writer.close())
  const [content] = await Promise.all([joined(readable, claimedLength(octets)), written])
  return content
}

/** RFC 1952, section 2.3.1: the last four octets. */
function claimedLength(octets: Uint8Array): number {
  return octets.length < 18 ? 0 : new DataView(octets.buffer, octets.byteOffset).getUint32(octets.length - 4, true)
}

/** Longer contents than anyone writes are not believed before they are there. Octets. */
const believed = 64 * 2 ** 20

async function joined(parts: ReadableStream<Uint8Array<ArrayBuffer>>, claimed: number): Promise<Uint8Array<ArrayBuffer>> {
  let content = new Uint8Array(Math.min(claimed, believed))
  let length = 0
  for (const reader = parts.getReader(); ; ) {
    const { done, value } = await reader.read()
    if (done) return content.subarray(0, length)
    if (length + value.length > content.length) content = withRoom(content, length + value.length)
    content.set(value, length)
    length += value.length
    // Elsewhere than in browsers it may be a part of something larger.
    if (value.length === value.buffer.byteLength) release(value)
  }
}

function withRoom(content: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * length)
  larger.set(content)
  return larger
}

/** Gives back the memory of octets that nobody needs any more, without waiting for the collector. */
export function release(octets: Uint8Array<ArrayBuffer>): void {
  // Older browsers cannot.
  octets.buffer.transfer?.(0)
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
  const end = file.indexOf(star, start)
  if (end < 0) throw new TypeError('a viewer shard that is cut')
  const octets = new Uint8Array(end - start)
  let length = 0
  for (let at = start; at < end; at++) {
    const octet = file[at] ?? 0
    octets[length++] = octet === tilde ? (file[++at] ?? 0) ^ changed : octet
  }
  return { octets: octets.slice(0, length), end }
}
