/**
 * What the vault has of an account that was restored into: known by what the restore noted, so that nothing of it is downloaded again.
 * Where the notes cannot be read, nothing is known: that costs a download, never a backup.
 */
import type { Collection, Item } from '../core/items.ts'
import type { CollectionId } from '../vault/journal-entries.ts'
import type { ItemRecord } from '../vault/state-rows.ts'
import type { OpenAccount, Vault } from '../vault/vault.ts'
import { RestoredItems } from './restored-items.ts'

/** The bytes of an item, in the account of the vault that has them. */
export interface Recollected {
  readonly account: OpenAccount
  readonly record: ItemRecord
}

export class Recollection {
  readonly #vault: Vault
  readonly #account: string
  readonly #items: RestoredItems
  #accounts: Promise<readonly string[]> | null = null

  private constructor(vault: Vault, account: string, items: RestoredItems) {
    this.#vault = vault
    this.#account = account
    this.#items = items
  }

  /** Null where nothing was restored into the account. `folder`: as `RestoreOptions.stateFolder`. */
  static of(vault: Vault, account: string, folder: string | null): Recollection | null {
    const items = readable(() => RestoredItems.find(folder, vault.id, account), null)
    return items === null ? null : new Recollection(vault, account, items)
  }

  /** The one collection of the same account that all came from which was restored there. */
  readonly restoredFrom = (collection: Collection): CollectionId | null => {
    const [source, ...others] = this.#sourcesOf(collection)
    return source === undefined || others.length > 0 || source.account !== this.#account ? null : source.c
  }

  holdsSomeOf(collection: Collection): boolean {
    return this.#sourcesOf(collection).length > 0
  }

  #sourcesOf(collection: Collection): ReturnType<RestoredItems['sourcesOf']> {
    return readable(() => this.#items.sourcesOf(collection), [])
  }

  /** What the vault has of it, the best first: of the collection that it came from, and of what is there now. */
  async find(collection: Collection, item: Item): Promise<readonly Recollected[]> {
    const origin = readable(() => this.#items.originOf(collection, item), null)
    this.#accounts ??= this.#vault.accountIds()
    if (origin === null || !(await this.#accounts).includes(origin.account)) return []
    const account = await this.#vault.account(origin.account)
    const here = account.state.byHash(origin.c, origin.sha256)
    const all = [...here, ...account.state.places(collection.service, origin.sha256)]
    return all.map((record) => ({ account, record }))
  }

  close(): void {
    this.#items.close()
  }
}

function readable<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
