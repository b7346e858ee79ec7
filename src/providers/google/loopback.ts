/**
 * Waits on this computer for the browser to bring Google's answer (RFC 8252 section 7.3): 127.0.0.1 only, a port that the
 * system chooses, one answer, closed at once.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../../core/errors.ts'

export interface Loopback {
  /** `http://127.0.0.1:<port>/` */
  readonly redirectUri: string
  /**
   * The code of the answer that carries our `state`; any other request is refused and waited on.
   * @throws AppError `auth` for an error that Google sends, `cancelled` after `patience` milliseconds without an answer
   */
  readonly code: Promise<string>
  close(): void
}

export async function listenForAnswer(state: string, patience: number, signal: AbortSignal): Promise<Loopback> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 })
  await listen(server)
  const { port } = server.address() as AddressInfo
  const host = `127.0.0.1:${port}`
  const close = () => {
    server.close()
    server.closeIdleConnections()
    // Whoever has a connection open has a second to read the page.
    setTimeout(() => server.closeAllConnections(), 500).unref()
  }
  const code = new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(nobodyAnswered()), patience)
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    const finish = (settle: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      settle()
      close()
    }
    let isAnswered = false
    server.on('request', (request, response) => {
      const answer = isAnswered ? refused(410, 'This sign-in is over.') : judge(request, host, state)
      if (answer.result === undefined) {
        show(response, answer.status, answer.text)
        return
      }
      isAnswered = true
      const { result } = answer
      show(response, answer.status, answer.text)
      response.on('close', () => finish(() => (result instanceof AppError ? reject(result) : resolve(result))))
    })
  })
  code.catch(() => undefined)
  void code.then(close, close)
  return { redirectUri: `http://${host}/`, code, close }
}

async function listen(server: Server): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
  } catch (error) {
    throw new AppError('unsupported', 'This computer lets nothing listen on 127.0.0.1, so the browser cannot come back.', {
      cause: error,
      advice: 'Use --no-browser and copy the address at which the browser ends.',
    })
  }
}

interface Judgement {
  readonly status: number
  readonly text: string
  /** Absent where this was not the answer that is waited for. */
  readonly result?: string | AppError
}

const refused = (status: number, text: string): Judgement => ({ status, text })

function judge(request: IncomingMessage, host: string, state: string): Judgement {
  // A page from elsewhere that was made to resolve to this computer names itself here.
  if (request.headers.host !== host) return refused(403, 'This is not the place you are looking for.')
  if (request.method !== 'GET') return refused(405, 'This is not the place you are looking for.')
  const url = URL.parse(request.url ?? '/', `http://${host}`)
  if (url === null || url.pathname !== '/') return refused(404, 'There is nothing here.')
  return judgeAnswer(url.searchParams, state)
}

/** For an answer that came by whatever way. */
function judgeAnswer(query: URLSearchParams, state: string): Judgement {
  if (!isSame(query.get('state'), state)) return refused(400, 'This answer does not belong to the sign-in that is waiting.')
  const error = query.get('error')
  if (error !== null) {
    return { status: 200, text: 'You are not signed in. You can close this window.', result: signInRefused(error) }
  }
  const code = query.get('code')
  if (code === null || code === '' || code.length > 2_000) return refused(400, 'This answer holds no code.')
  return { status: 200, text: 'You are signed in. You can close this window and go back to Lifeboat.', result: code }
}

/**
 * The code in an address that the person copied.
 * @throws AppError `usage` where it is not the address of this sign-in, `auth` where Google said no
 */
export function codeFromAddress(pasted: string, redirectUri: string, state: string): string {
  const url = URL.parse(pasted.trim())
  const expected = new URL(redirectUri)
  const isOurs = url !== null && url.origin === expected.origin && url.pathname === expected.pathname
  const { result } = isOurs ? judgeAnswer(url.searchParams, state) : { result: undefined }
  if (result instanceof AppError) throw result
  if (result !== undefined) return result
  throw new AppError('usage', 'This is not the address at which this sign-in ends.', {
    advice: `Copy the whole address from the browser's address line. It begins with ${redirectUri} and the page says that it cannot be opened: that is all right.`,
  })
}

function isSame(given: string | null, expected: string): boolean {
  if (given === null || given.length !== expected.length) return false
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected))
}

function signInRefused(error: string): AppError {
  if (error === 'access_denied') {
    return new AppError('auth', 'The sign-in was cancelled in the browser.', {
      advice: 'Run the command again, and press Continue or Allow on every page.',
    })
  }
  const name = /^[\w-]{1,60}$/.test(error) ? error : 'no reason given'
  return new AppError('auth', `Google did not let you sign in (${name}).`, { advice: 'Run the command again.' })
}

function nobodyAnswered(): AppError {
  return new AppError('cancelled', 'Nobody signed in within the time.', {
    advice: 'Run the command again when you have a few minutes.',
  })
}

function show(response: ServerResponse, status: number, text: string): void {
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lifeboat</title></head><body><p>${text}</p></body></html>`
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(page),
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  })
  response.end(page)
}
