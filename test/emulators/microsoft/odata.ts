/** OData as Graph has it: pages of lists and of deltas with tokens that mean nothing to a client, and `$select`. */
import { randomBytes } from 'node:crypto'
import { badRequest, documentedErrors, type GraphCall, preferences } from './graph.ts'

export type Resource = Readonly<Record<string, unknown>>

/** What `$select` leaves; `id`, annotations, `@removed` and what was expanded always stay. */
export function select(resource: Resource, names: string | null): Resource {
  if (names === null || names === '') return resource
  const wanted = new Set(names.split(',').map((name) => name.trim()))
  for (const name of wanted) if (!/^[A-Za-z]\w*$/.test(name)) throw badRequest(`Could not find a property named '${name}'.`)
  return Object.fromEntries(
    Object.entries(resource).filter(
      ([name]) => name === 'id' || name.startsWith('@') || name === 'singleValueExtendedProperties' || wanted.has(name),
    ),
  )
}

export interface PageSizes {
  /** Without `$top` or `odata.maxpagesize`. */
  readonly usual: number
  readonly most: number
}

interface Rest {
  readonly place: string
  readonly items: readonly Resource[]
  readonly size: number
  /** Of a delta: what the `deltaLink` at the end goes on from, and what its items are. */
  readonly end?: string
}

/** A place at which something can be asked for what changed since. */
export interface DeltaPlace {
  /** Tells the places apart. */
  readonly place: string
  readonly log: Pick<DeltaLog, 'now' | 'all' | 'since'>
  /** Null: not there any more. `query`: of the first call. */
  readonly resource: (id: string, query: URLSearchParams) => Resource | null
}

export class Pages {
  readonly #rests = new Map<string, Rest>()
  readonly #deltas = new Map<string, { readonly place: string; readonly at: number; readonly query: URLSearchParams }>()
  /** On command: the pages of a delta come in another order, and each repeats the end of the one before. */
  replays = false
  /** On command: the delta of whatever has this in its place leads back to its first page for ever, with a new link each time. */
  endless: string | null = null

  /** Whole lists ("Paging Microsoft Graph data"): frozen when the first page is asked for. */
  list(call: GraphCall<unknown>, place: string, sizes: PageSizes, items: () => readonly Resource[]): Resource {
    const token = call.query.get('$skiptoken')
    if (token !== null) return this.#next(call, token, place)
    const wanted = call.query.get('$select')
    const skip = numberOf(call.query.get('$skip')) ?? 0
    const chosen = items()
      .slice(skip)
      .map((item) => select(item, wanted))
    return this.#page(call, { place, items: chosen, size: sizeOf(call, sizes) })
  }

  /** What changed ("Use delta query to track changes in Microsoft Graph data"). */
  delta(call: GraphCall<unknown>, { place, log, resource }: DeltaPlace, sizes: PageSizes): Resource {
    const skip = call.query.get('$skiptoken')
    if (skip !== null) return this.#next(call, skip, place)
    const token = call.query.get('$deltatoken')
    const known = token === null ? { place, at: 0, query: call.query } : this.#deltas.get(token)
    if (known === undefined || known.place !== place) throw documentedErrors.syncStateNotFound()
    const changed = token === null ? log.all() : log.since(known.at)
    const items = changed.map(({ id, isRemoved, members }) => {
      const value = isRemoved ? null : resource(id, known.query)
      if (value === null) return { '@removed': { reason: 'deleted' }, id }
      return withMembers(select(value, known.query.get('$select')), members)
    })
    const end = randomBytes(18).toString('base64url')
    this.#deltas.set(end, { place, at: log.now, query: known.query })
    const ordered = this.replays ? items.toReversed() : items
    return this.#page(call, { place, items: ordered, size: sizeOf(call, sizes), end })
  }

  /** As when tokens are used too late. */
  forget(): void {
    this.#rests.clear()
    this.#deltas.clear()
  }

