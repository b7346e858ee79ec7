/** The members of a collection as a listing names them. */
import type { Item } from '../../core/items.ts'
import { collectionPath, isSameCollection, keyOf, lastName, resolveHref } from './hrefs.ts'
import type { DavResponse } from './requests.ts'
import { childOf, type Name, name } from './xml.ts'

/** What is asked of every member. */
export const memberProperties: readonly Name[] = [
  name('dav', 'getetag'),
  name('dav', 'getcontentlength'),
  name('dav', 'getlastmodified'),
  name('dav', 'resourcetype'),
]

export type Member =
  | { readonly kind: 'present'; readonly item: Item; readonly href: string }
  /** Present, and nothing tells one state of it from the next: only its content does. */
  | { readonly kind: 'unversioned'; readonly item: Omit<Item, 'version'>; readonly href: string }
  | { readonly kind: 'gone'; readonly key: string }
  /** The collection itself. */
  | { readonly kind: 'self' }
  | { readonly kind: 'other' }

export function memberOf(response: DavResponse, base: URL, collectionKey: string): Member {
  const url = resolveHref(response.href, base)
  if (url === null) return { kind: 'other' }
  const key = keyOf(url)
  if (isSameCollection(key, collectionKey)) return { kind: 'self' }
  if (response.status === 404 || response.status === 410) return { kind: 'gone', key }
  const isFolder = childOf(response.properties.get(name('dav', 'resourcetype')), name('dav', 'collection')) !== undefined
  if (isFolder || key.endsWith('/') || isDeeper(key, collectionKey)) return { kind: 'other' }
  const href = url.pathname + url.search
  const item = { key, meta: {}, title: lastName(key), ...sizeOf(response), ...dateOf(response) }
  const version = versionOf(response)
  return version === null ? { kind: 'unversioned', item, href } : { kind: 'present', item: { ...item, version }, href }
}

/**
 * Some servers name what is in folders inside the collection, too: that is no member. A path outside of the collection may be
 * another name of it (an alias of the owner) and is taken.
 */
function isDeeper(key: string, collectionKey: string): boolean {
  const [folder, path] = [collectionPath(collectionKey), key.replace(/\/{2,}/g, '/')]
  return path.startsWith(folder) && path.slice(folder.length).includes('/')
}

/**
 * The entity tag; where there is none, modification time and length together. A weak tag counts as the strong one of the same
 * text: servers hand out the one and then the other for the same bytes.
 */
function versionOf(response: DavResponse): string | null {
  const etag = textOf(response, name('dav', 'getetag'))?.replace(/^W\//i, '')
  if (etag) return etag
  const modified = textOf(response, name('dav', 'getlastmodified'))
  const length = textOf(response, name('dav', 'getcontentlength'))
  return modified && length ? `modified ${modified}, ${length} octets` : null
}

function sizeOf(response: DavResponse): { readonly size?: number } {
  const length = textOf(response, name('dav', 'getcontentlength'))
  return length !== null && /^\d{1,15}$/.test(length) ? { size: Number(length) } : {}
}

function dateOf(response: DavResponse): { readonly date?: string } {
  const time = Date.parse(textOf(response, name('dav', 'getlastmodified')) ?? '')
  return Number.isNaN(time) ? {} : { date: new Date(time).toISOString() }
}

function textOf(response: DavResponse, property: Name): string | null {
  return response.properties.get(property)?.text.trim() || null
}
