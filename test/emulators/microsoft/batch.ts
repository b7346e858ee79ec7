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

/** "Outlook service batching": so many of a batch are answered at the same time. */
const atOnce = 4

/** "Batch should be either fully sequential or fully parallel." */
export async function answerBatch(
  body: Buffer,
  headers: IncomingHttpHeaders,
  reply: (question: Question) => Promise<{ readonly reply: Reply }>,
): Promise<object> {
  const { requests } = JSON.parse(body.toString('utf8')) as { readonly requests: readonly Inner[] }
  if (requests.length > mostRequests)
    return errorBody(badRequest(`Number of batch request steps exceeds the maximum value of ${mostRequests}.`))
  const isSequence = requests.every(({ dependsOn = [] }, n) => n === 0 || dependsOn[0] === requests[n - 1]?.id)
  if (!isSequence && requests.some(({ dependsOn = [] }) => dependsOn.length > 0))
    throw badRequest('Requests of a batch depend on each other neither one by one nor at all.')
  const responses: Answer[] = []
  const queue = requests.values()
  const work = async () => {
    for (const inner of queue) {
      const isAfterFailure = isSequence && requests.length > 1 && responses.some(({ status }) => status >= 400)
      responses.push(await answerOne(inner, isAfterFailure, headers, reply))
    }
  }
  await Promise.all(Array.from({ length: isSequence ? 1 : atOnce }, work))
  return { responses }
}

interface Answer {
  readonly id: string
  readonly status: number
  readonly headers: object
  readonly body: unknown
}

async function answerOne(
  { id, method, url, headers = {}, body }: Inner,
  isAfterFailure: boolean,
  { authorization }: IncomingHttpHeaders,
  reply: (question: Question) => Promise<{ readonly reply: Reply }>,
): Promise<Answer> {
  if (isAfterFailure) {
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
