import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import { parseJson } from '../../core/json.ts'
import type { Cursor } from '../../core/source.ts'

/** What a run noted as JSON for the next one. @throws AppError `cursor-expired` where it is not of this form */
export function readCursor<Noted>(schema: z.ZodType<Noted>, cursor: Cursor): Noted {
  const parsed = schema.safeParse(parseJson(cursor))
  if (parsed.success) return parsed.data
  throw new AppError('cursor-expired', 'The note of where the last run ended cannot be read.')
}
