/** Backs up accounts into a vault and says what happened. */
import { Vault, type VaultOptions } from '../vault/vault.ts'
import { type AccountOptions, backupAccount, type Connection } from './account-backup.ts'
import { isDiskFailure } from './failure.ts'
import type { AccountReport, BackupReport } from './report.ts'

export interface BackupOptions extends AccountOptions {
  readonly vault: VaultOptions
  /** Those of the same account make one run. */
  readonly jobs: readonly Connection[]
  /** Called once everything is saved and in order, while the vault is still open; answers sentences for the report. Never throws. */
  readonly afterwards?: (vault: Vault) => Promise<readonly string[]>
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
  try {
    for (const text of vault.notices) options.onProgress({ kind: 'notice', text })
    let broken = false
    for (const [id, connections] of Map.groupBy(options.jobs, ({ account }) => account.id)) {
      if (options.signal.aborted || broken) break
      options.onProgress({ kind: 'account', account: id })
      const report = await backupAccount(vault, id, connections, options)
      accounts.push(report)
      broken = report.failure !== undefined && isDiskFailure(report.failure.code)
    }
    // After a failure of the disk nothing more is written: the next run puts the vault in order.
    if (!broken) {
      await vault.finish()
      vault.notices.push(...((await options.afterwards?.(vault)) ?? []))
    }
  } finally {
    await vault.close()
  }
  const ended = clock.now().toISOString()
  return { vault: directory, started, ended, stopped: options.signal.aborted, accounts, notices: vault.notices }
}
