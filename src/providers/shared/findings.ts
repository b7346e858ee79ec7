/** What `lifeboat account test` says of one question to a provider. */
import { toAppError } from '../../core/errors.ts'
import type { TestFinding } from '../../core/provider.ts'

/** `look`: a sentence about what was found. */
export async function finding(look: () => Promise<string>): Promise<TestFinding> {
  try {
    return { ok: true, text: await look() }
  } catch (error) {
    return failedFinding(error)
  }
}

export function failedFinding(error: unknown): TestFinding {
  const { code, message, advice } = toAppError(error)
  return { ok: false, code, text: advice === undefined ? message : `${message} ${advice}` }
}
