/** What breaks on the way to a provider of the web, in plain words; and what its answers say beside their content. */
import { AppError, toAppError } from '../../core/errors.ts'

/** A sentence of the provider's, fit to be shown. */
export function plainWords(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110 section 10.2.3). */
export function retryAfterOf(headers: Headers, now: Date): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const ms = /^\d{1,6}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now.getTime()
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined
}

/** Instead of JSON came something else. */
export function answeredInPlaceOf(provider: string): AppError {
  return new AppError('network', `Something between this computer and ${provider} answers in its place.`, {
    advice: 'In a guest network, open the browser and sign in to the network first.',
  })
}

const certificateCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/

/** The client's own error is left out: it holds the request with its tokens. */
export function fromNetwork(error: unknown, provider: string): AppError {
  if (error instanceof AppError) return error
  if (error instanceof Error && error.name === 'AbortError') return toAppError(error)
  const code = codeOf(error)
  const cause = new Error(code || 'no code')
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED') {
    return new AppError('suspicious', `By the clock of this computer, the certificate of ${provider} does not hold.`, {
      cause,
      advice: 'Check the date, the time and the time zone of this computer. If they are right, try another network.',
    })
  }
  if (certificateCodes.test(code)) {
    return new AppError(
      'suspicious',
      `Something between this computer and ${provider} shows a certificate that is not ${provider}'s (${code}).`,
      { cause, advice: 'Try another network. In an office or school, its network may read along; ask who runs it.' },
    )
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new AppError('network', `${provider} cannot be found: there seems to be no internet.`, { cause })
  }
  if (code === 'ECONNREFUSED') return new AppError('network', `${provider} refuses the connection.`, { cause })
  return new AppError('network', `The connection to ${provider} broke.`, { cause })
}

function codeOf(error: unknown): string {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ('code' in one && typeof one.code === 'string' && one.code !== '') return one.code
  }
  return ''
}
