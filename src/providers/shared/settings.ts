import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'

/** @param provider as in "the IMAP account". @throws AppError `usage` that names the setting */
export function checkedSettings<Settings>(schema: z.ZodType<Settings>, settings: JsonObject, provider: string): Settings {
  const parsed = schema.safeParse(settings)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw wrongSetting(provider, issue?.path.join('.') || 'settings', issue?.message ?? 'invalid')
}

export function wrongSetting(provider: string, name: string, message: string): AppError {
  return new AppError('usage', `The setting "${name}" of the ${provider} account is not right: ${message}.`)
}
