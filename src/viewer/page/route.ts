/** The screens of the page. */
import { hashOf, type Params, readHash, useHash } from './hash.ts'

export const screens = ['overview', 'mail', 'search', 'contacts', 'calendar', 'files', 'documents', 'help'] as const
export type Screen = (typeof screens)[number]

export type { Params }

export interface Route {
  readonly screen: Screen
  readonly params: Params
}

/** What cannot be read is the overview. */
export function parseRoute(hash: string): Route {
  const { name, params } = readHash(hash)
  return { screen: screens.find((known) => known === name) ?? 'overview', params }
}

export function routeHref(screen: Screen, params: Readonly<Record<string, string | number | undefined>> = {}): string {
  const entries = Object.entries(params).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  )
  return hashOf(screen, Object.fromEntries(entries))
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
  return useHash(parseRoute)
}
