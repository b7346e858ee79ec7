/** Turns what Google's clients throw into `AppError`s. Nothing outside this folder sees an error of Google's. */
import { gaxios } from 'google-auth-library'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { fromNetwork, plainWords, retryAfterOf } from '../shared/web-errors.ts'
import { type Circumstances, deadGrant, signInAdvice } from './grant.ts'

/** Google is up and fails at this one request: HTTP 5xx. */
export class ServerFault extends AppError {
  constructor(status: number) {
    super('network', `Google answers with a fault of its own (HTTP ${status}).`)
    this.name = 'ServerFault'
  }
}

/** Google does not do this one thing. */
class Refused extends AppError {
  /** HTTP. */
  readonly status: number

  constructor(status: number, message: string) {
    super('unsupported', `Google refuses it: ${message || `HTTP ${status}`}`)
    this.name = 'Refused'
    this.status = status
  }
}

export function isRefusedWith(error: unknown, status: number): boolean {
  return error instanceof Refused && error.status === status
}

/** Google asks to slow down. `perMinute`: the limit that it names, in units per minute and user. */
export class Throttled extends AppError {
  readonly perMinute: number | null

  constructor(message: string, retryAfter: number | undefined, perMinute: number | null) {
    super('rate-limit', message, retryAfter === undefined ? {} : { retryAfter })
    this.name = 'Throttled'
    this.perMinute = perMinute
  }
}

const detailSchema = z.object({ reason: z.string().optional(), metadata: z.record(z.string(), z.string()).optional() })

const bodySchema = z.object({
  error: z.object({
    message: z.string().default(''),
    status: z.string().default(''),
    errors: z.array(z.object({ reason: z.string().default('') })).default([]),
    details: z.array(detailSchema.catch({})).default([]),
  }),
})

const tokenBodySchema = z.object({
  error: z.string(),
  error_description: z.string().default(''),
  error_subtype: z.string().default(''),
})

interface Refusal {
  readonly status: number
  readonly message: string
  /** Every reason given, in both of Google's forms. */
  readonly reasons: readonly string[]
  readonly metadata: Readonly<Record<string, string>>
  readonly retryAfter: number | undefined
}

export function fromGoogle(error: unknown, circumstances: Circumstances): AppError {
  const { now } = circumstances
  if (!(error instanceof gaxios.GaxiosError)) return fromNetwork(error, 'Google')
  const { response } = error
  if (response === undefined) return fromNetwork(error, 'Google')
  const data: unknown = parsed(response.data) ?? parsed(error.message)
  const token = tokenBodySchema.safeParse(data)
  if (token.success && response.status < 500) {
    const { error: code, error_description: description, error_subtype: subtype } = token.data
    return deadGrant({ error: code, description, subtype }, circumstances)
  }
  const body = bodySchema.safeParse(data)
  const told = body.success ? body.data.error : { message: '', status: '', errors: [], details: [] }
  return fromRefusal(circumstances, {
    status: response.status,
    message: told.message,
    reasons: [...told.errors, ...told.details].flatMap(({ reason }) => reason ?? []),
    metadata: Object.assign({}, ...told.details.map(({ metadata }) => metadata ?? {})) as Record<string, string>,
    retryAfter: retryAfterOf(response.headers, now),
  })
}

