/** Expected failures are `AppError`s. Anything else that is thrown is a `bug`. */

/** Every kind of failure the program knows. `messages.ts` has the words and the exit code of each. */
export const errorCodes = [
  'usage',
  'bad-settings',
  'auth',
  'locked-out',
  'permission',
  'not-found',
  'rate-limit',
  'network',
  'cursor-expired',
  'unsupported',
  'corrupt',
  'disk-full',
  'disk-absent',
  'disk-failed',
  'vault-absent',
  'vault-locked',
  'suspicious',
  'cancelled',
  'bug',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export interface AppErrorOptions {
  readonly cause?: unknown
  /** Milliseconds to wait before trying again, when the other side said so. */
  readonly retryAfter?: number
  /** What the person can do next, where it is more particular than the code's own advice. */
  readonly advice?: string
}

/** `message` is one sentence for a person. It never holds a secret. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly retryAfter: number | undefined
  readonly advice: string | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.retryAfter = options.retryAfter
    this.advice = options.advice
  }
}

/** Gives any thrown value a code; what nobody expected becomes `bug`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof Error && error.name === 'AbortError') return new AppError('cancelled', 'Stopped.', { cause: error })
  const cacheError = fromDatabase(error)
  if (cacheError !== null) return cacheError
  const text = error instanceof Error ? error.message : String(error)
  return new AppError('bug', `Something unexpected happened: ${text}`, { cause: error })
}

/** What SQLite says when the disk that its scratch and cache files are on is full or fails; null for anything else. */
function fromDatabase(error: unknown): AppError | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null
  switch (Number(error.errcode) & 0xff) {
    case 13:
      return new AppError('disk-full', "There is no room left on this computer's own disk for Lifeboat's working files.", {
        cause: error,
      })
    case 8:
    case 10:
    case 14:
      return new AppError('disk-failed', "This computer's own disk does not take Lifeboat's working files.", { cause: error })
    default:
      return null
  }
}

/** Whether it is an `AppError` of one of these kinds. */
export function hasCode(error: unknown, ...codes: readonly ErrorCode[]): boolean {
  return error instanceof AppError && codes.includes(error.code)
}

/** For exhaustive switches: the compiler finds the missing case. */
export function assertNever(value: never): never {
  throw new AppError('bug', `Unexpected value ${JSON.stringify(value)}`)
}
