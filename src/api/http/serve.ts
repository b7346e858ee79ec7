/** The loopback server of `lifeboat ui`: the screens and their API, for this computer's own browser only. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { AppError } from '../../core/errors.ts'
import { Guard, type Verdict } from './guard.ts'

export type Handler = (request: Request) => Response | Promise<Response>

export interface Served extends AsyncDisposable {
  /** To be opened once; with the one-time token. */
  readonly url: string
  /** Another such address, for another window. */
  invite(): string
  readonly port: number
}

/** Of every answer, also of those that say no. */
export const safety: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'",
    "connect-src 'self'; frame-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/**
 * Listens on 127.0.0.1 only. `port` 0: any free one.
 * @throws AppError `usage` when the port is taken or not allowed
 */
export async function serve(handler: Handler, port = 0): Promise<Served> {
  let guard: Guard | null = null
  const listener = getRequestListener(handler, { overrideGlobalObjects: false })
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(safety)) response.setHeader(name, value)
    const verdict = guard?.judge(request) ?? { kind: 'refuse', reason: 'Lifeboat is starting.' }
    if (verdict.kind === 'pass') void listener(request, response)
    else answer(request, response, verdict)
  })
  await listen(server, port)
  const { port: chosen } = server.address() as AddressInfo
  const own = new Guard(chosen)
  guard = own
  const invite = () => `http://127.0.0.1:${chosen}/?token=${own.invite()}`
  return {
    port: chosen,
    url: invite(),
    invite,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(request: IncomingMessage, response: ServerResponse, verdict: Exclude<Verdict, { kind: 'pass' }>): void {
  request.resume()
  if (verdict.kind === 'enter') {
    // No redirect: after a visit that began on another page or in a file, browsers would follow it without a strict cookie.
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Set-Cookie': verdict.cookie })
    response.end('<!doctype html><title>Lifeboat</title><meta http-equiv="refresh" content="0;url=/">')
    return
  }
  response.writeHead(403, { 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' })
  response.end(`${verdict.reason}\nClose this window and open Lifeboat again.\n`)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const problem =
        error.code === 'EADDRINUSE'
          ? `The port ${port} is used by another program.`
          : `The port ${port} cannot be used: ${error.code ?? error.message}.`
      reject(new AppError('usage', problem, { cause: error, advice: 'Leave out --port, and a free one is chosen.' }))
    })
    server.listen(port, '127.0.0.1', () => resolve())
  })
}
