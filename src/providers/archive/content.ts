/** Reads the original octets of a listed message again. */
import { createHash, hash } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import type { Content } from '../../core/items.ts'
import { decodeRecord, decodeStored } from '../../formats/mbox.ts'
import { maxPrefixLength } from '../../formats/mbox-prefix.ts'
import { unquote, unquoted } from '../../formats/mbox-quoting.ts'
import { wholeLimit } from '../../formats/mbox-reader.ts'
import type { SpanReader } from './forward-reader.ts'
import type { Unit } from './layout.ts'
import { behind, claimAt, filePath } from './listing.ts'
import type { Form, Location } from './locations.ts'
import { readError } from './tree.ts'

/**
 * @param sha256 of the exact octets that were listed; other content is refused, a stream of it fails at its end
 * @throws AppError `not-found` when the archive has changed since it was listed; what the file system throws
 */
export async function readContent(spans: SpanReader, unit: Unit, location: Location, sha256: string): Promise<Content> {
  const name = unit.names[location.file] ?? ''
  const path = filePath(unit, name)
  const { start, length, form } = location
  const stored = form === 'plain' ? unit.tree.read(path) : spans.read(unit.tree, path, start, length)
  if (length > wholeLimit) return checked(original(stored, form, name), sha256, name)
  const parts: Buffer[] = []
  let size = 0
  for await (const part of stored) {
    parts.push(part)
    size += part.length
    if (size > length) throw changed(name)
  }
  const content = originalOf(Buffer.concat(parts), form, name)
  if (hash('sha256', content, 'hex') !== sha256) throw changed(name)
  return content
}

function originalOf(stored: Buffer, form: Form, name: string): Buffer {
  if (form === 'plain') return stored
  if (form === 'quoted') return unquote(stored)
  const claim = claimAt(stored.subarray(0, maxPrefixLength))
  if (claim === null) throw changed(name)
  return decodeRecord(stored, claim)
}

async function* original(stored: AsyncIterable<Buffer>, form: Form, name: string): AsyncGenerator<Buffer> {
  if (form === 'plain') {
    yield* stored
  } else if (form === 'quoted') {
    yield* unquoted(stored)
  } else {
    const source = stored[Symbol.asyncIterator]()
    const head = await firstOctets(source, maxPrefixLength)
    const claim = claimAt(head)
    if (claim === null) throw changed(name)
    yield* decodeStored(behind(chain(head, source), claim.prefixLength), claim)
  }
}

async function firstOctets(source: AsyncIterator<Buffer>, wanted: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (let length = 0; length < wanted; ) {
    const next = await source.next()
    if (next.done === true) break
    parts.push(next.value)
    length += next.value.length
  }
  return Buffer.concat(parts)
}

async function* chain(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield head
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** @throws AppError, whatever goes wrong with the archive */
async function* checked(content: AsyncIterable<Buffer>, sha256: string, name: string): AsyncGenerator<Buffer> {
  const digest = createHash('sha256')
  try {
    for await (const part of content) {
      digest.update(part)
      yield part
    }
  } catch (error) {
    throw readError(error, `The file ${name}`)
  }
  if (digest.digest('hex') !== sha256) throw changed(name)
}

function changed(name: string): AppError {
  return new AppError('not-found', `${name} was changed while it was being read.`, {
    advice: 'Run the command again: the archive is then listed anew.',
  })
}
