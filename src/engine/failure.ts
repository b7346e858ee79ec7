import { type ErrorCode, toAppError } from '../core/errors.ts'
import { errorTexts } from '../core/messages.ts'
import type { Failure } from './report.ts'

/** The disk itself fails: nothing more can be saved in this run. */
export function isDiskFailure(code: ErrorCode): boolean {
  return code === 'disk-full' || code === 'disk-failed' || code === 'disk-absent'
}

export function toFailure(error: unknown): Failure {
  const { code, message, advice } = toAppError(error)
  return { code, message, advice: advice ?? errorTexts[code].advice }
}
