/** Checks contacts, events and files: each file as a whole, and every item in it by its own checksums. */
import { createHash } from 'node:crypto'
import { toAppError } from '../core/errors.ts'
import { type Disk, readStream } from './disk.ts'
import { type ItemPlace, ItemReader } from './item-reader.ts'
import { systemPath } from './layout.ts'
import type { UndoneRename } from './recovery.ts'
import type { SavedMessage } from './saved-messages.ts'
import { AccountState } from './state.ts'
import type { ItemRecord } from './state-rows.ts'

export interface SavedItem extends Omit<SavedMessage, 'length'> {
  /** It lies elsewhere in the vault, too: what is there of it was saved anew. */
  readonly isReplaced: boolean
}

/** An item whose octets are not what was saved. */
export interface DamagedItem {
  readonly item: SavedItem
  /** One sentence for a person. */
  readonly problem: string
}

export interface CheckedFile {
  /** SHA-256 of the whole file, and whether it is that of the journal. */
  readonly sum: string
  readonly isWhole: boolean
  readonly damaged: readonly DamagedItem[]
}

/** What the journals of the accounts say of everything but mail. */
export class SavedItems {
  readonly #disk: Disk
  readonly #vault: string
  /** By the account's folder. */
  readonly #states = new Map<string, { readonly state: AccountState; readonly account: string; readonly reader: ItemReader }>()

  constructor(disk: Disk, vault: string) {
    this.#disk = disk
    this.#vault = vault
  }

  /** Reads the journals of an account that has more than mail. `folder`: as a path in the vault. */
  async add(folder: string, account: string, undone: UndoneRename | null): Promise<void> {
    const root = systemPath(this.#vault, folder)
    const { state } = await AccountState.caughtUp(null, this.#disk, root)
    if (undone !== null) state.renameBack(undone)
    this.#states.set(folder, { state, account, reader: new ItemReader(this.#disk, root, state, true) })
  }

  close(): void {
    for (const { state } of this.#states.values()) state.close()
  }

  /** Everything that was saved, earlier versions included. */
  count(): number {
    return [...this.#states.values()].reduce((sum, { state }) => sum + state.countSaved(), 0)
  }

  /** Their files, as paths in the vault. */
  *paths(): Generator<string> {
    for (const [folder, { state }] of this.#states) for (const path of state.placedFiles().keys()) yield `${folder}/${path}`
  }

  has(path: string): boolean {
    const { state, path: inAccount } = this.#find(path)
    return state?.placedFile(inAccount) !== undefined
  }

  /** In a file, in its order. */
  inFile(path: string): SavedItem[] {
    const { state, account, path: inAccount } = this.#find(path)
    if (state === null) return []
    const names = new Map(state.collections().map((collection) => [collection.c, collection.path]))
    return [...state.inFile(inAccount)].map((item) => describe(state, item, account, names.get(item.c) ?? []))
  }

  #find(path: string) {
    const folder = path.split('/').slice(0, 2).join('/')
    const found = this.#states.get(folder)
    return {
      state: found?.state ?? null,
      reader: found?.reader ?? null,
      account: found?.account ?? '',
      path: path.slice(folder.length + 1),
    }
  }

  /** Paths in the vault out of which the last commit moves something: it may still be there. */
  *movedAway(): Generator<string> {
    for (const [folder, { state }] of this.#states)
      for (const operation of state.operations()) if (operation.op === 'move') yield `${folder}/${operation.from}`
  }

  /** Whether the file is there, be it that what the last commit asked for is not done yet. */
  async isThere(path: string): Promise<boolean> {
    const { reader, path: inAccount } = this.#find(path)
    return reader !== null && (await this.#disk.stat(await reader.whereabouts(inAccount))) !== null
  }

  /** Reads the file and every item in it. `onChunk` is given its octets. */
  async check(path: string, onChunk: (chunk: Uint8Array) => void): Promise<CheckedFile> {
    const { state, reader, account, path: inAccount } = this.#find(path)
    const file = reader === null ? systemPath(this.#vault, path) : await reader.whereabouts(inAccount)
    const sum = await this.#sum(file, onChunk)
    const names = new Map(state?.collections().map((collection) => [collection.c, collection.path]))
    const damaged: DamagedItem[] = []
    for (const item of state?.inFile(inAccount) ?? []) {
      const problem = item.form === 'file' ? wholeProblem(item, sum) : await sharedProblem(reader, item)
      if (problem !== null && state !== null)
        damaged.push({ item: describe(state, item, account, names.get(item.c) ?? []), problem })
    }
    return { sum, isWhole: sum === state?.placedFile(inAccount), damaged }
  }

  async #sum(file: string, onChunk: (chunk: Uint8Array) => void): Promise<string> {
    const sum = createHash('sha256')
    for await (const chunk of readStream(this.#disk, file)) {
      sum.update(chunk)
      onChunk(chunk)
    }
    return sum.digest('hex')
  }
}

function wholeProblem(item: ItemRecord, sum: string): string | null {
  return item.sha256 === sum ? null : 'It is not what was saved.'
}

async function sharedProblem(reader: ItemReader | null, item: ItemPlace): Promise<string | null> {
  try {
    for await (const _ of reader?.read(item) ?? []);
    return null
  } catch (error) {
    const { code, message } = toAppError(error)
    return code === 'corrupt' ? 'It is not what was saved.' : message
  }
}

function describe(state: AccountState, item: ItemRecord, account: string, collection: readonly string[]): SavedItem {
  const { c, key, head, date, size, sha256, offset, path } = item
  const last = state.item(c, key)
  const isReplaced = last !== null && last.sha256 === sha256 && last.path !== path
  return { account, collection, key, title: head.subject, date, size, sha256, offset, isReplaced }
}
