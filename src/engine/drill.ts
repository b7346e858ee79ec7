/**
 * The rehearsal of a lockout: read the disk as a stranger, compare with the record, restore for real and read that back,
 * compare with the provider, and say how long it takes. What it has shown is a `Proof`.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { AppError, toAppError } from '../core/errors.ts'
import { readFile } from '../vault/disk.ts'
import { tagFiles } from '../vault/layout.ts'
import { Snapshot } from '../vault/snapshot.ts'
import { readAsStranger, type StrangerFindings } from '../vault/stranger.ts'
import { type OpenAccount, Vault } from '../vault/vault.ts'
import { general, type Judged, lostRecord } from './drill-findings.ts'
import type { DrillAccount, DrillOptions } from './drill-options.ts'
import { compareWithProvider } from './drill-provider.ts'
import { compareWithRecord } from './drill-record.ts'
import { Rehearsal } from './drill-rehearsal.ts'
import {
  type AccountProof,
  type Goals,
  maxFindings,
  type Proof,
  type ProofStep,
  type ProviderProof,
  type ServiceProof,
  untimedIn,
  type Verdict,
  verdictOf,
} from './proof.ts'
import { isStillToCome } from './schedule.ts'

/** Items of each service that are fetched again from the provider where no other number was asked for. */
const defaultSample = 20

/** @throws AppError when the vault cannot be read at all, or the person stops it */
export async function drill(options: DrillOptions): Promise<Proof> {
  const vault = await Vault.openForReading(options.vault)
  try {
    return await new Drill(vault, options).run()
  } finally {
    await vault.close()
  }
}

class Drill {
  readonly #vault: Vault
  readonly #options: DrillOptions
  readonly #steps: ProofStep[] = []

  constructor(vault: Vault, options: DrillOptions) {
    this.#vault = vault
    this.#options = options
  }

  async run(): Promise<Proof> {
    const { vault: at, target } = this.#options
    const started = at.clock.now().toISOString()
    const accounts = await this.#accounts()
    const stranger = await this.#step('Read every file and message from the plain files alone, and checked every checksum', () =>
      this.#readAsStranger(accounts),
    )
    const proofs: AccountProof[] = []
    try {
      for (const account of accounts) proofs.push(await this.#account(account, stranger))
    } finally {
      stranger.close()
    }
    const manifest = await readFile(at.disk, join(at.directory, tagFiles.manifest))
    return {
      version: 1,
      program: at.program,
      vault: at.directory,
      vaultId: this.#vault.id,
      started,
      ended: at.clock.now().toISOString(),
      verdict: verdictOf(proofs),
      accounts: proofs,
      steps: this.#steps,
      files: stranger.files,
      bytes: stranger.bytes,
      manifestSha256: manifest === null ? '' : createHash('sha256').update(manifest).digest('hex'),
      target: target.kind === 'folder' ? 'a temporary folder on this computer' : `the account ${target.name}`,
    }
  }

