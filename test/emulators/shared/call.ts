import type { IncomingHttpHeaders } from 'node:http'

/** What a method of an emulated API is asked. */
export interface Call<User> {
  readonly user: User
  /** What stands in the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** `https://127.0.0.1:…` */
  readonly origin: string
}

export interface Reply {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly json?: unknown
  readonly bytes?: Uint8Array
}
