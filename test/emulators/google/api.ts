/** How one method of a Google API is described here, and the errors that all of them share. */
import type { IncomingMessage } from 'node:http'
import type { Call, Reply } from '../shared/call.ts'

export type { Reply } from '../shared/call.ts'

/** The APIs, each with an error style and a quota of its own. */
export type ApiName = 'gmail' | 'people' | 'calendar' | 'drive' | 'directory'

/** Its JSON is sent reduced to `fields`. */
export type ApiCall<User> = Call<User>

export interface ApiMethod<User> {
  /** As Google's reference names it, e.g. `gmail.users.messages.get`. */
  readonly id: string
  readonly api: ApiName
  readonly http: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `{name}` takes one path segment, `{name=**}` everything up to the end. */
  readonly path: string
  /** Any one of these lets the call through; each is the part after `https://www.googleapis.com/auth/`, or a whole URL. */
  readonly scopes: readonly string[]
  /** Answers everybody. */
  readonly isPublic?: true
  /** Quota units. */
  readonly units: number
  readonly handle: (call: ApiCall<User>) => Reply
}

/** An answer other than 2xx, in the form in which the API in question writes it. */
export class ApiError extends Error {
  readonly status: number
  readonly reason: string
  readonly domain: string
  readonly details: readonly object[]
  readonly headers: Readonly<Record<string, string>>
  readonly location: string | undefined

  constructor(
    status: number,
    reason: string,
    message: string,
    more: {
      readonly domain?: string
      readonly details?: readonly object[]
      readonly headers?: Readonly<Record<string, string>>
      readonly location?: string
    } = {},
  ) {
    super(message)
    this.status = status
    this.reason = reason
    this.domain = more.domain ?? 'global'
    this.details = more.details ?? []
    this.headers = more.headers ?? {}
    this.location = more.location
  }
}

/** `google.rpc.Code` of an HTTP status, as `error.status` has it. */
const rpcCodes: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ALREADY_EXISTS',
  412: 'FAILED_PRECONDITION',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
}

/** People answers in the newer form alone (AIP-193); the others keep the older `errors` list. */
export function errorBody(api: ApiName, error: ApiError): object {
  const { status, message, reason, domain, details, location } = error
  const rpcStatus = rpcCodes[status]
  const older = { message, domain, reason, ...(location === undefined ? {} : { location, locationType: 'parameter' }) }
  return {
    error: {
      code: status,
      message,
      ...(api === 'people' ? {} : { errors: [older] }),
      ...(rpcStatus === undefined ? {} : { status: rpcStatus }),
      ...(details.length === 0 ? {} : { details }),
    },
  }
}

export function errorInfo(reason: string, metadata: Readonly<Record<string, string>> = {}): object {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com', metadata }
}

export const notFound = (message = 'Requested entity was not found.'): ApiError => new ApiError(404, 'notFound', message)

export const badRequest = (message: string, location?: string): ApiError =>
  new ApiError(400, 'badRequest', message, location === undefined ? {} : { location })

export const invalidCredentials = (): ApiError =>
  new ApiError(401, 'authError', 'Request had invalid authentication credentials.', { location: 'Authorization' })

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
