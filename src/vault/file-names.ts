/** Which names are in use in the folders of the files' drives, in a scratch table: memory stays flat. */
import { isFolder } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import { collisionKey, type FolderNames, uniquePath } from '../formats/names.ts'
import type { CollectionId } from './journal-entries.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'

/** Octets of one name, and of a path below its drive: so that no system's limit is met, in the history neither. */
const longestName = 240
const longestPath = 700

const schema = `
CREATE TEMP TABLE IF NOT EXISTS names (
  parent TEXT NOT NULL, collision TEXT NOT NULL, spelling TEXT NOT NULL, name TEXT, item TEXT, PRIMARY KEY (parent, collision)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS temp.names_by_name ON names (parent, name);
DELETE FROM temp.names;
`

/** What a name stands for. */
export interface Occupant {
  /** Relative to the account's folder. */
  readonly path: string
  /** Null for a folder. */
  readonly item: string | null
}

export class FileNames {
  readonly #state: AccountState
  readonly #known = new Set<CollectionId>()

  constructor(state: AccountState) {
    this.#state = state
    state.database.exec(schema)
  }

  /** Learns what the drive holds, the first time it is asked for. */
  #learn({ c, folder }: CollectionRecord): void {
    if (this.#known.has(c)) return
    this.#known.add(c)
    this.#state.database.exec('BEGIN')
    try {
      for (const item of this.#state.items(c, false)) this.#add(folder, item)
    } finally {
      this.#state.database.exec('COMMIT')
    }
  }

  #add(folder: string, { path, key, meta }: Pick<ItemRecord, 'path' | 'key' | 'meta'>): void {
    if (path.startsWith(`${folder}/`)) this.take(folder, path, namesOf(meta), key)
  }

  /** A path is in use from now on. */
  take(folder: string, path: string, names: readonly string[], item: string): void {
    const spellings = path.slice(folder.length + 1).split('/')
    let parent = folder
    spellings.forEach((spelling, depth) => {
      // A shortened path stands for several names: it belongs to none of them.
      const name = spellings.length === names.length ? (names[depth] ?? null) : null
      this.#state.run(
        'INSERT OR REPLACE INTO temp.names (parent, collision, spelling, name, item) VALUES (?, ?, ?, ?, ?)',
        ...[parent, collisionKey(spelling), spelling, name, depth === spellings.length - 1 ? item : null],
      )
      parent = `${parent}/${spelling}`
    })
  }

  /** The file is not there any more. Folders stay taken until somebody asks for their name. */
  release(drive: CollectionRecord, path: string): void {
    this.#learn(drive)
    const [parent, spelling] = splitPath(path)
    this.#state.run('DELETE FROM temp.names WHERE parent = ? AND collision = ?', parent, collisionKey(spelling))
  }

  /** Takes a folder that holds nothing any more, with the folders in it, out of the way. */
  releaseFolder(path: string): void {
    const [parent, spelling] = splitPath(path)
    this.#state.run('DELETE FROM temp.names WHERE parent = ? AND collision = ?', parent, collisionKey(spelling))
    this.#state.run('DELETE FROM temp.names WHERE parent = ? OR (parent > ? AND parent < ?)', path, `${path}/`, `${path}0`)
  }

  /**
   * What stands where the path would lie if every name in it had its plain spelling: a file, or a folder of another name, on
   * the way; anything at its end.
   */
  inTheWay(drive: CollectionRecord, names: readonly string[], spell: (name: string) => string): Occupant | null {
    this.#learn(drive)
    let parent = drive.folder
    for (const [depth, name] of names.entries()) {
      const isLast = depth === names.length - 1
      const folder = isLast ? undefined : this.#folder(parent, name)
      const spelling = folder ?? spell(name)
      const found = this.#get(parent, collisionKey(spelling))
      if (found !== undefined && folder === undefined) return found
      parent = `${parent}/${spelling}`
    }
    return null
  }

  /** The files in a folder and the folders below it. */
  filesBelow(path: string): Occupant[] {
    const sql =
      'SELECT parent, spelling, item FROM temp.names WHERE (parent = ? OR (parent > ? AND parent < ?)) AND item IS NOT NULL'
    return this.#state.database.prepare(sql).all(path, `${path}/`, `${path}0`).map(toOccupant)
  }

  /** A path that nothing has, nor `isTaken`. It is given away with `take`. */
  allocate(drive: CollectionRecord, names: readonly string[], isTaken: (path: string) => boolean): string {
    this.#learn(drive)
    const full = (parent: string) => (parent === '' ? drive.folder : `${drive.folder}/${parent}`)
    // Two files of one name are two; two folders of one name are one.
    const fresh: FolderNames = {
      spellingOf: (parent, name) => (depthOf(parent) === names.length - 1 ? undefined : this.#folder(full(parent), name)),
      isTaken: (parent, key) => this.#get(full(parent), key) !== undefined || isTaken(`${full(parent)}/${key}`),
    }
    return `${drive.folder}/${uniquePath(names, fresh, longestPath, longestName).join('/')}`
  }

  #folder(parent: string, name: string): string | undefined {
    const sql = 'SELECT spelling FROM temp.names WHERE parent = ? AND name = ? AND item IS NULL'
    const spelling = this.#state.database.prepare(sql).get(parent, name)?.['spelling']
    return spelling === undefined ? undefined : String(spelling)
  }

  #get(parent: string, key: string): Occupant | undefined {
    const sql = 'SELECT parent, spelling, item FROM temp.names WHERE parent = ? AND collision = ?'
    const row = this.#state.database.prepare(sql).get(parent, key)
    return row === undefined ? undefined : toOccupant(row)
  }
}

function toOccupant(row: Record<string, unknown>): Occupant {
  return { path: `${row['parent']}/${row['spelling']}`, item: row['item'] === null ? null : String(row['item']) }
}

function depthOf(parent: string): number {
  return parent === '' ? 0 : parent.split('/').length
}

function splitPath(path: string): [parent: string, name: string] {
  const slash = path.lastIndexOf('/')
  return [path.slice(0, slash), path.slice(slash + 1)]
}

/**
 * Stands in a folder that holds nothing: neither checksums nor many a program that copies know of folders without files
 * (RFC 8493 section 2.1.3).
 */
const placeholder = '.keep'

/** The names of the file that stands for an item, from the drive's root down; of a meta that has none, nothing. */
export function namesOf(meta: JsonObject): string[] {
  const path = meta['path']
  const names = Array.isArray(path) ? path.map(String) : []
  return isFolder(meta) ? [...names, placeholder] : names
}
