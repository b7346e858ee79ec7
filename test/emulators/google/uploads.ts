/** Bodies of uploads: `uploadType=multipart` ("Upload files", multipart/related as RFC 2387 has it). */
import { type ApiCall, badRequest } from './api.ts'

export interface Uploaded {
  readonly resource: Record<string, unknown>
  readonly type: string
  readonly octets: Buffer
}

/** @throws ApiError 400 */
export function multipartUpload({ headers, body, query }: Pick<ApiCall<unknown>, 'headers' | 'body' | 'query'>): Uploaded {
  if (query.get('uploadType') !== 'multipart') throw badRequest(`Unsupported uploadType: ${query.get('uploadType')}`)
  const boundary = /^multipart\/related;.*boundary="?([^";]+)"?/i.exec(headers['content-type'] ?? '')?.[1]
  if (boundary === undefined) throw badRequest('Expected multipart/related with a boundary.')
  const [metadata, media, ...others] = [...partsOf(body, boundary)]
  if (metadata === undefined || media === undefined || others.length > 0) throw badRequest('Expected two parts.')
  return { resource: jsonOf(metadata.octets), type: media.type, octets: media.octets }
}

/** @throws ApiError 400 */
export function jsonOf(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8') || '{}')
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Refused below.
  }
  throw badRequest('Invalid JSON payload received.')
}

function* partsOf(body: Buffer, boundary: string): Generator<{ readonly type: string; readonly octets: Buffer }> {
  const delimiter = Buffer.from(`--${boundary}`)
  let at = body.indexOf(delimiter)
  while (at >= 0) {
    const start = at + delimiter.length
    if (body.toString('latin1', start, start + 2) === '--') return
    const next = body.indexOf(Buffer.from(`\r\n--${boundary}`), start)
    const headerEnd = body.indexOf('\r\n\r\n', start)
    if (next < 0 || headerEnd < 0 || headerEnd > next) throw badRequest('Malformed multipart body.')
    const type = /^content-type:\s*(.+)$/im.exec(body.toString('latin1', start, headerEnd))?.[1]?.trim() ?? ''
    yield { type, octets: body.subarray(headerEnd + 4, next) }
    at = next + 2
  }
}
