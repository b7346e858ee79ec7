/** Fetches anew what is damaged on the disk, and keeps the list of checksums true about what stays damaged there. */
import type { BookWriter } from './book-writer.ts'
import { afterOperation, type SuspectFile, suspectFiles } from './damage.ts'
import type { FileOperation } from './journal.ts'
import { historyFolder } from './layout.ts'
import type { ItemRecord } from './state-rows.ts'
import type { RunContext } from './store.ts'
import type { OpenAccount, Vault } from './vault.ts'

export class Healing {
  readonly #vault: Vault
  readonly #account: OpenAccount
  readonly #context: RunContext
  #suspects: readonly SuspectFile[] = []

  constructor(vault: Vault, account: OpenAccount, context: RunContext) {
    this.#vault = vault
    this.#account = account
    this.#context = context
  }

  /** What is damaged on the disk waits to be fetched anew from now on. */
  async ask(): Promise<void> {
    const { disk } = this.#vault
    const noted = this.#vault.notedDamage(this.#account)
    const knownSum = (path: string) => this.#vault.knownSum(this.#account, path)
    this.#suspects = await suspectFiles(disk, this.#account.root, this.#context.state, noted, knownSum)
    let count = 0
    for (const suspect of this.#suspects) {
      const page = (after: number) => this.#context.state.livingIn(suspect.path, after)
      for (let items = page(0); items.length > 0; items = page(items.at(-1)?.id ?? 0)) {
        for (const item of items) if (suspect.isDamaged(item) && this.#isToBeFetched(suspect, item)) count++
        if (this.#context.batch().entries.length > 1) await this.#context.commit()
      }
    }
    if (count > 0)
      this.#vault.notices.push(
        count === 1
          ? `${this.#account.id}: an item is damaged or missing on the disk. What the provider still has is fetched anew.`
          : `${this.#account.id}: ${count} items are damaged or missing on the disk. What the provider still has is fetched anew.`,
      )
  }

  /** A file operation of this run is carried out. */
  carriedOut(operation: FileOperation): void {
    this.#suspects = afterOperation(this.#suspects, operation)
  }

  /** Notes for the last commit which address books and calendars are to be written anew. */
  mendBooks(books: BookWriter): void {
    for (const suspect of this.#suspects) this.#mendBook(suspect, books)
  }

  /** An address book or calendar whose items are whole is put together again; as it was found it goes into the history. */
  #mendBook({ path, hasDamagedItems }: SuspectFile, books: BookWriter): void {
    if (hasDamagedItems) return
    const c = this.#context.state.inFile(path).next().value?.c
    if (path.startsWith(`${historyFolder}/`) || this.#context.state.headLength(path) === null || c === undefined) return
    const book = [...this.#context.state.collections(), ...this.#context.state.allOriginals()].find(
      (collection) => collection.c === c,
    )
    if (book !== undefined) books.noteFile(this.#context.batch(), book, path)
  }

  /** False where it is waited for already. An original comes again with the item that it belongs to. */
  #isToBeFetched(suspect: SuspectFile, damaged: ItemRecord): boolean {
    const owner = this.#context.state.allOriginals().find(({ c }) => c === damaged.c)
    const item = owner === undefined ? damaged : this.#context.state.item(Number(owner.key), damaged.key)
    if (item === null || item.removed !== null) return false
    suspect.await({ ...damaged, c: item.c, key: item.key })
    if (this.#context.state.isPending(item.c, item.key)) return false
    this.#waitFor(item)
    return true
  }

  #waitFor({ id, c, key, version, size, date, meta, head }: ItemRecord): void {
    const identity = this.#context.state.identities(id)
    const reason = 'Its copy on the disk is damaged or missing, and it could not be fetched anew yet.'
    this.#context.batch().add({
      ...{ op: 'pending', c, key },
      ...(version === key ? {} : { version }),
      ...(identity.length === 0 ? {} : { identity }),
      ...{ size, date, meta, title: head.subject, code: 'corrupt', reason },
    })
  }

  /**
   * Where all that is damaged in a file was saved anew elsewhere, the list of checksums names the file as it is from now on: what
   * is damaged in it later can be told again. `verify` goes on naming it, by the journal.
   */
  listAsFound(): void {
    for (const suspect of this.#suspects) {
      const { path, sum } = suspect
      if (sum === undefined || !suspect.isReplaced(this.#context.state)) continue
      if (this.#vault.manifestAsFound(this.#account, path, sum))
        this.#vault.notices.push(
          sum === null
            ? `${this.#account.id}: what was damaged in ${path} is saved anew elsewhere in the vault. The list of checksums does not ask for it any more.`
            : `${this.#account.id}: what was damaged in ${path} is saved anew elsewhere in the vault. It is kept, and the list of checksums has it as it is now.`,
        )
    }
  }
}
