/** The client of a restore: it can add, and takes nothing away that was not kept first. */
import { retry } from '../../core/retry.ts'
import { refusal } from './answer.ts'
import { isRefusal, type Refusal } from './errors.ts'
import { DavClient } from './http.ts'

type WritingMethod = 'PUT' | 'MKCOL' | 'MKCALENDAR' | 'PROPPATCH' | 'DELETE'

export interface WritingRequest {
  readonly method: WritingMethod
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array | (() => AsyncIterable<Uint8Array>)
}

export interface Written {
  readonly status: number
  /** The version that was written, where the server says so. */
  readonly etag: string | null
}

export class WritingDavClient extends DavClient {
  /** One try. @throws Refusal for a status of 300 or more, other AppErrors for what says nothing about the request */
  async write(request: WritingRequest, signal: AbortSignal): Promise<Written> {
    const answer = await this.sendAny(request, signal)
    if (answer.status >= 300) throw await refusal(answer)
    answer.discard()
    return { status: answer.status, etag: answer.header('etag')?.replace(/^W\//, '') ?? null }
  }

  /**
   * Makes something that must not be there yet (`If-None-Match: *`, MKCOL), and tries again after a broken connection. Null
   * where it is there already; `retried`: perhaps through a try whose answer was lost.
   */
  async create(
    request: WritingRequest,
    signal: AbortSignal,
    context: Parameters<typeof retry>[1],
  ): Promise<{ readonly written: Written | null; readonly retried: boolean }> {
    let tries = 0
    try {
      const written = await retry(
        () => {
          tries++
          return this.write(request, signal)
        },
        context,
        signal,
      )
      return { written, retried: tries > 1 }
    } catch (error) {
      if (!isThereAlready(error, request.method)) throw error
      return { written: null, retried: tries > 1 }
    }
  }
}

function isThereAlready(error: unknown, method: WritingMethod): error is Refusal {
  return method === 'PUT' ? isRefusal(error, 412) : isRefusal(error, 405, 409) && error.status === 405
}
