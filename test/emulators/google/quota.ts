/** Quota units per user and minute, as Google's usage limits name them for projects made since May 2026. */
import { ApiError, type ApiName, errorInfo } from './api.ts'

export type Limits = Readonly<Record<ApiName, number>>

/**
 * Units per user and minute. Gmail: "Usage limits" of the Gmail API. Drive: "Usage limits" of the Drive API. Calendar counts
 * requests (600 a minute and user). People does not publish its figure: 90 reads a minute and user is what a new project's
 * console shows. Directory: "API limits and quotas" of the Admin SDK.
 */
export const documentedLimits: Limits = { gmail: 6_000, drive: 325_000, calendar: 600, people: 90, directory: 2_400 }

const minute = 60_000

export class Quota {
  limits: Limits
  readonly #spent = new Map<string, { readonly at: number; readonly units: number }[]>()
  readonly #now: () => number

  constructor(limits: Limits, now: () => number) {
    this.limits = limits
    this.#now = now
  }

  /** Most units of a minute that were ever spent by a user, refused calls left out. */
  readonly peak: Partial<Record<ApiName, number>> = {}

  /** @throws ApiError 429 or 403, as the API answers, when the minute's units are used up */
  spend(api: ApiName, user: string, units: number): void {
    const key = `${api} ${user}`
    const now = this.#now()
    const recent = (this.#spent.get(key) ?? []).filter(({ at }) => at > now - minute)
    const used = recent.reduce((sum, spent) => sum + spent.units, 0)
    this.#spent.set(key, recent)
    if (used + units > this.limits[api]) throw exceeded(api, this.limits[api])
    recent.push({ at: now, units })
    this.peak[api] = Math.max(this.peak[api] ?? 0, used + units)
  }
}

function exceeded(api: ApiName, limit: number): ApiError {
  const details = [
    errorInfo('RATE_LIMIT_EXCEEDED', {
      service: `${api}.googleapis.com`,
      quota_limit: 'defaultPerMinutePerUser',
      quota_limit_value: String(limit),
      quota_unit: '1/min/{project}/{user}',
    }),
  ]
  if (api === 'people') {
    return new ApiError(
      429,
      'rateLimitExceeded',
      "Quota exceeded for quota metric 'Critical read requests (Contact and Profile Reads)' and limit 'Critical read requests (Contact and Profile Reads) per minute per user' of service 'people.googleapis.com'.",
      { details },
    )
  }
  const domain = 'usageLimits'
  if (api === 'gmail')
    return new ApiError(429, 'rateLimitExceeded', 'User-rate limit exceeded. Retry later.', { domain, details })
  return new ApiError(403, 'userRateLimitExceeded', 'User Rate Limit Exceeded', { domain, details })
}
