/** Which screen one is at: kept in the address's fragment, so that back, forward and reload work. */
import { useLayoutEffect, useState } from 'preact/hooks'

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
export type Params = Readonly<Record<string, string>>

export interface Route {
  readonly screen: Screen
  readonly params: Params
}

/** `#/proof?disk=…`. What cannot be read is Home. */
function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const screen = screens.find((known) => known === path) ?? 'home'
  return { screen, params: Object.fromEntries(new URLSearchParams(query)) }
}

export function routeHref(screen: Screen, params: Params = {}): string {
  const query = new URLSearchParams(params).toString()
  return `#/${screen}${query ? `?${query}` : ''}`
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
  const [route, setRoute] = useState(() => parseRoute(location.hash))
  useLayoutEffect(() => {
    const changed = (): void => setRoute(parseRoute(location.hash))
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}
