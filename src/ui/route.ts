/** The screens of the app. */
import { hashOf, type Params, readHash, useHash } from '../viewer/page/hash.ts'

export const screens = [
  'home',
  'begin',
  'progress',
  'missing',
  'account',
  'restore',
  'proof',
  'collect',
  'lockout',
  'settings',
] as const
export type Screen = (typeof screens)[number]
export type { Params }

export interface Route {
  readonly screen: Screen
  readonly params: Params
}

/** `#/proof?disk=…`. What cannot be read is Home. */
function parseRoute(hash: string): Route {
  const { name, params } = readHash(hash)
  return { screen: screens.find((known) => known === name) ?? 'home', params }
}

export function routeHref(screen: Screen, params: Params = {}): string {
  return hashOf(screen, params)
}

export function goTo(screen: Screen, params: Params = {}): void {
  location.hash = routeHref(screen, params)
}

/** The pages that open a disk; a document of their own. */
export function browseHref(disk: string): string {
  return `/browse?disk=${encodeURIComponent(disk)}`
}

/** The disk that a click opens in this window; null where it does something else. */
export function diskOfLink(event: MouseEvent): string | null {
  if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    return null
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="/browse?"]') : null
  return link === null ? null : new URL(link.href).searchParams.get('disk')
}

export function useRoute(): Route {
  return useHash(parseRoute)
}
