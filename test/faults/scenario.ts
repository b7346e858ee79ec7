/** The mail account, the runs and the checks that the fault tests share. */
import type { Service } from '../../src/core/account.ts'
import type { Clock } from '../../src/core/context.ts'
import { backup } from '../../src/engine/backup.ts'
import type { BackupReport } from '../../src/engine/report.ts'
import type { Disk } from '../../src/vault/disk.ts'
import type { VaultOptions } from '../../src/vault/vault.ts'
import { MemoryAccount, memoryProvider, testContext } from '../fixtures/memory-account.ts'

export const vaultFolder = '/disk/vault'

export interface Stage {
  readonly account: MemoryAccount
  /** SHA-256 of what can be had of it, by folder. */
  readonly contents: Record<string, string[]>
  readonly services?: readonly Service[]
}

/** The account at the first run and at the second. */
export function stages(): { readonly first: Stage; readonly second: Stage } {
  const build = () => buildAccount(new MemoryAccount())
  const first = build()
  const poisoned = first.inboxUids[7] ?? 0
  first.account.poison.add(`1.${poisoned}`)
  const contents = first.account.contents()
  const hidden = build()
  hidden.account.remove(hidden.inbox, poisoned)
  const second = build()
  changeAccount(second)
  return {
    first: { account: first.account, contents: { ...contents, Inbox: hidden.account.contents()['Inbox'] ?? [] } },
    second: { account: second.account, contents: second.account.contents() },
  }
}

type Built = ReturnType<typeof buildAccount>

function buildAccount(account: MemoryAccount) {
  account.streamFrom = 20_000
  const [inbox, work, deep, archive, trash] = [['Inbox'], ['Work'], ['Work', 'Deep'], ['Archive'], ['Trash']].map((path) =>
    account.addMailbox(path, path[0] === 'Inbox' ? 'inbox' : path[0] === 'Trash' ? 'trash' : undefined),
  ) as [string, string, string, string, string]
  account.addMailbox(['Empty'])
  const inboxUids = Array.from({ length: 26 }, (_, n) =>
    account.add(inbox, message(n), n % 3 === 0 ? ['\\Seen', '$Work'] : [], dateOf(n)),
  )
  account.add(
    inbox,
    `Message-ID: <large@example.com>\r\nSubject: large\r\n\r\n${'0123456789 large\r\nFrom the sea\r\n'.repeat(1500)}`,
  )
  account.add(work, `${message(40)}From the start\r\n>From there\r\n>>From far\r\nFrom\r\n`)
  account.add(work, 'Message-ID: <bare@example.com>\nSubject: bare\n\nFrom a system without CR\n')
  account.add(deep, 'Message-ID: <end@example.com>\r\nSubject: no end\r\n\r\nthe last line has no end')
  account.add(deep, 'Message-ID: <odd@example.com>\r\nSubject: odd\r\n\r\na\r\r\nb\n')
  for (let n = 50; n < 56; n++) account.add(archive, message(n), [], dateOf(n))
  account.add(archive, message(1), [], dateOf(1))
  for (let n = 60; n < 64; n++) account.add(trash, message(n))
  return { account, inbox, work, deep, archive, trash, inboxUids }
}

/** Adds, flags, moves, removals, renames (also below a parent that is new), a renumbering, a new folder. */
function changeAccount({ account, inbox, work, deep, archive, trash, inboxUids }: Built): void {
  const uid = (n: number) => inboxUids[n] ?? 0
  for (let n = 100; n < 105; n++) account.add(inbox, message(n), [], dateOf(n))
  for (const n of [0, 1, 2]) account.reflag(inbox, uid(n), ['\\Flagged'])
  for (const n of [3, 4, 5]) account.move(inbox, uid(n), archive)
  for (const n of [9, 10]) account.remove(inbox, uid(n))
  account.rename(work, ['Arbeit'])
  account.rename(deep, ['Arbeit', 'Deep'])
  account.rename(archive, ['Old', 'Years', 'Archive'])
  account.renumber(trash)
  account.add(account.addMailbox(['New', 'Folder']), message(110))
  account.add(deep, message(111))
}

function message(n: number): string {
  return `Message-ID: <${n}@example.com>\r\nReceived: by x; n${n}\r\nFrom: a@example.com\r\nSubject: Number ${n}\r\n\r\n${'Some text\r\n'.repeat(1 + (n % 5) * 9)}`
}

function dateOf(n: number): string {
  return n % 4 === 0 ? '2024-12-31T23:59:59.000Z' : '2025-03-04T05:06:07.000Z'
}

/** Goes on a little whenever it is looked at, so that commits fall into the middle of a run, and never waits. */
export class QuickClock implements Clock {
  readonly #step: number
  #time: number

  constructor(start: string, step: number) {
    this.#time = Date.parse(start)
    this.#step = step
  }

  now(): Date {
    this.#time += this.#step
    return new Date(this.#time)
  }

  async sleep(ms: number): Promise<void> {
    this.#time += ms
  }
}

export function optionsFor(disk: Disk, clock: Clock, cache: string | null = null): VaultOptions {
  return { directory: vaultFolder, disk, clock, cache, program: 'Lifeboat test' }
}

export type Outcome = { readonly report: BackupReport } | { readonly error: unknown }

export async function run(
  { account, services = ['mail'] }: Omit<Stage, 'contents'>,
  vault: VaultOptions,
  acceptRemovals = false,
): Promise<Outcome> {
  try {
    const report = await backup({
      vault,
      jobs: [
        {
          account: { id: 'alice', provider: 'memory', services, settings: {} },
          provider: memoryProvider(account),
          context: { ...testContext, clock: vault.clock },
        },
      ],
      acceptRemovals,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    })
    return { report }
  } catch (error) {
    return { error }
  }
}

/** The first failure that an outcome admits, or null when it says that all went well. */
export function failureOf(outcome: Outcome): { readonly code: string; readonly message: string } | null {
  if ('error' in outcome) {
    const { error } = outcome
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'none'
    return { code, message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
  const [account] = outcome.report.accounts
  if (account === undefined) return { code: 'none', message: 'no account in the report' }
  return account.failure ?? account.collections.find(({ failure }) => failure !== undefined)?.failure ?? null
}