/** Google's words also of an answer that was asked for as a stream or as octets; a stream's are in the error's message. */
function parsed(data: unknown): unknown {
  const text = data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data
  if (typeof text !== 'string') return text ?? null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const slowDown = new Set([
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'quotaExceeded',
  'RATE_LIMIT_EXCEEDED',
  'sharingRateLimitExceeded',
])
/** Until Google's day ends: no point in waiting here. */
const wholeDay = new Set(['dailyLimitExceeded', 'dailyLimitExceededUnreg'])

function fromRefusal(circumstances: Circumstances, refusal: Refusal): AppError {
  const { status, reasons, retryAfter } = refusal
  const has = (...names: readonly string[]) => names.some((name) => reasons.includes(name))
  if (reasons.some((reason) => wholeDay.has(reason))) {
    return new AppError('rate-limit', "Google's limit for this day is used up.", {
      retryAfter: 86_400_000,
      advice: 'Run the backup again tomorrow; it goes on where it stopped.',
    })
  }
  if (status === 429 || (status === 403 && reasons.some((reason) => slowDown.has(reason)))) {
    const limit = Number(refusal.metadata['quota_limit_value'] ?? '')
    // That of the whole project is another and larger one.
    const isOfUser = /^1\/min\b.*\{user\}/.test(refusal.metadata['quota_unit'] ?? '')
    return new Throttled(
      'Google asks to slow down.',
      retryAfter,
      isOfUser && Number.isSafeInteger(limit) && limit > 0 ? limit : null,
    )
  }
  if (status >= 500) return new ServerFault(status)
  if (status === 410 || has('EXPIRED_SYNC_TOKEN', 'fullSyncRequired', 'updatedMinTooLongAgo')) {
    return new AppError('cursor-expired', 'Google has forgotten where the last run ended.')
  }
  const without = withoutService(refusal)
  if (without !== null) return without
  if (status === 401) {
    return new AppError('auth', 'Google does not accept the sign-in.', {
      advice: again(circumstances),
    })
  }
  if (status === 403) return forbidden(circumstances, refusal)
  if (status === 404) return new AppError('not-found', 'Google does not have this any more.')
  return new Refused(status, plainWords(refusal.message))
}

/** What Google says for a service that the account does not have, as other programs meet it: in no reference. */
function withoutService({ reasons, message }: Refusal): AppError | null {
  const service = reasons.includes('notACalendarUser')
    ? 'Google Calendar'
    : /mail service not enabled/i.test(message)
      ? 'Gmail'
      : /active session is invalid|cannot access this service/i.test(message)
        ? 'this service of Google'
        : null
  if (service === null) return null
  return new AppError('permission', `This account is without ${service}, or its administrator has switched it off.`, {
    advice:
      "Leave this service out on the account's page in the app, or remove the account and add it again with the same name and --only. What was saved of it stays.",
  })
}

function again({ account, service }: Circumstances): string {
  return signInAdvice({ account, isService: service !== undefined })
}

const apiNames: Readonly<Record<string, string>> = {
  'gmail.googleapis.com': 'Gmail API',
  'people.googleapis.com': 'People API',
  'calendar-json.googleapis.com': 'Google Calendar API',
  'drive.googleapis.com': 'Google Drive API',
  'admin.googleapis.com': 'Admin SDK API',
}

/** An API that is not switched on in the person's project. `service` and `consumer` as Google's answer names them. */
function apiIsOff(service: string, consumer: string): AppError {
  const project = /^projects\/([\w-]+)$/.exec(consumer)?.[1]
  const url = `https://console.cloud.google.com/apis/library/${service}${project === undefined ? '' : `?project=${project}`}`
  return new AppError('permission', `The ${apiNames[service] ?? service} is not switched on in your Google project.`, {
    advice: `Open ${url} and press "Enable". Google may need a few minutes until it works.`,
  })
}

function forbidden(circumstances: Circumstances, { reasons, metadata, message }: Refusal): AppError {
  const has = (...names: readonly string[]) => names.some((name) => reasons.includes(name))
  if (has('accessNotConfigured', 'SERVICE_DISABLED')) {
    const service = /^[\w.-]+$/.test(metadata['service'] ?? '') ? String(metadata['service']) : ''
    return apiIsOff(service, metadata['consumer'] ?? '')
  }
  if (has('insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT')) {
    return new AppError('permission', 'At the sign-in it was not allowed to read this.', {
      advice: `Leave every box ticked. ${again(circumstances)}`,
    })
  }
  if (has('cannotDownloadAbusiveFile')) {
    return new AppError('permission', 'Google holds this file for malware or spam and does not give it out.')
  }
  if (has('storageQuotaExceeded', 'teamDriveFileLimitExceeded')) {
    return new AppError(
      'permission',
      'There is no room left in this Google account. What is missing comes when there is room and the restore is repeated.',
    )
  }
  if (has('downloadQuotaExceeded')) {
    return new AppError('permission', 'Google does not give this file out today, because it was downloaded too often.')
  }
  if (has('domainPolicy')) {
    return new AppError('permission', 'The administrator of this account does not let other programs read it.', {
      advice: 'Ask the administrator to allow it.',
    })
  }
  return new AppError('permission', `Google does not allow it: ${plainWords(message) || 'no reason given'}`)
}
