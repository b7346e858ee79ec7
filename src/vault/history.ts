/** Where what a run replaces or removes goes: `History/<run>/` and the path it had. */
import { collisionKey } from '../formats/names.ts'
import { historyFolder } from './layout.ts'

export class History {
  readonly #run: string
  /** As `collisionKey` gives them, of this run. */
  readonly #files = new Set<string>()
  readonly #folders = new Set<string>()
  readonly #shared = new Map<string, string>()

  constructor(run: string) {
    this.#run = run
  }

  /** The place for a file of the account. Never the same twice in a run, nor in what is a file already. */
  placeFor(path: string): string {
    for (let n = 1; ; n++) {
      const place = `${historyFolder}/${this.#run}/${n === 1 ? '' : `${n}/`}${path}`
      if (!this.#isFree(place)) continue
      this.#files.add(collisionKey(place))
      for (const folder of foldersOf(place)) this.#folders.add(folder)
      return place
    }
  }

  /** The place for what leaves a file that holds many: one for all of it. */
  sharedPlaceFor(path: string): string {
    const known = this.#shared.get(path)
    if (known !== undefined) return known
    const place = this.placeFor(path)
    this.#shared.set(path, place)
    return place
  }

  #isFree(place: string): boolean {
    const key = collisionKey(place)
    return !this.#files.has(key) && !this.#folders.has(key) && !foldersOf(place).some((folder) => this.#files.has(folder))
  }
}

function foldersOf(place: string): string[] {
  const names = collisionKey(place).split('/')
  return names.slice(1).map((_, depth) => names.slice(0, depth + 1).join('/'))
}
