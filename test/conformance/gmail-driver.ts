import { ApiError } from '../emulators/google/api.ts'
import type { GmailMailbox } from '../emulators/google/gmail-mailbox.ts'
import { startGoogleAccount } from '../fixtures/google-account.ts'
import type { Driver, Handle } from './driver.ts'
import { GoogleDriver } from './google-driver.ts'
import { sha256 } from './item-driver.ts'

/** Labels of the places in which a message of Gmail's can be. */
const labelsOf: Readonly<Record<string, readonly string[]>> = { 'All Mail': [], Spam: ['SPAM'], Trash: ['TRASH'] }

export async function startGmailDriver(): Promise<Driver> {
  return new GmailDriver(await startGoogleAccount())
}

class GmailDriver extends GoogleDriver implements Driver {
  get #mailbox(): GmailMailbox {
    return this.google.user.gmail
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
    this.google.emulator.faults.always(/messages\.get$/, { kind: 'error', error }, new RegExp(handle))
  }

  async heal(): Promise<void> {
    this.google.emulator.faults.clear()
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = { 'All Mail': [], Spam: [], Trash: [] }
    for (const { raw, labels } of this.#mailbox.messages.values()) {
      const place = labels.has('TRASH') ? 'Trash' : labels.has('SPAM') ? 'Spam' : 'All Mail'
      contents[place]?.push(sha256(raw))
    }
    for (const sums of Object.values(contents)) sums.sort()
    return contents
  }
}

function labelsFor(flags: readonly string[]): string[] {
  return [...(flags.includes('\\Seen') ? [] : ['UNREAD']), ...(flags.includes('\\Flagged') ? ['STARRED'] : [])]
}
