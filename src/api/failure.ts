/** A failure as data and as an answer: the same words as on the command line. */
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { type ErrorCode, toAppError } from '../core/errors.ts'
import { errorTexts } from '../core/messages.ts'

/** A failure as data, its words for a person. */
export interface FailureText {
  readonly code: ErrorCode
  readonly title: string
  readonly message: string
  readonly advice: string
}

const statuses: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  usage: 400,
  permission: 403,
  'not-found': 404,
  'vault-locked': 409,
  unsupported: 422,
  'rate-limit': 503,
  bug: 500,
}

export function failureOf(error: unknown): FailureText {
  const { code, message, advice } = toAppError(error)
  const { title, advice: usual } = errorTexts[code]
  return { code, title, message, advice: advice ?? usual }
}

/** Expected failures that are nobody's fault answer 409. */
export function statusOf(code: ErrorCode): ContentfulStatusCode {
  return statuses[code] ?? 409
}