  #next(call: GraphCall<unknown>, token: string, place: string): Resource {
    const rest = this.#rests.get(token)
    if (rest === undefined || rest.place !== place) throw documentedErrors.syncStateNotFound()
    return this.#page(call, rest)
  }

  #page(call: GraphCall<unknown>, { place, items, size, end }: Rest): Resource {
    const value = items.slice(0, size)
    const repeated = this.replays && end !== undefined ? value.slice(-1) : []
    const isEndless = end !== undefined && this.endless !== null && place.includes(this.endless)
    const left = isEndless ? items : items.slice(size)
    const context = { '@odata.context': `${call.origin}/v1.0/$metadata#${place}` }
    const link = (name: string, token: string) => `${call.origin}${call.path}?$${name}=${token}`
    if (left.length > 0) {
      const token = randomBytes(18).toString('base64url')
      this.#rests.set(token, {
        place,
        items: [...repeated, ...left],
        size: size + repeated.length,
        ...(end === undefined ? {} : { end }),
      })
      return { ...context, '@odata.nextLink': link('skiptoken', token), value }
    }
    return { ...context, ...(end === undefined ? {} : { '@odata.deltaLink': link('deltatoken', end) }), value }
  }
}

/** "Updated instances are represented by their id with at least the properties that have been updated." */
function withMembers(value: Resource, members: ReadonlySet<string> | undefined): Resource {
  if (members === undefined) return value
  const stays = (name: string) => name === 'id' || name === 'parentFolderId' || name.startsWith('@') || members.has(name)
  return Object.fromEntries(Object.entries(value).filter(([name]) => stays(name)))
}

function sizeOf(call: GraphCall<unknown>, { usual, most }: PageSizes): number {
  const asked = numberOf(call.query.get('$top')) ?? numberOf(preferences(call).get('odata.maxpagesize') ?? null)
  return Math.max(1, Math.min(asked ?? usual, most))
}

function numberOf(text: string | null): number | null {
  if (text === null) return null
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`Invalid value '${text}'.`)
  return Number(text)
}

interface Change {
  readonly id: string
  readonly isRemoved: boolean
  /** All that changed of it; undefined: it is new, or everything may have. */
  readonly members?: ReadonlySet<string>
}

interface Touch {
  readonly when: number
  readonly members: readonly string[] | null
}

/** When each thing of a place was last touched or removed. */
export class DeltaLog {
  #clock = 0
  readonly #touched = new Map<string, readonly Touch[]>()
  readonly #removed = new Map<string, number>()
  /** Here, and told of as gone. */
  readonly #returned = new Set<string>()

  get now(): number {
    return this.#clock
  }

  /** `members`: all that changed of something that was there. */
  touch(id: string, members: readonly string[] | null = null): void {
    const earlier = this.#touched.get(id) ?? []
    this.#removed.delete(id)
    this.#returned.delete(id)
    this.#touched.delete(id)
    this.#touched.set(id, [...earlier, { when: ++this.#clock, members }])
  }

  /** With ids that stay, what left and came back is named as gone and not again (microsoft-graph-docs#21752). */
  comeBack(id: string): void {
    if (this.#removed.has(id)) this.#returned.add(id)
    else this.touch(id)
  }

  remove(id: string): void {
    this.#returned.delete(id)
    this.#touched.delete(id)
    this.#removed.set(id, ++this.#clock)
  }

  all(): readonly Change[] {
    return [...this.#touched.keys(), ...this.#returned].map((id) => ({ id, isRemoved: false }))
  }

  since(at: number): readonly Change[] {
    const touched = [...this.#touched].flatMap(([id, touches]) => {
      const later = touches.filter(({ when }) => when > at)
      const last = later.at(-1)
      if (last === undefined) return []
      const members = later.some((touch) => touch.members === null)
        ? {}
        : { members: new Set(later.flatMap((touch) => touch.members ?? [])) }
      return [{ id, isRemoved: false, when: last.when, ...members }]
    })
    const removed = [...this.#removed].flatMap(([id, when]) => (when > at ? [{ id, isRemoved: true, when }] : []))
    return [...touched, ...removed].sort((a, b) => a.when - b.when)
  }
}
