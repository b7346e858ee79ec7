/** Keeps messages as records of the mbox files; what becomes of them is journal entries, the records stay. */
import type { Content, Item } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import { type MailWriter, recordHead, type Stored } from './mail-store.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'
import type { RunContext, Store } from './store.ts'

type Place = Omit<Stored, 'identity'> & { readonly identity: readonly string[] }

export class MailItems implements Store {
  readonly #context: RunContext
  readonly #writer: MailWriter

  constructor(context: RunContext, writer: MailWriter) {
    this.#context = context
    this.#writer = writer
  }

  async put(folder: CollectionRecord, item: Item, content: Content): Promise<number> {
    const date = dateOf(item, this.#context.now())
    const { size } = await this.#writer.put(folder.folder, recordHead(item.key, date, item.meta), content, (stored) => {
      const identity = [...new Set([...(item.identities ?? []), ...(stored.identity === null ? [] : [stored.identity])])]
      const { path, offset, length, size, sha256, head } = stored
      this.#addPut(folder, item, date, { path, offset, length, size, sha256, head, identity })
      this.#context.batch().octets += size
    })
    return size
  }

  #addPut(folder: CollectionRecord, item: Item, date: Date, put: Place): void {
    const { head, identity, ...place } = put
    this.#context.batch().add({
      ...{ op: 'put', c: folder.c, key: item.key },
      ...(item.version === item.key ? {} : { version: item.version }),
      ...(identity.length === 0 ? {} : { identity }),
      ...place,
      date: date.toISOString(),
      meta: item.meta,
      head,
    })
  }

  async rekey(folder: CollectionRecord, item: Item, from: ItemRecord): Promise<void> {
    const identity = [...new Set([...(item.identities ?? []), ...this.#context.state.identities(from.id)])]
    const { path, offset, length, size, sha256, head } = from
    const date = dateOf({ date: from.date, ...item }, this.#context.now())
    this.#addPut(folder, item, date, { path, offset, length, size, sha256, head, identity })
    if (from.key !== item.key) this.#context.batch().add({ op: 'remove', c: folder.c, key: from.key, rekeyed: item.key })
  }

  async meta({ c }: CollectionRecord, key: string, meta: JsonObject): Promise<void> {
    this.#context.batch().add({ op: 'meta', c, key, meta })
  }

  async remove({ c }: CollectionRecord, key: string): Promise<void> {
    this.#context.batch().add({ op: 'remove', c, key })
  }
}

/** Servers state dates that are none: then it is now. */
function dateOf(item: Pick<Item, 'date'>, now: Date): Date {
  const date = new Date(item.date ?? now)
  const year = date.getUTCFullYear()
  return year >= 0 && year <= 9999 ? date : now
}
