/** Fetches anew what is damaged on the disk, and keeps the list of checksums true about what stays damaged there. */

import type { Item } from '../core/items.ts'
import type { BookWriter } from './book-writer.ts'
import { afterOperation, paged, rescuedContent, type SuspectFile, suspectFiles } from './damage.ts'
import type { FileOperation } from './journal-entries.ts'
import { historyFolder } from './layout.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'
import type { RunContext } from './store.ts'
import type { OpenAccount, Vault } from './vault.ts'

/** Of one item or of several. */
type Words = (account: string, n: number) => string

const awaitedWords: Words = (account, n) =>
  n === 1
    ? `${account}: an item is damaged or missing on the disk. What the provider still has is fetched anew.`
    : `${account}: ${n} items are damaged or missing on the disk. What the provider still has is fetched anew.`
const rescuedWords: Words = (account, n) =>
  n === 1
    ? `${account}: a message that is not in the account any more was saved anew from a file that another program has changed.`
    : `${account}: ${n} messages that are not in the account any more were saved anew from a file that another program has changed.`

type Save = (folder: CollectionRecord, item: Item, content: Buffer) => Promise<unknown>

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

  /**
   * What is damaged on the disk waits to be fetched anew from now on; what is not in the account any more is saved anew where it can be
   * found. `save`: writes a message into the vault.
   */
  async ask(save: Save): Promise<void> {
    const { disk } = this.#vault
    const noted = this.#vault.notedDamage(this.#account)
    const knownSum = (path: string) => this.#account.manifest.sumOf(path)
    this.#suspects = await suspectFiles(disk, this.#account.root, this.#context.state, noted, knownSum)
    let count = 0
    let rescued = 0
    for (const suspect of this.#suspects) {
      rescued += await this.#rescue(suspect, save)
      for (const items of paged((after) => this.#context.state.livingIn(suspect.path, after))) {
        for (const item of items) if (suspect.isDamaged(item) && this.#isToBeFetched(suspect, item)) count++
        if (this.#context.batch().entries.length > 1) await this.#context.commit()
      }
    }
    this.#tell(rescued, rescuedWords)
    this.#tell(count, awaitedWords)
  }

  #tell(count: number, words: Words): void {
    if (count > 0) this.#vault.notices.push(words(this.#account.id, count))
  }

  /** Answers how many messages were saved anew. */
  async #rescue(suspect: SuspectFile, save: Save): Promise<number> {
    const { state } = this.#context
    let count = 0
    for (const items of paged((after) => state.goneIn(suspect.path, after))) {
      for (const item of items) {
        if (!suspect.isDamaged(item) || !(await this.#saveAnew(item, save))) continue
        suspect.rescued(item)
        count++
      }
      if (this.#context.batch().entries.length > 1) await this.#context.commit()
    }
    return count
  }

  /** False where the message is lost. */
  async #saveAnew(item: ItemRecord, save: Save): Promise<boolean> {
    const { state, disk, root } = this.#context
    const { c, key, version, date, meta, removed } = item
    const folder = state.collection(c)
    const content = folder === null ? null : await rescuedContent(disk, root, state, item)
    if (folder === null || content === null) return false
    this.#waitFor(item)
    await save(folder, { key, version, date, meta, identities: state.identities(item.id) }, content)
    if (removed !== null) this.#context.batch().add({ op: 'remove', c, key })
    return true
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
      if (this.#account.manifest.asFound(path, sum))
        this.#vault.notices.push(
          !suspect.hasDamagedItems
            ? `${this.#account.id}: something was added to ${path} that no backup wrote. It is kept, and the list of checksums has the file as it is now.`
            : sum === null
              ? `${this.#account.id}: what was damaged in ${path} is saved anew elsewhere in the vault. The list of checksums does not ask for it any more.`
              : `${this.#account.id}: what was damaged in ${path} is saved anew elsewhere in the vault. It is kept, and the list of checksums has it as it is now.`,
        )
    }
  }
}
