/** What a vault holds as the reader in Python sees it, which knows FORMAT.md and nothing of ours, and as we see it. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { realDisk } from '../../src/vault/disk.ts'
import { Vault } from '../../src/vault/vault.ts'
import { vaultOptions } from '../fixtures/vaults.ts'

export interface MessageView {
  readonly key: string
  readonly sha256: string
  readonly size: number
  readonly flags: readonly string[]
  readonly removed: boolean
}

export interface FolderView {
  /** The provider's names. */
  readonly path: readonly string[]
  readonly gone: boolean
  /** In the order of their keys. */
  readonly messages: readonly MessageView[]
}

export interface StrangersReport {
  /** By the name of the account's folder. */
  readonly accounts: Readonly<Record<string, readonly FolderView[]>>
  /** How many items of the account have what the provider itself said of them, by the name of the account's folder. */
  readonly originals: Readonly<Record<string, number>>
  readonly problems: readonly string[]
}

const reader = fileURLToPath(new URL('read_vault.py', import.meta.url))

/** With `target`, every message is written to `<target>/<sha256>.eml`. */
export async function readAsStranger(vault: string, target?: string): Promise<StrangersReport> {
  const args = [reader, vault, ...(target === undefined ? [] : [target])]
  const { stdout, stderr, code } = await new Promise<{ stdout: string; stderr: string; code: unknown }>((resolve) => {
    execFile('python3', args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, code: error?.code ?? 0 }),
    )
  })
  if (stderr !== '') throw new Error(`The reader failed: ${stderr}`)
  const report = JSON.parse(stdout) as StrangersReport
  if (code !== (report.problems.length === 0 ? 0 : 1)) throw new Error(`The reader ended with ${String(code)}`)
  const sorted = Object.entries(report.accounts).map(([name, folders]) => [name, folders.map(inOrder)])
  return { ...report, accounts: Object.fromEntries(sorted) }
}

/** Every folder of an account that was ever saved, from our own fold of the journals. */
export async function readAsOwner(directory: string, id = 'alice'): Promise<FolderView[]> {
  const vault = await Vault.openForReading(vaultOptions(directory, realDisk, null))
  try {
    const { state } = await vault.account(id)
    return state.collections().map(({ c, path, gone }) => {
      const messages = [...state.items(c, true)].map(({ key, sha256, size, meta, removed }) => ({
        ...{ key, sha256, size, flags: (meta['flags'] ?? []) as string[] },
        removed: removed !== null,
      }))
      return inOrder({ path, gone, messages })
    })
  } finally {
    await vault.close()
  }
}

function inOrder(folder: FolderView): FolderView {
  return { ...folder, messages: folder.messages.toSorted((a, b) => (a.key < b.key ? -1 : 1)) }
}

/** SHA-256 of the messages that are in the account now, by folder and in order: comparable with `MemoryAccount.contents()`. */
export function living(folders: readonly FolderView[]): Record<string, string[]> {
  const entries = folders
    .filter(({ gone }) => !gone)
    .map(({ path, messages }) => [
      path.join('/'),
      messages
        .filter(({ removed }) => !removed)
        .map(({ sha256 }) => sha256)
        .sort(),
    ])
  return Object.fromEntries(entries)
}
