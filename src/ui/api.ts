/** The screens' only way to the program: JSON over the one door. */
import type { FailureText } from '../api/desktop/contract.ts'

/** What the program said instead of an answer; its words are for a person. */
export class ApiFailure extends Error {
  readonly failure: FailureText

  constructor(failure: FailureText) {
    super(failure.message)
    this.failure = failure
  }
}

/** @throws ApiFailure */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await ask('GET', path, undefined, signal)) as T
}

/** @throws ApiFailure */
export async function post<T = void>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  return (await ask('POST', path, body, signal)) as T
}

/** @throws ApiFailure */
export async function patch(path: string, body: unknown): Promise<void> {
  await ask('PATCH', path, body)
}

/** @throws ApiFailure */
export async function remove(path: string): Promise<void> {
  await ask('DELETE', path, {})
}

async function ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> {
  let response: Response
  try {
    response = await fetch(`/api${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiFailure({ code: 'network', title: '', message: 'Lifeboat is not running any more.', advice: '' })
  }
  if (response.status === 204) return undefined
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok) return answer
  throw new ApiFailure(isFailure(answer) ? answer : unknownFailure(response.status))
}

/** Of anything that was thrown. */
export function failureOf(error: unknown): FailureText {
  if (error instanceof ApiFailure) return error.failure
  return { code: 'bug', title: '', message: error instanceof Error ? error.message : String(error), advice: '' }
}

function isFailure(answer: unknown): answer is FailureText {
  return typeof answer === 'object' && answer !== null && 'code' in answer && 'message' in answer
}

function unknownFailure(status: number): FailureText {
  return { code: 'bug', title: '', message: `The answer was ${status}.`, advice: '' }
}
