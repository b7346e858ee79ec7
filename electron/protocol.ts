/** `app://lifeboat/…` → the same handler that answers the loopback server, with the same walls around its pages. */

import type { Handler } from '../src/api/http/serve.ts'
import { safety } from '../src/api/http/serve.ts'
import { isOwnPage, ownOrigin } from './guard.ts'

/** Only our own pages may ask, and they know no other host. */
export function answerWith(handler: Handler): Handler {
  return async (request) => {
    if (!isOwnPage(request.url)) return refuse()
    const origin = request.headers.get('origin')
    if (origin !== null && origin !== ownOrigin) return refuse()
    const response = await handler(request)
    const headers = new Headers(response.headers)
    for (const [name, value] of Object.entries(safety)) if (!headers.has(name)) headers.set(name, value)
    return new Response(response.body, { status: response.status, headers })
  }
}

function refuse(): Response {
  return new Response('Not allowed.\n', { status: 403, headers: safety })
}
