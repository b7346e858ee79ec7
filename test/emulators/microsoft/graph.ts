/** How one method of Microsoft Graph is described here, and the errors that all of them share. */
import type { IncomingMessage } from 'node:http'
import type { Call, Reply } from '../shared/call.ts'

export type { Reply } from '../shared/call.ts'

/** What a call counts for: a mailbox, OneDrive, OneNote, or the directory. */
export type Api = 'outlook' | 'files' | 'notes' | 'directory'

export interface GraphCall<User> extends Call<User> {
  /** The path as it was asked for, without the query; for `@odata.nextLink`. */
  readonly path: string
  /** A program asks that signed in for itself. */
  readonly isItself: boolean
}

export interface GraphMethod<User> {
  /** As the reference names it, e.g. `message.delta`. */
  readonly id: string
  readonly api: Api
  readonly http: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** After `/v1.0`. `{name}` takes one path segment, `{name=**}` everything up to what follows. `/me` also stands for `/users/{id}`. */
  readonly path: string
  /** Any one of these lets the call through. */
  readonly scopes: readonly string[]
  /** Answers everybody (a pre-authenticated address). */
  readonly isPublic?: true
  readonly handle: (call: GraphCall<User>) => Reply
}

/** An answer other than 2xx ("Microsoft Graph error responses and resource types"). */
export class GraphError extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  readonly innerCode: string | undefined

  constructor(
    status: number,
    code: string,
    message: string,
    more: { readonly headers?: Readonly<Record<string, string>>; readonly innerCode?: string } = {},
  ) {
    super(message)
    this.status = status
    this.code = code
    this.headers = more.headers ?? {}
    this.innerCode = more.innerCode
  }
}

export function errorBody({ code, message, innerCode }: GraphError): object {
  const inner = innerCode === undefined ? {} : { code: innerCode }
  const ids = { date: '2026-11-25T12:00:00', 'request-id': '00000000-0000-0000-0000-000000000000' }
  return { error: { code, message, innerError: { ...inner, ...ids } } }
}

export const notFound = (): GraphError =>
  new GraphError(404, 'ErrorItemNotFound', 'The specified object was not found in the store.')

export const badRequest = (message: string): GraphError => new GraphError(400, 'BadRequest', message)

/** The errors that Microsoft's pages name. */
export const documentedErrors = {
  syncStateNotFound: () =>
    new GraphError(410, 'SyncStateNotFound', 'The sync state generation is not found; continue by requesting a full sync.'),
  tooManyRequests: (seconds: number) =>
    new GraphError(429, 'TooManyRequests', 'Too many requests', { headers: { 'retry-after': String(seconds) } }),
  mailboxConcurrency: (seconds: number) =>
    new GraphError(429, 'ApplicationThrottled', 'Application is over its MailboxConcurrency limit.', {
      headers: { 'retry-after': String(seconds) },
    }),
  unavailable: (seconds?: number) =>
    new GraphError(503, 'serviceNotAvailable', 'The service is temporarily unavailable.', {
      headers: seconds === undefined ? {} : { 'retry-after': String(seconds) },
    }),
  internal: () => new GraphError(500, 'generalException', 'An unspecified error has occurred.'),
  accessDenied: () => new GraphError(403, 'ErrorAccessDenied', 'Access is denied. Check credentials and try again.'),
  accountSuspended: () =>
    new GraphError(
      403,
      'ErrorAccountSuspend',
      'Account suspended. Follow the instructions in your Inbox to verify your account.',
    ),
  noMailbox: () =>
    new GraphError(404, 'MailboxNotEnabledForRESTAPI', 'The mailbox is either inactive, soft-deleted, or is hosted on-premise.'),
  invalidToken: () => new GraphError(401, 'InvalidAuthenticationToken', 'Lifetime validation failed, the token is expired.'),
  claimsChallenge: () =>
    new GraphError(401, 'InvalidAuthenticationToken', 'Continuous access evaluation resulted in challenge.', {
      headers: { 'www-authenticate': 'Bearer realm="", error="insufficient_claims", claims="eyJ9"' },
    }),
} as const

/** The values of a `Prefer` header (RFC 7240), e.g. `IdType="ImmutableId"`. */
export function preferences({ headers }: Pick<GraphCall<unknown>, 'headers'>): ReadonlyMap<string, string> {
  const parts = String(headers['prefer'] ?? '').matchAll(/([\w.-]+)\s*=\s*(?:"([^"]*)"|([^,\s]+))/g)
  return new Map([...parts].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']))
}

export function wantsImmutableIds(call: Pick<GraphCall<unknown>, 'headers'>): boolean {
  return preferences(call).get('idtype') === 'ImmutableId'
}

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** @throws GraphError 400 */
export function jsonOf<T extends object>({ body }: Pick<GraphCall<unknown>, 'body'>): T {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as T
  } catch {
    // Told below.
  }
  throw badRequest('Unable to read JSON request payload.')
}
