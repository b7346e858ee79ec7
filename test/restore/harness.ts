/** Accounts on real servers, and what is in them, seen without any code of ours that is under test. */
import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { ImapFlow } from 'imapflow'
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import type { JsonObject } from '../../src/core/json.ts'
import type { ConflictRule } from '../../src/core/target.ts'
import type { Connection } from '../../src/engine/account-backup.ts'
import { backup } from '../../src/engine/backup.ts'
import type { BackupReport } from '../../src/engine/report.ts'
import { type RestoreOptions, restore } from '../../src/engine/restore.ts'
import type { RestoreReport } from '../../src/engine/restore-report.ts'
import type { Selection } from '../../src/engine/selection.ts'
import { archive } from '../../src/providers/archive/provider.ts'
import { dav } from '../../src/providers/dav/provider.ts'
import { imap } from '../../src/providers/imap/provider.ts'
import type { Disk } from '../../src/vault/disk.ts'
import { parseMoment } from '../../src/vault/moment.ts'
import { vaultOptions } from '../fixtures/vaults.ts'
import type { Dovecot } from '../servers/dovecot.ts'

export const never = new AbortController().signal

/** Waits are a hundredth of what they are for people. */
export function quickContext(password: string | null = null): Context {
  return {
    clock: { now: () => new Date(), sleep: (ms, signal) => delay(ms / 100, undefined, signal ? { signal } : {}) },
    log: { debug() {}, warn() {} },
    secret: async () => password,
  }
}

export function imapConnection(
  server: Pick<Dovecot, 'user' | 'password'> & { host: string; port: number },
  settings: JsonObject = {},
  id = 'alice',
): Connection {
  const { host, port, user, password } = server
  const account: Account = {
    id,
    provider: 'imap',
    services: ['mail'],
    settings: { host, port, security: 'none', user, ...settings },
  }
  return { account, provider: imap, context: quickContext(password) }
}

export function folderConnection(path: string, format: 'maildir' | 'mbox' | 'eml' = 'maildir'): Connection {
  const services = ['mail', 'contacts', 'calendar', 'files'] as const
  return {
    account: { id: 'folder', provider: 'archive', services, settings: { path, format } },
    provider: archive,
    context: quickContext(),
  }
}

export function davConnection(
  server: { readonly user: string; readonly password: string },
  settings: Record<string, string>,
  services: readonly ('contacts' | 'calendar' | 'files')[],
): Connection {
  const account: Account = { id: 'alice', provider: 'dav', services, settings: { user: server.user, ...settings } }
  return { account, provider: dav, context: quickContext(server.password) }
}

/** `restores`: as `RestoreChoice.stateFolder`, null when absent. */
export async function backUp(
  vault: string,
  connection: Connection,
  acceptRemovals = false,
  restores: string | null = null,
): Promise<BackupReport> {
  return await backup({
    ...{ vault: vaultOptions(vault), jobs: [connection], acceptRemovals, restores },
    ...{ signal: never, onProgress: () => {} },
  })
}

export interface RestoreChoice {
  readonly disk?: Disk
  readonly account?: string
  readonly at?: string
  readonly selection?: Selection
  readonly into?: string
  readonly conflict?: ConflictRule
  readonly dryRun?: boolean
  readonly stateFolder?: string | null
  readonly signal?: AbortSignal
  readonly onProgress?: RestoreOptions['onProgress']
}

export async function restoreTo(vault: string, connection: Connection, choice: RestoreChoice = {}): Promise<RestoreReport> {
  return await restore({
    vault: vaultOptions(vault, choice.disk),
    account: choice.account ?? 'alice',
    moment: choice.at === undefined ? null : parseMoment(choice.at),
    selection: choice.selection ?? {},
    target: { name: 'the target', connections: [connection] },
    into: choice.into?.split('/') ?? [],
    conflict: choice.conflict ?? 'skip',
    dryRun: choice.dryRun ?? false,
    stateFolder: choice.stateFolder === undefined ? `${vault}.state` : choice.stateFolder,
    signal: choice.signal ?? never,
    onProgress: choice.onProgress ?? (() => {}),
  })
}

export interface SeenMessage {
  readonly sha256: string
  readonly flags: readonly string[]
  readonly date: string
}

/** Every message by folder (levels joined with `/`), sorted; empty folders too. */
export type SeenAccount = Record<string, readonly SeenMessage[]>

export async function lookAt(admin: ImapFlow): Promise<SeenAccount> {
  const seen: SeenAccount = {}
  for (const { path, delimiter, flags: use } of await admin.list()) {
    if (use.has('\\Noselect')) continue
    const lock = await admin.getMailboxLock(path)
    const messages: SeenMessage[] = []
    try {
      const isEmpty = typeof admin.mailbox === 'object' && admin.mailbox.exists === 0
      for await (const { source, flags, internalDate } of isEmpty
        ? []
        : admin.fetch('1:*', { source: true, flags: true, internalDate: true })) {
        messages.push({
          sha256: createHash('sha256')
            .update(source ?? '')
            .digest('hex'),
          flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').sort(),
          date: new Date(internalDate ?? 0).toISOString(),
        })
      }
    } finally {
      lock.release()
    }
    seen[path.split(delimiter).join('/')] = messages.sort(byContent)
  }
  return seen
}

function byContent(a: SeenMessage, b: SeenMessage): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)]
  return x < y ? -1 : x > y ? 1 : 0
}

export function totals({
  collections,
}: RestoreReport): Record<'items' | 'created' | 'alreadyThere' | 'conflicts' | 'failed', number> {
  const sum = (of: (c: RestoreReport['collections'][number]) => number) => collections.reduce((n, c) => n + of(c), 0)
  return {
    items: sum((c) => c.items),
    created: sum((c) => c.created),
    alreadyThere: sum((c) => c.alreadyThere),
    conflicts: sum((c) => c.conflicts),
    failed: sum((c) => c.failed),
  }
}
