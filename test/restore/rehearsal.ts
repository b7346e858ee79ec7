/** A drill of an account whose vault lies in a scratch folder. */
import { join } from 'node:path'
import type { Service } from '../../src/core/account.ts'
import type { Connection } from '../../src/engine/account-backup.ts'
import { drill } from '../../src/engine/drill.ts'
import type { Proof } from '../../src/engine/proof.ts'
import { MemoryAccount, memoryProvider, testContext } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { folderConnection, never } from './harness.ts'

export interface Case {
  readonly vault: string
  readonly account: MemoryAccount
  readonly inbox: string
  readonly work: string
}

export async function sample(): Promise<Case> {
  const vault = await scratchFolder()
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  const work = account.addMailbox(['Work'])
  for (let n = 1; n <= 20; n++)
    account.add(
      inbox,
      `Message-ID: <${n}@example.com>\r\nSubject: number ${n}\r\n\r\n${'text '.repeat(n)}\r\n`,
      n % 2 ? ['\\Seen', 'Todo'] : [],
    )
  account.add(work, 'Message-ID: <w@example.com>\r\nSubject: at work\r\n\r\nx\r\n', ['\\Flagged'])
  await runBackup(vault, account)
  return { vault, account, inbox, work }
}

export interface Choice {
  readonly afterRestore?: (folder: string) => void
  readonly sample?: number
  /** In place of the folder as it is. */
  readonly target?: (folder: string) => Connection
  readonly offline?: boolean
  readonly onStep?: (text: string) => void
  readonly goals?: { recoverHours: number; loseDays: number }
  readonly services?: readonly Service[]
}

export async function drillIt({ vault, account }: Case, choice: Choice = {}): Promise<Proof> {
  const folder = await scratchFolder()
  const settings = {
    account: { id: 'alice', provider: 'memory', services: choice.services ?? ['mail'], settings: {} },
    context: testContext,
  } as const
  return await drill({
    vault: vaultOptions(vault),
    accounts: null,
    known: async (id) => ({
      id,
      connections: choice.offline ? [] : [{ ...settings, provider: memoryProvider(account) }],
      goals: choice.goals ?? { recoverHours: 12, loseDays: 7 },
    }),
    target: { kind: 'folder', path: folder, connection: choice.target?.(folder) ?? folderConnection(folder) },
    sample: choice.sample ?? null,
    signal: never,
    onProgress: (event) => event.kind === 'step' && choice.onStep?.(event.text),
    ...(choice.afterRestore === undefined ? {} : { afterRestore: async () => choice.afterRestore?.(join(folder, 'Mail/alice')) }),
  })
}

export function faults(proof: Proof): string[] {
  return proof.accounts.flatMap((account) => account.faults.map(({ title, text }) => `${title}: ${text}`))
}
