/** Where in the page one is: kept in the address's fragment, so that back, forward and reload work. */
import { useLayoutEffect, useState } from 'preact/hooks'

export const screens = ['overview', 'mail', 'search', 'contacts', 'calendar', 'files', 'documents', 'help'] as const
export type Screen = (typeof screens)[number]

export type Params = Readonly<Record<string, string>>

export interface Route {
  readonly screen: Screen
  readonly params: Params
}

/** `#/mail?folder=3&id=17`. What cannot be read is the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  const screen = screens.find((known) => known === path) ?? 'overview'
  return { screen, params: Object.fromEntries(new URLSearchParams(query)) }
}

export function routeHref(screen: Screen, params: Readonly<Record<string, string | number | undefined>> = {}): string {
  const entries = Object.entries(params).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  const query = new URLSearchParams(entries).toString()
  return `#/${screen}${query ? `?${query}` : ''}`
}

export function goTo(
  screen: Screen,
  params: Readonly<Record<string, string | number | undefined>> = {},
  how: 'push' | 'replace' = 'push',
): void {
  const href = routeHref(screen, params)
  if (href === location.hash) return
  if (how === 'push') location.hash = href
  else location.replace(href)
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
