import { createHash } from 'node:crypto'
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { google } from '../../src/providers/google/provider.ts'
import { ApiError } from '../emulators/google/api.ts'
import type { GmailMailbox } from '../emulators/google/gmail-mailbox.ts'
import { type Google, isWriting } from '../emulators/google/google.ts'
import { startGoogleAccount } from '../fixtures/google-account.ts'
import type { Driver, Handle } from './driver.ts'

/** Labels of the places in which a message of Gmail's can be. */
const labelsOf: Readonly<Record<string, readonly string[]>> = { 'All Mail': [], Spam: ['SPAM'], Trash: ['TRASH'] }

export async function startGmailDriver(): Promise<Driver> {
  const { emulator, user, account, context } = await startGoogleAccount()
  return new GmailDriver(emulator, user.gmail, account, context)
}

class GmailDriver implements Driver {
  readonly provider = google
  readonly account: Account
  readonly context: Context
  readonly #google: Google
  readonly #mailbox: GmailMailbox

  constructor(emulator: Google, mailbox: GmailMailbox, account: Account, context: Context) {
    this.#google = emulator
    this.#mailbox = mailbox
    this.account = account
    this.context = context
  }

  async addFolder(): Promise<void> {}

  async renameFolder(): Promise<void> {
    throw new Error('Gmail has no folders to rename')
  }

  async add(path: readonly string[], message: Buffer, flags: readonly string[] = []): Promise<Handle> {
    return this.#mailbox.add(message, [...(labelsOf[path.join('/')] ?? []), ...labelsFor(flags)]).id
  }

  async reflag(handle: Handle, flags: readonly string[]): Promise<void> {
    const wanted = labelsFor(flags)
    this.#mailbox.modify(
      handle,
      wanted,
      ['UNREAD', 'STARRED'].filter((label) => !wanted.includes(label)),
    )
  }

  async move(handle: Handle, to: readonly string[]): Promise<Handle> {
    this.#mailbox.modify(handle, labelsOf[to.join('/')] ?? [], ['SPAM', 'TRASH'])
    return handle
  }

  async remove(handle: Handle): Promise<void> {
    this.#mailbox.delete(handle)
  }

  async expireCursors(): Promise<void> {
    this.#mailbox.expireHistory()
  }

  async poison(handle: Handle): Promise<void> {
    const error = new ApiError(500, 'backendError', 'Backend Error')
    this.#google.faults.always(/messages\.get$/, { kind: 'error', error }, new RegExp(handle))
  }

  async heal(): Promise<void> {
    this.#google.faults.clear()
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = { 'All Mail': [], Spam: [], Trash: [] }
    for (const { raw, labels } of this.#mailbox.messages.values()) {
      const place = labels.has('TRASH') ? 'Trash' : labels.has('SPAM') ? 'Spam' : 'All Mail'
      contents[place]?.push(createHash('sha256').update(raw).digest('hex'))
    }
    for (const sums of Object.values(contents)) sums.sort()
    return contents
  }

  /** @throws when a backup sent anything that could change the account */
  async stop(): Promise<void> {
    await this.#google.stop()
    const writing = this.#google.requests.filter(isWriting)
    if (writing.length > 0) throw new Error(`A backup sent ${writing.map(({ http, path }) => `${http} ${path}`).join(', ')}`)
  }
}

function labelsFor(flags: readonly string[]): string[] {
  return [...(flags.includes('\\Seen') ? [] : ['UNREAD']), ...(flags.includes('\\Flagged') ? ['STARRED'] : [])]
}
