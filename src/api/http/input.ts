/** What comes from a page is checked once, here. */
import type { Context } from 'hono'
import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'

/** @throws AppError `usage` that names the field */
export async function bodyOf<T>(context: Context, schema: z.ZodType<T>): Promise<T> {
  const body: unknown = await context.req.json().catch(() => undefined)
  return checked(body, schema)
}

/** @throws AppError `usage` that names the field */
export function queryOf<T>(context: Context, schema: z.ZodType<T>): T {
  return checked(context.req.query(), schema)
}

function checked<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue?.path.join('.') || 'request'
  throw new AppError('usage', `The field "${where}" is not right: ${issue?.message ?? 'invalid'}.`)
}
