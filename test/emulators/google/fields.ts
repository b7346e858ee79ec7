/**
 * Partial responses: the `fields` parameter, e.g. `nextPageToken,messages(id,threadId),files/id,*`
 * (Gmail API, "Improve performance"; the other APIs share the syntax).
 */
import { badRequest } from './api.ts'

type Mask = Map<string, Mask | true>

/** What `fields` leaves of a response. */
export function selectFields(value: unknown, fields: string | null): unknown {
  return fields === null || fields === '' ? value : select(value, parse(fields))
}

function select(value: unknown, mask: Mask | true): unknown {
  if (mask === true || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((element) => select(element, mask))
  const every = mask.get('*')
  const kept: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(value)) {
    const inner = mask.get(name) ?? every
    if (inner !== undefined) kept[name] = select(member, inner)
  }
  return kept
}

function parse(fields: string): Mask {
  let at = 0
  const list = (): Mask => {
    const mask: Mask = new Map()
    for (;;) {
      const [path, inner] = entry()
      merge(mask, path, inner)
      if (fields[at] !== ',') return mask
      at++
    }
  }
  const entry = (): [string[], Mask | true] => {
    const path: string[] = []
    for (;;) {
      const name = /^[\w*]+/.exec(fields.slice(at))?.[0]
      if (name === undefined) throw badRequest(`Invalid field selection ${fields}`, 'fields')
      at += name.length
      path.push(name)
      if (fields[at] !== '/') break
      at++
    }
    if (fields[at] !== '(') return [path, true]
    at++
    const inner = list()
    if (fields[at] !== ')') throw badRequest(`Invalid field selection ${fields}`, 'fields')
    at++
    return [path, inner]
  }
  const mask = list()
  if (at !== fields.length) throw badRequest(`Invalid field selection ${fields}`, 'fields')
  return mask
}

function merge(mask: Mask, [name = '', ...rest]: readonly string[], inner: Mask | true): void {
  if (rest.length === 0) {
    mask.set(name, inner)
    return
  }
  const known = mask.get(name)
  if (known === true) return
  const below = known ?? new Map<string, Mask | true>()
  mask.set(name, below)
  merge(below, rest, inner)
}
