/** Trouble on command: the next calls of a method fail as Google's would. */
import { ApiError, errorInfo } from './api.ts'

export type Fault =
  /** An error answer. */
  | { readonly kind: 'error'; readonly error: ApiError }
  /** The connection is cut before anything is answered. */
  | { readonly kind: 'cut' }
  /** The answer is cut after half of its octets. */
  | { readonly kind: 'truncate' }
  /** The access token has ended: every one given out so far. */
  | { readonly kind: 'expire' }
  /** 200 with something that is no JSON, as a proxy's sign-in page. */
  | { readonly kind: 'nonsense' }

interface Planned {
  readonly method: RegExp
  /** Matched against the path with its query. */
  readonly path: RegExp
  readonly fault: Fault
  times: number
}

export class Faults {
  readonly #planned: Planned[] = []

  /** @param method matches the method's id, e.g. `/messages\.get$/` */
  next(method: RegExp, fault: Fault, times = 1, path = /^/): void {
    this.#planned.push({ method, path, fault, times })
  }

  always(method: RegExp, fault: Fault, path = /^/): void {
    this.next(method, fault, Number.POSITIVE_INFINITY, path)
  }

  clear(): void {
    this.#planned.length = 0
  }

  take(method: string, path: string): Fault | null {
    const planned = this.#planned.find((one) => one.times > 0 && one.method.test(method) && one.path.test(path))
    if (planned === undefined) return null
    planned.times--
    return planned.fault
  }
}

const usage = { domain: 'usageLimits' }

/** The errors that the APIs' "Resolve errors" pages list, by their reason. */
export const documentedErrors = {
  rateLimitExceeded: () => new ApiError(403, 'rateLimitExceeded', 'Rate Limit Exceeded', usage),
  userRateLimitExceeded: () => new ApiError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', usage),
  dailyLimitExceeded: () => new ApiError(403, 'dailyLimitExceeded', 'Daily Limit Exceeded', usage),
  tooManyRequests: (seconds: number) =>
    new ApiError(429, 'rateLimitExceeded', 'Too many concurrent requests for user', {
      ...usage,
      headers: { 'retry-after': String(seconds) },
    }),
  domainPolicy: () => new ApiError(403, 'domainPolicy', 'The domain administrators have disabled Gmail apps.'),
  insufficientPermissions: () =>
    new ApiError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.', {
      details: [errorInfo('ACCESS_TOKEN_SCOPE_INSUFFICIENT')],
    }),
  accessNotConfigured: (service: string, project: string) =>
    new ApiError(
      403,
      'accessNotConfigured',
      `${service} has not been used in project ${project} before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/${service}/overview?project=${project} then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry.`,
      {
        domain: 'usageLimits',
        details: [errorInfo('SERVICE_DISABLED', { service, consumer: `projects/${project}` })],
      },
    ),
  gone: () => new ApiError(404, 'notFound', 'Requested entity was not found.'),
  backendError: () => new ApiError(500, 'backendError', 'Backend Error'),
  unavailable: () => new ApiError(503, 'backendError', 'The service is currently unavailable.'),
} as const
