/** What the open vault answers to whoever makes the viewer's data. */
import { join } from 'node:path'
import type { Service } from '../core/account.ts'
import { AppError } from '../core/errors.ts'
import { readItem } from '../vault/item-reader.ts'
import { attachmentsFolder } from '../vault/layout.ts'
import type { OpenAccount, Vault } from '../vault/vault.ts'
import { lastVerification } from '../vault/verified.ts'
import type { ProofInfo } from '../viewer/format-overview.ts'
import type { OverviewInput } from '../viewer/input.ts'
import { proofsFolder, readProofs } from './status.ts'
import type { LiveJournal, TaskAccount, ViewerHost } from './viewer-task.ts'

export class VaultHost implements ViewerHost {
  readonly #vault: Vault
  readonly #attachments: boolean
  readonly #onProgress: (documents: number) => void
  readonly #accounts = new Map<string, OpenAccount>()
  readonly live = new LiveJournals()

  constructor(vault: Vault, attachments: boolean, onProgress: (documents: number) => void) {
    this.#vault = vault
    this.#attachments = attachments
    this.#onProgress = onProgress
  }

  /** The accounts to be read: those without a run first, then `live` ones in their order. */
  async accounts(live: readonly string[]): Promise<TaskAccount[]> {
    const others = (await this.#vault.accountIds()).filter((id) => !live.includes(id)).sort()
    const accounts: TaskAccount[] = []
    for (const id of [...others, ...live]) {
      const account = await this.#vault.account(id)
      const { folder, root, state } = account
      this.#accounts.set(id, account)
      accounts.push({
        ...{ id, folder, root, isLive: live.includes(id) },
        services: state.collections().map(({ c, service }) => [c, service]),
        listed: [...account.manifest.below(attachmentsFolder)],
      })
    }
    return accounts
  }

  async overview(): Promise<OverviewInput> {
    const accounts: OpenAccount[] = []
    for (const id of (await this.#vault.accountIds()).sort()) accounts.push(await this.#vault.account(id))
    return {
      ...{ proof: await lastProof(this.#vault), verified: lastVerification((name) => this.#vault.cacheFile(name)), notices: [] },
      documents: this.#attachments,
      accounts: accounts.map((account) => accountInfo(account)),
      collections: accounts.flatMap((account) => collectionInfos(account)),
      pending: accounts.flatMap(({ id, state }) =>
        state.collections().flatMap(({ c }) => state.pending(c).map(({ title, reason }) => ({ account: id, c, title, reason }))),
      ),
    }
  }

  grown(account: string, length: number): Promise<LiveJournal | null> {
    return this.live.grown(account, length)
  }

  /** Paths of a journal are those of then: where the octets lie now, the state knows. */
  async content(id: string, service: Service, sha256: string, limit: number): Promise<Uint8Array> {
    const { root, state } = await this.#vault.account(id)
    let failure: unknown = null
    for (const place of state.places(service, sha256)) {
      try {
        return await upTo(readItem(this.#vault.disk, root, state, place), Math.min(limit, place.size))
      } catch (error) {
        failure ??= error
      }
    }
    // Of one item: the others are shown.
    if (failure instanceof AppError && failure.code === 'disk-failed')
      throw new AppError('corrupt', failure.message, { cause: failure })
    throw failure ?? new TypeError('the state does not know what the journal put')
  }

  async markWriting(): Promise<void> {
    await this.#vault.markWriting()
  }

  list(id: string, path: string, sum: string): void {
    this.#accounts.get(id)?.manifest.known(path, sum)
  }

  progress(documents: number): void {
    this.#onProgress(documents)
  }
}

/** The journals of the runs under way, as far as they count. */
class LiveJournals {
  readonly #journals = new Map<string, LiveJournal>()
  readonly #ended = new Set<string>()
  #allEnded = false
  #waiting: { readonly account: string; readonly length: number; resolve(journal: LiveJournal | null): void }[] = []

  committed(account: string, run: string, length: number): void {
    this.#journals.set(account, { run, length })
    this.#answer()
  }

  /** The account's run, or every one, commits nothing more. */
  end(account?: string): void {
    if (account === undefined) this.#allEnded = true
    else this.#ended.add(account)
    this.#answer()
  }

  grown(account: string, length: number): Promise<LiveJournal | null> {
    return new Promise((resolve) => {
      this.#waiting.push({ account, length, resolve })
      this.#answer()
    })
  }

  #answer(): void {
    this.#waiting = this.#waiting.filter(({ account, length, resolve }) => {
      const journal = this.#journals.get(account)
      if (journal !== undefined && journal.length > length) resolve(journal)
      else if (this.#allEnded || this.#ended.has(account)) resolve(null)
      else return true
      return false
    })
  }
}

async function upTo(chunks: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    parts.push(chunk)
    length += chunk.length
    // What is cut here was not checked; the viewer says that it shows the beginning.
    if (length > limit) break
  }
  return new Uint8Array(Buffer.concat(parts, Math.min(length, limit)))
}

function accountInfo({ id, folder, state }: OpenAccount): OverviewInput['accounts'][number] {
  const services = [...new Set(state.collections().map(({ service }) => service))]
  const last = state.runs.last()
  return { key: id, id, folder, services, asOf: state.runs.lastFinished()?.ended ?? null, lastRun: last?.run ?? '' }
}

function collectionInfos({ id, state }: OpenAccount): OverviewInput['collections'] {
  return state.collections().map(({ c, service, path, role, meta }) => {
    const { live, removed, bytes } = state.countItems(c)
    const unread = service === 'mail' ? state.countUnread(c) : 0
    return { account: id, c, service, path, role, meta, live, removed, unread, bytes }
  })
}

async function lastProof({ disk, directory, clock }: Vault): Promise<ProofInfo | null> {
  const last = (await readProofs(disk, directory, clock.now())).at(-1)
  if (last === undefined) return null
  const { proof, page } = last
  const isThere = (await disk.stat(join(directory, proofsFolder, page))) !== null
  return { time: proof.ended, verdict: proof.verdict, file: isThere ? `${proofsFolder}/${page}` : null }
}
