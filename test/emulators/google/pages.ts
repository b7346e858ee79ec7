/** Paging with tokens that mean nothing to a client and cannot be made up. */
import { randomBytes } from 'node:crypto'
import { ApiError, badRequest } from './api.ts'

interface Rest {
  readonly items: readonly unknown[]
  /** What the token is good for: the other parameters of the first call. */
  readonly parameters: string
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly nextPageToken: string | undefined
}

/** Parameters that do not belong to what a page token remembers. */
const perCall = new Set(['pageToken', 'fields', 'maxResults', 'pageSize', 'alt', 'prettyPrint'])

/** Lists are frozen when the first page is asked for, as a snapshot read is. */
export class Pages {
  readonly #rests = new Map<string, Rest>()

  /**
   * @param list called for the first page only
   * @param place tells lists of different calls apart
   */
  page<T>(place: string, query: URLSearchParams, size: number, list: () => readonly T[]): Page<T> {
    const token = query.get('pageToken')
    const parameters = `${place}?${[...query]
      .filter(([name]) => !perCall.has(name))
      .sort()
      .join('&')}`
    let items: readonly T[]
    if (token === null || token === '') items = list()
    else {
      const rest = this.#rests.get(token)
      if (rest === undefined) throw badRequest('Invalid pageToken', 'pageToken')
      if (rest.parameters !== parameters)
        throw badRequest('Request parameters do not match those of the page token.', 'pageToken')
      items = rest.items as readonly T[]
    }
    const left = items.slice(size)
    if (left.length === 0) return { items, nextPageToken: undefined }
    const nextPageToken = randomBytes(18).toString('base64url')
    this.#rests.set(nextPageToken, { items: left, parameters })
    return { items: items.slice(0, size), nextPageToken }
  }

  /** As when a token is used too late. */
  forget(): void {
    this.#rests.clear()
  }
}

/** A whole number in a query. @throws ApiError 400 */
export function numberOf(query: URLSearchParams, name: string, usual: number, most: number): number {
  const text = query.get(name)
  if (text === null) return usual
  if (!/^\d{1,9}$/.test(text)) throw new ApiError(400, 'invalidParameter', `Invalid value for ${name}.`, { location: name })
  const value = Number(text)
  return value === 0 ? usual : Math.min(value, most)
}
