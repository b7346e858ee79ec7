/** The exact octets of a message out of its record in an mbox file (FORMAT.md: our header block, mboxrd quoting, line ends). */

import type { Original } from './places.ts'
import type { VaultFiles } from './store.ts'

const LF = 10
const CR = 13
const GT = 62
const FROM = [70, 114, 111, 109, 32]

/** @throws when the record is not where it should be, or its checksum is another one */
export async function originalMessage(files: VaultFiles, original: Original): Promise<Uint8Array<ArrayBuffer>> {
  return await messageOfRecord(await files.slice(original.file, original.offset, original.length))
}

export async function messageOfRecord(record: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const head = new TextDecoder('latin1').decode(record.subarray(0, 4096))
  const facts =
    /^From [^\n]*\nX-Lifeboat: v=1; lines=(\d+); size=(\d+); sha256=([0-9a-f]{64}); (?:[^\n]*; )?eol=(crlf|asis)/.exec(head)
  const [, lines, size, sha256, lineEnds] = facts ?? []
  if (lines === undefined || size === undefined || sha256 === undefined) throw new Error('No message of ours stands there')
  let start = record.indexOf(LF) + 1
  for (let line = 0; line < Number(lines); line++) start = record.indexOf(LF, start) + 1
  const message = unquoted(record.subarray(start), lineEnds === 'crlf', Number(size))
  if (message.length !== Number(size) || (await sha256Of(message)) !== sha256) throw new Error('The message is damaged')
  return message
}

/** Takes one `>` from every line of `>`s before `From `, turns LF into CRLF where that was so, and stops after `size` octets. */
function unquoted(stored: Uint8Array, crlf: boolean, size: number): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(size)
  let length = 0
  let isLineStart = true
  for (let at = 0; at < stored.length && length < size; at++) {
    if (isLineStart && stored[at] === GT && isQuoted(stored, at)) at++
    const octet = stored[at] ?? 0
    if (octet === LF && crlf) message[length++] = CR
    if (length < size) message[length++] = octet
    isLineStart = octet === LF
  }
  return message.subarray(0, length)
}

function isQuoted(stored: Uint8Array, start: number): boolean {
  let at = start
  while (stored[at] === GT) at++
  return FROM.every((octet, index) => stored[at + index] === octet)
}

async function sha256Of(octets: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', octets))
  return [...digest].map((octet) => octet.toString(16).padStart(2, '0')).join('')
}
