/** Reads every message of a mailbox once: hash, size, date and flags. Contents are not kept. */
import { hash } from 'node:crypto'
import type { AppError } from '../../core/errors.ts'
import type { Item, MailMeta } from '../../core/items.ts'
import type { JsonObject } from '../../core/json.ts'
import { readMailHeader } from '../../formats/mail-header.ts'
import { decodeRecord, decodeStored } from '../../formats/mbox.ts'
import { type RecordClaim, readClaim } from '../../formats/mbox-prefix.ts'
import { Unquoter, unquote, unquoted } from '../../formats/mbox-quoting.ts'
import { type MboxMessage, readMbox } from '../../formats/mbox-reader.ts'
import type { Mailbox, Unit } from './layout.ts'
import type { Form, Locations } from './locations.ts'
import { fromLineDate, headerDate, maildirDate, maildirMeta, mboxMeta, plausible, readHeaderFields } from './mail-facts.ts'
import { digestOf, digestStream, type MessageDigest, MessageHash } from './message-hash.ts'
import { type FileFacts, type Path, readError } from './tree.ts'

const hashIdentity = 'sha256:'

/** An item, or why a file could not be read (to its end). */
export type Listed = { readonly item: Item } | { readonly item: Item; readonly error: AppError }

/** Fills `locations` as it goes. */
export async function* listMailbox(mailbox: Mailbox, locations: Locations, signal: AbortSignal): AsyncGenerator<Listed> {
  for (const [unit, files] of mailbox.units.entries()) {
    for (const [file, name] of files.names.entries()) {
      signal.throwIfAborted()
      try {
        const path = filePath(files, name)
        const facts = await files.tree.facts(path)
        const found = files.kind === 'mbox' ? listMbox(files, path, facts) : [await listMessage(files, path, facts)]
        for await (const message of found) {
          signal.throwIfAborted()
          const key = locations.add(message.key, { unit, file, ...message.span })
          yield { item: itemOf(key, message) }
        }
      } catch (error) {
        signal.throwIfAborted()
        yield unreadable(mailbox, files, name, readError(error, `The file ${name}`), locations)
      }
    }
  }
}

export function filePath({ folder }: Unit, name: string): Path {
  return [...folder, ...name.split('/')]
}

/** The file stands in the report under a key of its own, as what is in it is not known. */
function unreadable({ path }: Mailbox, files: Unit, name: string, error: AppError, locations: Locations): Listed {
  const key = `unreadable:${hash('sha256', JSON.stringify([files.tree.location, ...files.folder, name]), 'hex').slice(0, 32)}`
  locations.fail(key, error)
  const meta: MailMeta = { flags: [] }
  return { item: { key, version: 'unreadable', meta, title: `${path.join('/')}: ${name}` }, error }
}

interface Found extends MessageDigest {
  readonly span: { readonly start: number; readonly length: number; readonly form: Form }
  readonly date: string | undefined
  readonly meta: MailMeta
  readonly title: string
}

function itemOf(key: string, { sha256, size, date, meta, title }: Found): Item {
  const named: JsonObject = meta
  const base = { key, version: key, size, identities: [`${hashIdentity}${sha256}`], meta: named }
  return { ...base, ...(date === undefined ? {} : { date }), ...(title === '' ? {} : { title }) }
}

/** SHA-256 of the octets that were listed as this item; undefined for a file that could not be read. */
export function listedHash({ identities }: Item): string | undefined {
  return identities?.find((identity) => identity.startsWith(hashIdentity))?.slice(hashIdentity.length)
}

async function listMessage(unit: Unit, path: Path, facts: FileFacts): Promise<Found> {
  const digest = await digestStream(unit.tree.read(path))
  const { head, size } = digest
  const name = path.at(-1) ?? ''
  const fields = readHeaderFields(head)
  const isMaildir = unit.kind === 'maildir'
  const date = isMaildir ? maildirDate(name, facts.modified) : (headerDate(head, fields) ?? plausible(new Date(facts.modified)))
  return {
    ...digest,
    span: { start: 0, length: size, form: 'plain' },
    date,
    meta: isMaildir ? maildirMeta(name, unit.keywords) : mboxMeta(fields),
    title: titleOf(head),
  }
}

async function* listMbox(unit: Unit, path: Path, facts: FileFacts): AsyncGenerator<Found> {
  for await (const message of readMbox(unit.tree.read(path))) {
    const claim = claimOf(message)
    const proof = await hashes(message, claim)
    const own = claim?.prefixLength ?? 0
    const isOurs = claim !== null && proof.original?.sha256 === claim.sha256
    const head = isOurs ? message.head.subarray(own) : message.head
    const fields = readHeaderFields(isOurs ? message.head.subarray(0, own) : message.head)
    const date = fromLineDate(message.fromLine) ?? headerDate(head, readHeaderFields(head)) ?? plausible(new Date(facts.modified))
    yield {
      ...(isOurs && proof.original !== undefined ? proof.original : proof.stored),
      span: { start: message.start, length: message.length, form: isOurs ? 'lifeboat' : 'quoted' },
      date,
      meta: mboxMeta(fields),
      title: titleOf(head),
    }
  }
}

/** `prefixLength` counts from the start of the stored message, without the `From ` line. */
function claimOf({ head }: MboxMessage): RecordClaim | null {
  return head.toString('latin1', 0, 16) === 'X-Lifeboat: v=1;' ? claimAt(head) : null
}

/** Reads our own header lines at the start of a span of an mbox; null where they are none. */
export function claimAt(head: Buffer): RecordClaim | null {
  const fromLine = Buffer.from('From \n')
  try {
    const claim = readClaim(Buffer.concat([fromLine, head]))
    return { ...claim, prefixLength: claim.prefixLength - fromLine.length }
  } catch {
    return null
  }
}

/** Of the message as a foreign mbox holds it and, where it claims to be ours, of the original it claims to hold. */
async function hashes(
  { stored }: MboxMessage,
  claim: RecordClaim | null,
): Promise<{ stored: MessageDigest; original?: MessageDigest }> {
  if (Buffer.isBuffer(stored)) {
    const result = digestOf(unquote(stored))
    return claim === null ? { stored: result } : { stored: result, original: digestOf(decodeRecord(stored, claim)) }
  }
  if (claim === null) return { stored: await digestStream(unquoted(stored)) }
  const whole = new UnquotedDigest()
  const original = await digestStream(decodeStored(behind(tee(stored, whole), claim.prefixLength), claim))
  return { stored: whole.end(), original }
}

class UnquotedDigest {
  readonly #hash = new MessageHash()
  readonly #unquoter = new Unquoter()

  update(stored: Buffer): void {
    this.#hash.update(this.#unquoter.next(stored))
  }

  end(): MessageDigest {
    this.#hash.update(this.#unquoter.end())
    return this.#hash.end()
  }
}

async function* tee(content: AsyncIterable<Buffer>, digest: UnquotedDigest): AsyncGenerator<Buffer> {
  for await (const part of content) {
    digest.update(part)
    yield part
  }
}

/** The content without its first `length` octets. */
export async function* behind(content: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  let left = length
  for await (const part of content) {
    const skipped = Math.min(left, part.length)
    left -= skipped
    if (skipped < part.length) yield part.subarray(skipped)
  }
}

function titleOf(head: Buffer): string {
  return readMailHeader(head).subject.slice(0, 100)
}
