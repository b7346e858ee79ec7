/** The fragment of a page's address says where in it one is, so that back, forward and reload work. */
import { useLayoutEffect, useState } from 'preact/hooks'

export type Params = Readonly<Record<string, string>>

/** `#/mail?folder=3&id=17`: the name of a screen, and what is shown there. */
export function readHash(hash: string): { readonly name: string; readonly params: Params } {
  const [name = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2)
  return { name, params: Object.fromEntries(new URLSearchParams(query)) }
}

export function hashOf(name: string, params: Params): string {
  const query = new URLSearchParams(params).toString()
  return `#/${name}${query ? `?${query}` : ''}`
}

/** What `read` makes of the fragment, anew whenever that changes. */
export function useHash<Route>(read: (hash: string) => Route): Route {
  const [route, setRoute] = useState(() => read(location.hash))
  useLayoutEffect(() => {
    const changed = (): void => setRoute(read(location.hash))
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, [])
  return route
}
