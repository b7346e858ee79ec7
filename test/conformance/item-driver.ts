/** How the conformance suites for contacts, calendars and files change an account behind the provider's back. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import type { Provider } from '../../src/core/provider.ts'

/** Where an item is, as the driver names it. */
export type Handle = string

interface AnyDriver {
  readonly provider: Provider
  readonly account: Account
  readonly context: Context
  edit(handle: Handle, content: Buffer): Promise<void>
  remove(handle: Handle): Promise<void>
  /** Makes every cursor given out before worthless. */
  expireCursors(): Promise<void>
  /** The item cannot be fetched until `heal`. Absent where items come with the list and cannot fail alone. */
  poison?(handle: Handle): Promise<void>
  heal?(): Promise<void>
  /** SHA-256 of every item by collection, sorted, read without the provider. Empty collections may be left out. */
  contents(): Promise<Record<string, string[]>>
  /** @throws when a backup sent anything that could change the account */
  stop(): Promise<void>
}

/** An account with address books or calendars. */
export interface ItemDriver extends AnyDriver {
  readonly service: 'contacts' | 'calendar'
  /** Absent where the account has `Home` and `Work` and can have no others. Those two may have other names in the vault. */
  addCollection?(name: string): Promise<void>
  readonly names?: { readonly Home: string; readonly Work: string }
  /** Absent where a collection of another name is another collection. */
  renameCollection?(from: string, to: string): Promise<void>
  add(collection: string, content: Buffer): Promise<Handle>
  /** Whether a cursor tells one item's change from that of all. */
  readonly isIncremental: boolean
}

/** An account with files. A handle is the path in the drive. */
export interface FilesDriver extends AnyDriver {
  /** The name of the drive, as the provider shows it. */
  readonly drive: string
  /** Whether a moved file is known to be the same. */
  readonly knowsMoves: boolean
  add(path: string, content: Buffer, modified?: Date): Promise<Handle>
  addFolder(path: string): Promise<Handle>
  /** Of a file, or of a folder with all that is in it. */
  move(from: Handle, to: string): Promise<Handle>
}

/** Folders on this disk that hold nothing, below `folder`, as their content counts: none. */
export async function emptyFolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  const empty = await Promise.all(folders.map(async (path) => (await readdir(path)).length === 0))
  return folders.filter((_, n) => empty[n]).map(() => sha256(Buffer.alloc(0)))
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Of one UID, as a server of contacts or calendars takes it. */
export function itemContent(service: 'contacts' | 'calendar', uid: string, text = 'Hello.'): Buffer {
  if (service === 'contacts') {
    return lines('BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, `FN:${uid} Zoë`, `N:${uid};Zoë;;;`, `NOTE:${text}`, 'END:VCARD')
  }
  return lines(
    ...['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', 'BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z'],
    ...['DTSTART:20260301T120000Z', `SUMMARY:${uid} & more`, `DESCRIPTION:${text}`, 'END:VEVENT', 'END:VCALENDAR'],
  )
}

/** What `itemContent` was made of. */
export function textsOf(content: Buffer): { readonly uid: string; readonly text: string } {
  const unfolded = content.toString('utf8').replaceAll('\r\n ', '')
  const value = (name: RegExp) => name.exec(unfolded)?.[1] ?? ''
  return { uid: value(/\r\nUID:(.*)\r\n/), text: value(/\r\n(?:NOTE|DESCRIPTION):(.*)\r\n/) }
}

function lines(...all: readonly string[]): Buffer {
  return Buffer.from(all.map((line) => `${folded(line)}\r\n`).join(''))
}

/** At most 70 characters a line, all of one octet where it matters. */
function folded(line: string): string {
  return line.length <= 70 ? line : (line.match(/.{1,70}/gs) ?? []).join('\r\n ')
}
