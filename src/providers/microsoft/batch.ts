/** Several questions in one request (JSON batching). Each counts for the limits as if it were asked alone. */
import { AppError } from '../../core/errors.ts'
import { fromGraph, Throttled } from './errors.ts'
import type { Api } from './limits.ts'
import type { How, Session } from './session.ts'
import { headersOf } from './transport.ts'

/** Microsoft's own limit. */
const batchSize = 20
/** "Outlook service batching": of a batch in which nothing depends on anything, so many are answered at the same time. */
const atOnce = 4
const rounds = 6

export type Batched<T> = { readonly body: T } | { readonly error: AppError }

interface BatchAnswer {
  readonly responses?: readonly {
    readonly id: string
    readonly status: number
    readonly headers?: Readonly<Record<string, string>>
    readonly body?: unknown
  }[]
}

/** Answers in the order of `paths`, of which there may be any number. What is throttled is asked again. */
export async function batch<T extends object>(
  session: Session,
  api: Api,
  paths: readonly string[],
  signal: AbortSignal,
  how: How = {},
): Promise<readonly Batched<T>[]> {
  const answers = new Map<string, Batched<T>>()
  for (let from = 0; from < paths.length; from += batchSize) {
    let open = paths.slice(from, from + batchSize).map((path, n) => ({ path, id: String(from + n) }))
    for (let round = 1; open.length > 0; round++) {
      for (const [id, answer] of await ask<T>(session, api, open, signal, how)) answers.set(id, answer)
      const asked = open
      open = round < rounds ? asked.filter(({ id }) => isWorthAnother(answers.get(id))) : []
      const wait = Math.max(0, ...open.map(({ id }) => waitOf(answers.get(id))))
      if (open.length > 0) await session.context.clock.sleep(wait, signal)
    }
  }
  return paths.map(
    (_, n) => answers.get(String(n)) ?? { error: new AppError('network', 'Microsoft left a question without an answer.') },
  )
}

function isWorthAnother(answer: Batched<object> | undefined): boolean {
  return answer === undefined || ('error' in answer && (answer.error.code === 'rate-limit' || answer.error.code === 'network'))
}

function waitOf(answer: Batched<object> | undefined): number {
  return answer !== undefined && 'error' in answer ? (answer.error.retryAfter ?? 1_000) : 1_000
}

async function ask<T extends object>(
  session: Session,
  api: Api,
  questions: readonly { readonly id: string; readonly path: string }[],
  signal: AbortSignal,
  how: How,
): Promise<readonly (readonly [string, Batched<T>])[]> {
  const headers = { ...how.headers, Prefer: session.preferOf(api, how) }
  const requests = questions.map(({ id, path }) => ({ id, method: 'GET', url: path, headers }))
  const body = JSON.stringify({ requests })
  const { responses = [] } = await session.json<BatchAnswer>(api, '/$batch', signal, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json' },
    weight: requests.length,
    atOnce: Math.min(atOnce, requests.length),
  })
  return responses.map(({ id, status, headers: told = {}, body: answer }) => {
    if (status >= 200 && status < 300) return [id, { body: (answer ?? {}) as T }]
    const refusal = { status, headers: headersOf(told), body: answer }
    const error = fromGraph(refusal, session.account, session.context.clock.now())
    if (error instanceof Throttled) session.slowDown(api, error)
    return [id, { error }]
  })
}
