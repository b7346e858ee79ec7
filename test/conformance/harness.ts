/** What the conformance suites share: runs of the engine into a real vault, and what a good run is. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import type { Provider } from '../../src/core/provider.ts'
import { backup } from '../../src/engine/backup.ts'
import type { BackupReport, CollectionReport } from '../../src/engine/report.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { readVault, type VaultContents, vaultOptions } from '../fixtures/vaults.ts'

interface Driven {
  readonly provider: Provider
  readonly account: Account
  readonly context: Context
  contents(): Promise<Record<string, string[]>>
}

interface Options {
  readonly acceptRemovals?: boolean
  readonly signal?: AbortSignal
  readonly onSaved?: (items: number) => void
}

type Count = 'added' | 'copied' | 'changed' | 'removed' | 'heldBack' | 'bytes' | 'pending'

export class Scene {
  readonly scratch: string
  readonly vault: string
  readonly #driven: Driven

  static async make(driven: Driven): Promise<Scene> {
    return new Scene(driven, await mkdtemp(join(tmpdir(), 'lifeboat-conformance-')))
  }

  private constructor(driven: Driven, scratch: string) {
    this.#driven = driven
    this.scratch = scratch
    this.vault = join(scratch, 'vault')
  }

  async remove(): Promise<void> {
    await rm(this.scratch, { recursive: true, force: true })
  }

  run(options: Options = {}): Promise<BackupReport> {
    const { account, provider, context } = this.#driven
    return backup({
      vault: vaultOptions(this.vault),
      jobs: [{ account, provider, context }],
      acceptRemovals: options.acceptRemovals ?? false,
      signal: options.signal ?? new AbortController().signal,
      onProgress: (event) => event.kind === 'items' && options.onSaved?.(event.itemsSoFar),
    })
  }

  read(): Promise<VaultContents> {
    return readVault(this.vault, this.#driven.account.id)
  }

  /** The vault holds exactly what the account holds, and is sound. */
  async expectGood(report: BackupReport): Promise<void> {
    const account = report.accounts[0]
    expect(account?.failure).toBeUndefined()
    expect(account?.collections.filter((collection) => collection.failure !== undefined)).toEqual([])
    for (const { said, stored, pending, path } of account?.collections ?? [])
      if (said !== null) expect([path, stored + pending]).toEqual([path, said])
    expect(withoutEmpty((await this.read()).live)).toEqual(withoutEmpty(await this.#driven.contents()))
    await this.expectSound()
  }

  /** A run that is stopped is sound, and the next one saves the rest of the `count` items. */
  async expectToGoOn(count: number): Promise<void> {
    const stop = new AbortController()
    const first = await this.run({ signal: stop.signal, onSaved: () => stop.abort() })
    expect(first.stopped).toBe(true)
    await this.expectSound()
    const saved = (await this.read()).items.length
    const second = await this.run()
    expect(sum(second, 'added')).toBe(count - saved)
    await this.expectGood(second)
  }

  async expectSound(): Promise<void> {
    const verified = await verifyVault(vaultOptions(this.vault), new AbortController().signal, () => undefined)
    expect(verified.findings).toEqual([])
  }
}

export function sum(report: BackupReport, field: Count): number {
  return (report.accounts[0]?.collections ?? []).reduce((total, collection) => total + collection[field], 0)
}

export function sums(report: BackupReport, ...fields: readonly Count[]): number[] {
  return fields.map((field) => sum(report, field))
}

export function collectionReport(report: BackupReport, path: readonly string[]): CollectionReport | undefined {
  return report.accounts[0]?.collections.find((collection) => collection.path.join('/') === path.join('/'))
}

function withoutEmpty(folders: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(folders).filter(([, found]) => found.length > 0))
}

export const nothing = ['added', 'copied', 'changed', 'removed', 'heldBack', 'bytes', 'pending'] as const
