/** Looks at a disk: how it stands, what is missing, what was proven. Runs in a process of its own, since reading may take long. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { glance } from '../../engine/look.ts'
import type { Proof } from '../../engine/proof.ts'
import { proofsFolder } from '../../engine/status.ts'
import type { VaultOptions } from '../../vault/vault.ts'
import type { App } from '../contract.ts'
import type { ProofEntry, Snapshot } from './contract.ts'

const mostRuns = 100
const mostProofs = 200

/** @throws AppError as `Vault.openForReading` */
export async function takeSnapshot(options: VaultOptions, app: Pick<App, 'status'>): Promise<Snapshot> {
  const { id, missing, collections, runs } = await glance(options)
  const { accounts } = await app.status({ vault: options.directory })
  return {
    ...{ id, at: options.clock.now().toISOString(), accounts, missing, collections },
    runs: runs.map(({ account, runs: all }) => ({ account, runs: all.slice(0, mostRuns) })),
    proofs: await proofsIn(options.directory),
  }
}

async function proofsIn(vault: string): Promise<ProofEntry[]> {
  const folder = join(vault, proofsFolder)
  const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.json'))
  const entries: ProofEntry[] = []
  for (const name of names.sort().reverse().slice(0, mostProofs)) {
    try {
      entries.push(
        entryOf(`${name.slice(0, -'.json'.length)}.html`, JSON.parse(await readFile(join(folder, name), 'utf8')) as Proof),
      )
    } catch {
      // Somebody else's file.
    }
  }
  return entries
}

function entryOf(file: string, { ended, verdict, accounts, target }: Proof): ProofEntry {
  const services = accounts.flatMap((account) => account.services)
  const untimed = [...new Set(accounts.flatMap((account) => account.untimed ?? []))]
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
  return {
    ...{ file, ended, verdict, target },
    items: sum(services.map(({ restored }) => restored)),
    identical: sum(services.map(({ identical }) => identical)),
    exceptions: sum(accounts.map(({ exceptions }) => exceptions.length)),
    faults: sum(accounts.map(({ faults }) => faults.length)),
    recoverySeconds: Math.max(0, ...accounts.map(({ recoverySeconds }) => recoverySeconds)),
    ...(untimed.length === 0 ? {} : { untimed }),
  }
}