  async #accounts(): Promise<readonly OpenAccount[]> {
    const all = await this.#vault.allAccounts()
    const { accounts: wanted } = this.#options
    if (wanted === null) return all
    return wanted.map((id) => {
      const account = all.find((one) => one.id === id)
      if (account !== undefined) return account
      throw new AppError('not-found', `The vault holds nothing of an account "${id}".`, {
        advice:
          all.length === 0 ? 'The vault is still empty.' : `It holds these accounts: ${all.map((one) => one.id).join(', ')}`,
      })
    })
  }

  async #step<T>(text: string, work: () => Promise<T>): Promise<T> {
    this.#options.signal.throwIfAborted()
    this.#options.onProgress({ kind: 'step', text })
    const began = performance.now()
    const result = await work()
    this.#steps.push({ text, seconds: (performance.now() - began) / 1000 })
    return result
  }

  async #readAsStranger(accounts: readonly OpenAccount[]): Promise<StrangerFindings> {
    let done = 0
    const { disk, directory } = this.#options.vault
    const { signal, onProgress } = this.#options
    return await readAsStranger({
      ...{ disk, directory, folders: accounts.map(({ folder }) => folder), signal },
      onBytes: (bytes) => {
        done += bytes
        onProgress({ kind: 'bytes', done })
      },
    })
  }

  async #account(account: OpenAccount, stranger: StrangerFindings): Promise<AccountProof> {
    const { id, folder } = account
    const known = await this.#options.known(id)
    const judged: Judged = { faults: [], exceptions: [], untested: [] }
    for (const { path, text } of stranger.problems) {
      if (path.startsWith(`${folder}/`) || !path.includes('/')) judged.faults.push(general(text))
    }
    for (const notice of this.#vault.notices) if (notice.startsWith(`${id}: `)) judged.faults.push(general(notice))
    if (this.#vault.state !== 'complete')
      judged.faults.push(
        general(
          'The last backup was interrupted. Back up once more (lifeboat backup), which puts everything in order, and then prove it again.',
        ),
      )
    await this.#step(`${id}: compared with the record of the last backup`, () =>
      compareWithRecord(account, stranger, judged, this.#options.vault.disk, this.#options.signal),
    )
    const services = await this.#restoreAll(account, stranger, judged)
    const ask = () => this.#askProvider(known, account, judged)
    const provider =
      known.connections.length === 0 ? await ask() : await this.#step(`${id}: compared with what the provider has now`, ask)
    return this.#judge(account, known.goals, services, provider, judged)
  }

  async #restoreAll(account: OpenAccount, stranger: StrangerFindings, judged: Judged): Promise<ServiceProof[]> {
    const proofs: ServiceProof[] = []
    if (account.state.runs.last() === null) return proofs
    using snapshot = await Snapshot.open(this.#vault, account, null)
    const services = new Set(snapshot.state.collections().map(({ service }) => service))
    for (const service of services) {
      const proof = await this.#step(`${account.id}: restored ${service} and compared every item that came back`, () =>
        new Rehearsal({ snapshot, vaultId: this.#vault.id, stranger }, service, judged, this.#options).run(),
      )
      proofs.push(proof)
    }
    return proofs
  }

  async #askProvider({ connections }: DrillAccount, account: OpenAccount, judged: Judged): Promise<ProviderProof> {
    if (connections.length === 0) return { asked: false, reason: 'The account is not set up on this computer.' }
    if (account.state.runs.last() === null) return { asked: false, reason: lostRecord }
    const sum = { listed: 0, sampled: 0, identical: 0, arrived: 0, changed: 0, removed: 0 }
    using snapshot = await Snapshot.open(this.#vault, account, null)
    const kept = new Set(account.state.collections().map(({ service }) => service))
    for (const service of connections.flatMap((connection) => connection.account.services))
      if (!kept.has(service)) judged.untested.push(`Whether the account has any ${service}: nothing of it has been saved yet.`)
    for (const connection of connections) {
      for (const service of connection.account.services.filter((each) => kept.has(each))) {
        try {
          const { faults, refused, ...counts } = await compareWithProvider(
            connection,
            service,
            { state: account.state, snapshot },
            this.#options.sample ?? defaultSample,
            this.#options.signal,
          )
          for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += counts[name]
          judged.faults.push(...faults)
          if (refused !== null) judged.untested.push(`Fetching ${refused.items} items of ${service} again: ${refused.reason}`)
        } catch (error) {
          this.#options.signal.throwIfAborted()
          return { asked: false, reason: `The provider did not answer for ${service}: ${toAppError(error).message}` }
        }
      }
    }
    return { asked: true, ...sum }
  }

  #judge(
    account: OpenAccount,
    goals: Goals,
    services: readonly ServiceProof[],
    provider: ProviderProof,
    judged: Judged,
  ): AccountProof {
    const { id, state } = account
    if (!provider.asked) judged.untested.push(`Whether it is what the provider has now: ${provider.reason}`)
    if (state.runs.last() === null) judged.faults.push(general(lostRecord))
    else if (services.every(({ items, kept }) => items + kept === 0))
      judged.faults.push(general('Nothing has been saved of this account yet.'))
    const lastGood = state.runs.lastFinished()
    const age = lastGood === null ? null : (this.#options.vault.clock.now().getTime() - Date.parse(lastGood.ended ?? '')) / 1000
    const untimed = untimedIn(services)
    const recoverySeconds = services.reduce((sum, { fullSeconds }) => sum + fullSeconds, 0)
    if (recoverySeconds > goals.recoverHours * 3600)
      judged.exceptions.push(general(`A full restore takes longer than the ${goals.recoverHours} hours you want.`))
    if (age === null) judged.exceptions.push(general('No backup of this account has come to its end yet.'))
    else if (isStillToCome(lastGood?.ended ?? '', this.#options.vault.clock.now()))
      judged.exceptions.push(
        general('The last good backup bears a date that is still to come; check the clock of this computer.'),
      )
    else if (age > goals.loseDays * 86_400)
      judged.exceptions.push(general(`The last good backup is older than the ${goals.loseDays} days you want to lose at most.`))
    const verdict: Verdict =
      judged.faults.length > 0 ? 'not-proven' : judged.exceptions.length > 0 ? 'proven-with-exceptions' : 'proven'
    return {
      ...{ account: id, verdict, run: state.runs.last()?.run ?? '', lastGood: lastGood?.ended ?? null, services, provider },
      ...{
        faults: judged.faults.slice(0, maxFindings),
        exceptions: judged.exceptions.slice(0, maxFindings),
        untested: judged.untested,
      },
      ...{ recoverySeconds, lossSeconds: age, goals },
      ...(untimed.length === 0 ? {} : { untimed }),
    }
  }
}
