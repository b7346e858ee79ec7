/** Compares what came back of one service with what the vault says it should be, and names what differs. */

import type { Service } from '../core/account.ts'
import { isFolder } from '../core/items.ts'
import type { ItemRecord } from '../vault/state-rows.ts'
import type { CameBack } from './drill-readback.ts'
import type { ProofFinding } from './proof.ts'
import { titleOf } from './selection.ts'

/** In place of a checksum. */
const emptyFolder = 'a folder that holds nothing'

interface Expected {
  readonly item: ItemRecord
  readonly flags: readonly string[]
  readonly date: string
}

/** One collection: what was restored of it, and what came back. */
export class Comparison {
  readonly path: readonly string[]
  readonly #service: Service
  readonly #isClosed: boolean
  readonly #came = new Map<string, CameBack[]>()
  readonly #open: Expected[] = []
  #strangers = 0

  /** `isClosed`: nothing can come that was not put there; a stranger is what an expected item became. */
  constructor(service: Service, path: readonly string[], isClosed = false) {
    this.#service = service
    this.path = path
    this.#isClosed = isClosed
  }

  came(item: CameBack): void {
    const name = item.isFolder ? emptyFolder : item.sha256
    const others = this.#came.get(name)
    if (others === undefined) this.#came.set(name, [item])
    else others.push(item)
  }

  /** `held`: flags that the target can hold; null: all. */
  expect(item: ItemRecord, held: ReadonlySet<string> | null): void {
    const flags = flagsOf(item).filter((flag) => held === null || flag.startsWith('\\') || held.has(flag))
    this.#open.push({ item, flags, date: item.date })
  }

  /** Pairs everything up; answers what differs. `elsewhere`: the collection in which octets came back that are missing here. */
  differences(elsewhere: (sha256: string) => readonly string[] | null): ProofFinding[] {
    const findings: ProofFinding[] = []
    const rest = this.#open.filter((expected) => !this.#take(expected, (came) => this.#isSame(expected, came)))
    for (const expected of rest) {
      const came = this.#take(expected, () => true)
      const text = came === null ? missing(elsewhere(expected.item.sha256)) : this.#difference(expected, came)
      findings.push(this.#finding(expected.item, text))
    }
    for (const left of this.#isClosed ? [] : this.#came.values()) this.#strangers += left.length
    if (this.#strangers > 0)
      findings.push({
        ...{ service: this.#service, collection: this.path, title: '', date: '' },
        text: `${this.#strangers} came back that do not belong there.`,
      })
    return findings
  }

  #take({ item }: Expected, fits: (came: CameBack) => boolean): CameBack | null {
    const isEmpty = isFolder(item.meta) && !this.#isClosed
    const candidates = this.#came.get(isEmpty ? emptyFolder : item.sha256) ?? []
    const at = candidates.findIndex(fits)
    if (at < 0) return null
    const [taken = null] = candidates.splice(at, 1)
    return taken
  }

  #isSame(expected: Expected, came: CameBack): boolean {
    return this.#sameFlags(expected, came) && this.#sameDate(expected, came) && samePath(expected, came)
  }

  #sameFlags({ flags }: Expected, came: CameBack): boolean {
    return came.flags === null || came.flags.join('\n') === flags.join('\n')
  }

  #sameDate({ item, date }: Expected, came: CameBack): boolean {
    if (came.date === null) return true
    const modified = item.meta['modified']
    const wanted = this.#service === 'files' && typeof modified === 'string' ? modified : date
    return Math.floor(Date.parse(wanted) / 1000) === Math.floor(Date.parse(came.date) / 1000)
  }

  #difference(expected: Expected, came: CameBack): string {
    if (!this.#sameFlags(expected, came)) {
      const words = (flags: readonly string[] | null) => (flags?.length ? flags.join(' ') : 'none')
      return `It came back with other marks: ${words(came.flags)} instead of ${words(expected.flags)}.`
    }
    if (!samePath(expected, came))
      return `It came back in another folder or by another name: ${came.path?.join('/')} instead of ${pathOf(expected)?.join('/')}.`
    return `It came back with another date: ${came.date} instead of ${expected.date}.`
  }

  #finding(item: ItemRecord, text: string): ProofFinding {
    return { service: this.#service, collection: this.path, title: titleOf(item), date: item.date, text }
  }
}

/** Where both are known. */
function samePath(expected: Expected, { path }: CameBack): boolean {
  const wanted = pathOf(expected)
  return path === undefined || wanted === null || path.join('\0') === wanted.join('\0')
}

function pathOf({ item: { meta } }: Expected): string[] | null {
  const path = meta['path']
  return Array.isArray(path) ? path.map(String) : null
}

function missing(elsewhere: readonly string[] | null): string {
  return elsewhere === null
    ? 'It did not come back, or not as it was saved.'
    : `It came back in another place: ${elsewhere.join('/')}.`
}

export function flagsOf({ meta }: ItemRecord): string[] {
  const flags = meta['flags']
  return Array.isArray(flags)
    ? flags.filter((flag): flag is string => typeof flag === 'string' && flag !== '\\Recent').sort()
    : []
}
