/** What is kept of a sign-in with the browser: one JSON text in the secret store. */
import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'

/** @throws AppError `auth` with this `advice` where the secret is missing or no grant */
export function storedGrant<Grant>(schema: z.ZodType<Grant>, secret: string | null, advice: string): Grant {
  if (secret === null) throw new AppError('auth', 'There is no sign-in stored for this account.', { advice })
  const parsed = schema.safeParse(parseJson(secret))
  if (parsed.success) return parsed.data
  throw new AppError('auth', 'The stored sign-in of this account cannot be understood.', { advice })
}
