/** Trouble on command: the next calls of a method fail as Google's would. */
import * as shared from '../shared/faults.ts'
import { ApiError, errorInfo } from './api.ts'

export type Fault = shared.Fault<ApiError>

export class Faults extends shared.Faults<ApiError> {}

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
  /** The next four as other programs' sources and trackers report them. */
  mailServiceNotEnabled: () => new ApiError(400, 'failedPrecondition', 'Mail service not enabled'),
  notACalendarUser: () => new ApiError(403, 'notACalendarUser', 'The user must be signed up for Google Calendar.'),
  sessionInvalid: () => new ApiError(401, 'authError', 'Active session is invalid. Error code: 4'),
  downloadQuotaExceeded: () =>
    new ApiError(403, 'downloadQuotaExceeded', 'The download quota for this file has been exceeded.', usage),
  storageQuotaExceeded: () =>
    new ApiError(403, 'storageQuotaExceeded', "The user's Drive storage quota has been exceeded.", usage),
  /** Of all who use the project at once. */
  projectQuota: (limit: number) =>
    new ApiError(429, 'rateLimitExceeded', 'Quota exceeded for quota metric and limit of the service.', {
      ...usage,
      details: [errorInfo('RATE_LIMIT_EXCEEDED', { quota_limit_value: String(limit), quota_unit: '1/min/{project}' })],
    }),
  invalidSyncToken: () => new ApiError(400, 'invalid', 'Invalid sync token value.'),
  gone: () => new ApiError(404, 'notFound', 'Requested entity was not found.'),
  backendError: () => new ApiError(500, 'backendError', 'Backend Error'),
  unavailable: () => new ApiError(503, 'backendError', 'The service is currently unavailable.'),
} as const
