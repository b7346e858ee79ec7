/** `$batch` ("Combine multiple HTTP requests using JSON batching"). */
import type { IncomingHttpHeaders } from 'node:http'
import { badRequest, errorBody, GraphError, type Reply } from './graph.ts'

/** One question, of a request of its own or inside of a `$batch`. */
export interface Question {
  readonly http: string
  /** After `/v1.0`, with the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Inner {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly dependsOn?: readonly string[]
}

const mostRequests = 20

/** Those that depend on nothing run at once, the others after the one that they wait for. */
export async function answerBatch(
  body: Buffer,
  headers: IncomingHttpHeaders,
  reply: (question: Question) => Promise<{ readonly reply: Reply }>,
): Promise<object> {
  const { requests } = JSON.parse(body.toString('utf8')) as { readonly requests: readonly Inner[] }
  if (requests.length > mostRequests)
    return errorBody(badRequest(`Number of batch request steps exceeds the maximum value of ${mostRequests}.`))
  const running = new Map<string, Promise<Answer>>()
  for (const inner of requests) {
    const before = (inner.dependsOn ?? []).map((id) => running.get(id) ?? Promise.resolve(null))
    running.set(inner.id, answerOne(inner, before, headers, reply))
  }
  return { responses: await Promise.all(running.values()) }
}

interface Answer {
  readonly id: string
  readonly status: number
  readonly headers: object
  readonly body: unknown
}

async function answerOne(
  { id, method, url, headers = {}, body }: Inner,
  before: readonly Promise<Answer | null>[],
  { authorization }: IncomingHttpHeaders,
  reply: (question: Question) => Promise<{ readonly reply: Reply }>,
): Promise<Answer> {
  const earlier = await Promise.all(before)
  if (earlier.some((one) => one === null || one.status >= 400)) {
    const error = new GraphError(424, 'FailedDependency', 'One or more of the dependent requests failed.')
    return { id, status: 424, headers: {}, body: errorBody(error) }
  }
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const octets = body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body))
  const question = {
    http: method,
    path: url,
    headers: { ...lower, ...(authorization === undefined ? {} : { authorization }) },
    body: octets,
  }
  const { status = 200, headers: told = {}, json, bytes } = (await reply(question)).reply
  return { id, status, headers: told, body: json ?? (bytes === undefined ? null : Buffer.from(bytes).toString('base64')) }
}
