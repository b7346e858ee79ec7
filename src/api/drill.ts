/** A drill and where its proof goes. */
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../core/context.ts'
import { AppError, toAppError } from '../core/errors.ts'
import type { Connection } from '../engine/account-backup.ts'
import { drill } from '../engine/drill.ts'
import type { DrillAccount, DrillOptions, DrillTarget } from '../engine/drill-options.ts'
import type { Proof } from '../engine/proof.ts'
import { proofPage } from '../engine/proof-page.ts'
import type { ProofLanguage } from '../engine/proof-words.ts'
import { proofsFolder } from '../engine/status.ts'
import { realDisk, replaceFile } from '../vault/disk.ts'
import { runId } from '../vault/layout.ts'
import { isProcess, processSpace } from '../vault/processes.ts'
import type { DrillRequest, DrillResult } from './contract.ts'
import { folderConnection } from './restore.ts'

export interface DrillSurroundings extends Pick<DrillOptions, 'vault' | 'signal' | 'onProgress'> {
  readonly known: (id: string) => Promise<DrillAccount>
  /** Of the account to restore to; null for the temporary folder. */
  readonly target: { readonly name: string; readonly connections: readonly Connection[] } | null
  readonly base: Omit<Context, 'secret'>
  /** For the proof, where the vault cannot be written. */
  readonly stateFolder: string | null
}

export async function drillAndProve(request: DrillRequest, surroundings: DrillSurroundings): Promise<DrillResult> {
  const { vault, target, base, stateFolder, known, signal, onProgress } = surroundings
  const options = { vault, accounts: request.accounts ?? null, known, sample: request.sample ?? null, signal, onProgress }
  let proof: Proof
  if (target === null) {
    const folder = await scratchFolder(request.scratch ?? tmpdir())
    try {
      const connection = await folderConnection(folder, 'maildir', base, true)
      proof = await drill({ ...options, target: { kind: 'folder', path: folder, connection } })
    } finally {
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  } else {
    const into = `Lifeboat drill ${runId(vault.clock.now())}`
    const place: DrillTarget = {
      kind: 'account',
      name: target.name,
      connections: target.connections,
      into,
      remove: request.remove === true,
    }
    proof = await drill({ ...options, target: place })
  }
  return await saveProof(proof, vault.directory, stateFolder, request.language)
}

const scratchName = /^lifeboat-drill-(?:([0-9a-f]{16})-)?(\d+)-/
/** No drill takes so long. Milliseconds. */
const longestDrill = 7 * 86_400_000

/** Only the person can read it. What is left of drills that were killed goes first: it is a copy of somebody's mail. */
async function scratchFolder(place: string): Promise<string> {
  const space = processSpace()
  for (const name of await readdir(place).catch((): string[] => [])) {
    const [found, other, pid] = scratchName.exec(name) ?? []
    if (found !== undefined && (await isLeftBehind(join(place, name), other === (space ?? undefined) && !isProcess(Number(pid)))))
      await rm(join(place, name), { recursive: true, force: true }).catch(() => undefined)
  }
  const prefix = space === null ? '' : `${space}-`
  return await mkdtemp(join(place, `lifeboat-drill-${prefix}${process.pid}-`)).catch((error: unknown) => {
    throw new AppError('permission', `A temporary folder cannot be made in ${place}.`, {
      cause: error,
      advice: 'Name another place with --scratch.',
    })
  })
}

/** `isDead`: its process was of this computer, and there is none of that number. Another computer may be at work in others. */
async function isLeftBehind(folder: string, isDead: boolean): Promise<boolean> {
  const found = await lstat(folder).catch(() => null)
  if (found?.isDirectory() !== true || (process.getuid !== undefined && found.uid !== process.getuid())) return false
  return isDead || Date.now() - found.mtimeMs > longestDrill
}

export async function saveProof(
  proof: Proof,
  vault: string,
  stateFolder: string | null,
  language: ProofLanguage = 'en',
): Promise<DrillResult> {
  const places = [join(vault, proofsFolder), ...(stateFolder === null ? [] : [stateFolder])]
  let problem = ''
  for (const folder of places) {
    try {
      await realDisk.makeDirectory(folder)
      const name = runId(new Date(proof.ended))
      await replaceFile(realDisk, join(folder, `${name}.json`), [Buffer.from(`${JSON.stringify(proof, null, 2)}\n`)])
      await replaceFile(realDisk, join(folder, `${name}.html`), [Buffer.from(proofPage(proof, language))])
      return {
        proof,
        page: join(folder, `${name}.html`),
        notice: problem === '' ? null : `The proof lies on this computer, not in the vault: ${problem}`,
      }
    } catch (error) {
      problem ||= toAppError(error).message
    }
  }
  return { proof, page: null, notice: `The proof could not be written: ${problem}` }
}
