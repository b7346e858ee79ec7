/** Backs up accounts into a vault and says what happened. */
import { Vault, type VaultOptions } from '../vault/vault.ts'
import { type AccountOptions, backupAccount, type Connection } from './account-backup.ts'
import { isDiskFailure } from './failure.ts'
import type { AccountReport, BackupReport } from './report.ts'

export interface BackupOptions extends AccountOptions {
  readonly vault: VaultOptions
  /** Those of the same account make one run. */
  readonly jobs: readonly Connection[]
  /** The vault of this id is open: it is there from now on, whatever becomes of the run. Answers sentences for the report. Never throws. */
  readonly onOpened?: (id: string) => Promise<readonly string[]>
  /** Works beside the run. `accounts`: of the jobs, in their order. Never throws. */
  readonly companion?: (vault: Vault, accounts: readonly string[]) => Promise<Companion>
}

/** Does something with what a run commits, while it goes on. */
export interface Companion {
  /** Nothing more of the account is committed. */
  accountDone(id: string): void
  /** All is committed. Returns once it has dealt with everything; answers sentences for the report. Never throws. */
  finish(): Promise<readonly string[]>
  /** Gives up. Nothing of it writes any more once this returns. Never throws. */
  stop(): Promise<void>
}

/**
 * Failures of accounts and folders are in the report; the others go on.
 * @throws AppError when the vault cannot be opened (`disk-absent`, `vault-absent`, `vault-locked`, `corrupt`, …)
 */
export async function backup(options: BackupOptions): Promise<BackupReport> {
  const { clock, directory } = options.vault
  const started = clock.now().toISOString()
  const vault = await Vault.openForWriting(options.vault)
  const accounts: AccountReport[] = []
  let companion: Companion | undefined
  try {
    vault.notices.push(...((await options.onOpened?.(vault.id)) ?? []))
    for (const text of vault.notices) options.onProgress({ kind: 'notice', text })
    const jobs = Map.groupBy(options.jobs, ({ account }) => account.id)
    companion = await options.companion?.(vault, [...jobs.keys()])
    let broken = false
    let toCome = jobs.size
    for (const [id, connections] of jobs) {
      if (options.signal.aborted || broken) break
      options.onProgress({ kind: 'account', account: id, toCome: --toCome })
      const report = await backupAccount(vault, id, connections, options)
      companion?.accountDone(id)
      accounts.push(report)
      broken = report.failure !== undefined && isDiskFailure(report.failure.code)
    }
    // After a failure of the disk nothing more is written: the next run puts the vault in order.
    if (!broken) {
      if (companion !== undefined) vault.notices.push(...(await finished(companion, options.signal)))
      await vault.finish()
    }
  } finally {
    await companion?.stop()
    await vault.close()
  }
  const ended = clock.now().toISOString()
  return { vault: directory, started, ended, stopped: options.signal.aborted, accounts, notices: vault.notices }
}

/** Sooner or later: when the person wants to stop, what it has not done is left to the next run. */
async function finished(companion: Companion, signal: AbortSignal): Promise<readonly string[]> {
  const stop = () => void companion.stop()
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  const notices = await companion.finish()
  signal.removeEventListener('abort', stop)
  return signal.aborted ? [] : notices
}
