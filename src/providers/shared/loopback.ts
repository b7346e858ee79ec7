/**
 * Waits on this computer for the browser to bring the answer of a sign-in (RFC 8252 section 7.3): 127.0.0.1 only, a port that
 * the system chooses, one answer, closed at once.
 */
import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AppError } from '../../core/errors.ts'

export interface Loopback {
  /** `http://127.0.0.1:<port>/` or `http://localhost:<port>` */
  readonly redirectUri: string
  /**
   * The code of the answer that carries our `state`; any other request is refused and waited on.
   * @throws AppError `auth` for an error that the provider sends, `cancelled` after `patience` milliseconds without an answer
   */
  readonly code: Promise<string>
  close(): void
}

export interface AnswerOptions {
  /** What `state` has to be. */
  readonly state: string
  /** How the provider sends the answer: `query` of a GET, or a form that the browser posts (OAuth 2.0 Form Post Response Mode). */
  readonly mode: 'query' | 'form'
  /** Under which name the provider lets this computer be called. */
  readonly host: '127.0.0.1' | 'localhost'
  /** What the provider's error means. `description` is empty where there is none. */
  readonly refusal: (error: string, description: string) => AppError
}

const formLimit = 16_384

export async function listenForAnswer(options: AnswerOptions, patience: number, signal: AbortSignal): Promise<Loopback> {
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000, maxHeaderSize: 16_384 })
  await listen(server)
  const { port } = server.address() as AddressInfo
  const host = `${options.host}:${port}`
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
    const decide = async (request: IncomingMessage, response: ServerResponse) => {
      const judged = await judge(request, host, options)
      const answer = isAnswered ? refused(410, 'This sign-in is over.') : judged
      show(request, response, answer)
      const { result } = answer
      if (result === undefined) return
      isAnswered = true
      response.on('close', () => finish(() => (result instanceof AppError ? reject(result) : resolve(result))))
    }
    server.on('request', (request, response) => void decide(request, response).catch(() => response.destroy()))
  })
  code.catch(() => undefined)
  void code.then(close, close)
  return { redirectUri: options.host === 'localhost' ? `http://${host}` : `http://${host}/`, code, close }
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

async function judge(request: IncomingMessage, host: string, options: AnswerOptions): Promise<Judgement> {
  // A page from elsewhere that was made to resolve to this computer names itself here.
  if (request.headers.host !== host) return refused(403, 'This is not the place you are looking for.')
  if (request.method !== (options.mode === 'form' ? 'POST' : 'GET')) {
    return refused(405, 'This is not the place you are looking for.')
  }
  const url = URL.parse(request.url ?? '/', `http://${host}`)
  if (url === null || url.pathname !== '/') return refused(404, 'There is nothing here.')
  if (options.mode === 'query') return judgeAnswer(url.searchParams, options)
  const form = await formOf(request)
  return form === null ? refused(413, 'This is no answer.') : judgeAnswer(form, options)
}

/** Null where it is too large. */
async function formOf(request: IncomingMessage): Promise<URLSearchParams | null> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > formLimit) return null
    parts.push(part)
  }
  return new URLSearchParams(Buffer.concat(parts).toString('utf8'))
}

/** For an answer that came by whatever way. */
function judgeAnswer(query: URLSearchParams, { state, refusal }: Pick<AnswerOptions, 'state' | 'refusal'>): Judgement {
  if (!isSame(query.get('state'), state)) return refused(400, 'This answer does not belong to the sign-in that is waiting.')
  const error = query.get('error')
  if (error !== null) {
    return {
      status: 200,
      text: 'You are not signed in. You can close this window.',
      result: refusal(error, query.get('error_description') ?? ''),
    }
  }
  const code = query.get('code')
  if (code === null || code === '' || code.length > 4_000) return refused(400, 'This answer holds no code.')
  return { status: 200, text: 'You are signed in. You can close this window and go back to Lifeboat.', result: code }
}

/**
 * The code in an address that the person copied.
 * @throws AppError `usage` where it is not the address of this sign-in, `auth` where the provider said no
 */
export function codeFromAddress(
  pasted: string,
  redirectUri: string,
  expectedAnswer: Pick<AnswerOptions, 'state' | 'refusal'>,
): string {
  const url = URL.parse(pasted.trim())
  const expected = new URL(redirectUri)
  const isOurs = url !== null && url.origin === expected.origin && url.pathname === expected.pathname
  const { result } = isOurs ? judgeAnswer(url.searchParams, expectedAnswer) : { result: undefined }
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

function nobodyAnswered(): AppError {
  return new AppError('cancelled', 'Nobody signed in within the time.', {
    advice: 'Try again when you have a few minutes.',
  })
}

/** What a person meets here in German, where the browser says that they read it. */
const german: Readonly<Record<string, string>> = {
  'You are signed in. You can close this window and go back to Lifeboat.':
    'Sie sind angemeldet. Sie können dieses Fenster schließen und zu Lifeboat zurückgehen.',
  'You are not signed in. You can close this window.': 'Sie sind nicht angemeldet. Sie können dieses Fenster schließen.',
  'This sign-in is over.': 'Diese Anmeldung ist vorbei.',
}

function show(request: IncomingMessage, response: ServerResponse, { status, text }: Judgement): void {
  const translated = /^de\b/i.test(request.headers['accept-language'] ?? '') ? german[text] : undefined
  const language = translated === undefined ? 'en' : 'de'
  const page = `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>Lifeboat</title></head><body><p>${translated ?? text}</p></body></html>`
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
