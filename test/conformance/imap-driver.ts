import { createHash } from 'node:crypto'
import type { ImapFlow } from 'imapflow'
import type { Context } from '../../src/core/context.ts'
import { imap } from '../../src/providers/imap/provider.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { type Dovecot, startDovecot } from '../servers/dovecot.ts'
import { type ImapProxy, startImapProxy } from '../servers/imap-proxy.ts'
import type { Driver, Handle } from './driver.ts'

/** The tests call the inbox `Inbox`, as the vault does. */
function serverPath(path: readonly string[]): string {
  return path.map((name, depth) => (depth === 0 && name === 'Inbox' ? 'INBOX' : name)).join('/')
}

/** A real Dovecot behind a proxy that hides `capabilities`. */
export async function startImapDriver(hide: readonly string[]): Promise<Driver & { readonly proxy: ImapProxy }> {
  const dovecot = await startDovecot()
  const proxy = await startImapProxy(dovecot, { hide })
  return new ImapDriver(dovecot, proxy, await dovecot.admin())
}

class ImapDriver implements Driver {
  readonly provider = imap
  readonly account
  readonly context: Context
  readonly proxy: ImapProxy
  readonly #dovecot: Dovecot
  readonly #admin: ImapFlow

  constructor(dovecot: Dovecot, proxy: ImapProxy, admin: ImapFlow) {
    this.#dovecot = dovecot
    this.proxy = proxy
    this.#admin = admin
    const settings = { host: proxy.host, port: proxy.port, security: 'none', user: dovecot.user }
    this.account = { id: 'home', provider: 'imap', services: ['mail'] as const, settings }
    this.context = { ...testContext, secret: async (name) => (name === 'password' ? dovecot.password : null) }
  }

  async addFolder(path: readonly string[]): Promise<void> {
    await this.#admin.mailboxCreate(serverPath(path))
  }

  async renameFolder(from: readonly string[], to: readonly string[]): Promise<void> {
    await this.#admin.mailboxRename(serverPath(from), serverPath(to))
  }

  async add(path: readonly string[], message: Buffer, flags: readonly string[] = []): Promise<Handle> {
    const answer = await this.#admin.append(serverPath(path), message, [...flags], new Date('2025-02-03T04:05:06Z'))
    if (!answer || answer.uid === undefined) throw new Error(`not appended to ${path.join('/')}`)
    return JSON.stringify([serverPath(path), answer.uid])
  }

  async #in<T>(handle: Handle, work: (uid: string) => Promise<T>): Promise<T> {
    const [path, uid] = JSON.parse(handle) as [string, number]
    const lock = await this.#admin.getMailboxLock(path)
    try {
      return await work(String(uid))
    } finally {
      lock.release()
    }
  }

  async reflag(handle: Handle, flags: readonly string[]): Promise<void> {
    await this.#in(handle, (uid) => this.#admin.messageFlagsSet(uid, [...flags], { uid: true }))
  }

  async move(handle: Handle, to: readonly string[]): Promise<Handle> {
    const moved = await this.#in(handle, (uid) => this.#admin.messageMove(uid, serverPath(to), { uid: true }))
    const uid = moved ? [...(moved.uidMap?.values() ?? [])][0] : undefined
    return JSON.stringify([serverPath(to), uid])
  }

  async remove(handle: Handle): Promise<void> {
    await this.#in(handle, (uid) => this.#admin.messageDelete(uid, { uid: true }))
  }

  /** UIDVALIDITY and every UID change, as after a migration of the server. */
  async expireCursors(): Promise<void> {
    for (const { path } of await this.#admin.list()) {
      const spare = `${path} spare`
      await this.#admin.mailboxCreate(spare)
      await this.#in(JSON.stringify([path, 1]), () => this.#admin.messageCopy('1:*', spare))
      if (path === 'INBOX') {
        await this.#in(JSON.stringify([path, 1]), () => this.#admin.messageDelete('1:*'))
        await this.#in(JSON.stringify([spare, 1]), () => this.#admin.messageMove('1:*', path))
        await this.#admin.mailboxDelete(spare)
      } else {
        await this.#admin.mailboxDelete(path)
        await this.#admin.mailboxRename(spare, path)
      }
    }
  }

  async poison(handle: Handle): Promise<void> {
    this.proxy.trouble.refuseUids = [(JSON.parse(handle) as [string, number])[1]]
  }

  async heal(): Promise<void> {
    this.proxy.trouble.refuseUids = []
  }

  async contents(): Promise<Record<string, string[]>> {
    const contents: Record<string, string[]> = {}
    for (const { path, flags } of await this.#admin.list()) {
      if (flags.has('\\Noselect')) continue
      const sums = await this.#in(JSON.stringify([path, 1]), async () => {
        const found: string[] = []
        for await (const { source } of this.#admin.fetch('1:*', { source: true }, { uid: true }))
          found.push(
            createHash('sha256')
              .update(source ?? '')
              .digest('hex'),
          )
        return found
      })
      contents[path.replace(/^INBOX(?=\/|$)/, 'Inbox')] = sums.sort()
    }
    return contents
  }

  /** @throws when a backup sent anything that could change the account */
  async stop(): Promise<void> {
    try {
      await this.proxy.stop()
    } finally {
      await this.#dovecot.stop()
    }
  }
}
