/**
 * Who may speak to the loopback server: the browser window that was opened with its one-time token, and nobody else. Every web
 * page that a person visits can send requests to 127.0.0.1, and names of its own can be made to point there (DNS rebinding);
 * so `Host`, `Origin` and a cookie are checked on every request, before anything else reads it.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What becomes of a request. `enter`: the token was right, and the cookie is set. */
export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'enter'; readonly cookie: string }
  | { readonly kind: 'refuse'; readonly reason: string }

const pass: Verdict = { kind: 'pass' }

export class Guard {
  /** Of addresses that were given out and not opened yet. */
  readonly #tokens = new Set<string>()
  readonly #cookie = secret()
  readonly #host: string
  readonly #cookieName: string

  /** `port`: the server's, on 127.0.0.1. */
  constructor(port: number) {
    this.#host = `127.0.0.1:${port}`
    // Cookies do not tell ports apart: two windows on one computer must not take each other's.
    this.#cookieName = `lifeboat-${port}`
  }

  /** A token for the address that is opened first; works once. */
  invite(): string {
    const token = secret()
    this.#tokens.add(token)
    return token
  }

  judge(request: IncomingMessage): Verdict {
    const { method = '', url = '', headers } = request
    if (!isOnly(request, 'host', this.#host)) return refuse('The address is not the one that Lifeboat gave.')
    const { origin } = headers
    if (origin !== undefined && origin !== `http://${this.#host}`) return refuse('Another web page asked.')
    const site = headers['sec-fetch-site']
    const isVisit = headers['sec-fetch-mode'] === 'navigate' && method === 'GET' && !url.startsWith('/api/')
    if (site !== undefined && site !== 'same-origin' && !isVisit) return refuse('Another web page asked.')
    if (method !== 'GET' && method !== 'HEAD') {
      if (origin === undefined) return refuse('It is not said which page asks.')
      const type = headers['content-type'] ?? ''
      if (!/^application\/json(?:\s*;|$)/i.test(type)) return refuse('Only JSON is accepted here.')
    }
    if (method === 'GET' && url.startsWith('/?token=')) return this.#enter(url.slice('/?token='.length))
    if (!this.#hasCookie(headers.cookie)) return refuse('This window is not signed in to Lifeboat.')
    return pass
  }

  #enter(token: string): Verdict {
    const known = [...this.#tokens].find((one) => isEqual(token, one))
    if (known === undefined) return refuse('This address was used already, or is not the one that Lifeboat gave.')
    this.#tokens.delete(known)
    return { kind: 'enter', cookie: `${this.#cookieName}=${this.#cookie}; Path=/; HttpOnly; SameSite=Strict` }
  }

  #hasCookie(header: string | undefined): boolean {
    const values = (header ?? '').split(';').map((pair) => pair.trim().split('='))
    return values.some(([name, value]) => name === this.#cookieName && isEqual(value ?? '', this.#cookie))
  }
}

function refuse(reason: string): Verdict {
  return { kind: 'refuse', reason }
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}

/** True when the header is there once, with this value and no other. Node keeps the first of several `Host` lines. */
function isOnly(request: IncomingMessage, name: string, value: string): boolean {
  const given = request.rawHeaders.filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name)
  return given.length === 1 && given[0] === value
}

function isEqual(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
