/** Places that a person typed or pasted into a field. */
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { AppError } from '../../core/errors.ts'

/**
 * Understands the quotes that some systems copy along with a path, and `~`. From where else a path would lead depends on where
 * the program was started, which no person knows: it is refused.
 * @throws AppError `usage`
 */
export function wholePath(text: string): string {
  const path = text.trim().replace(/^(["'])(.*)\1$/, '$2')
  if (path === '~') return homedir()
  if (/^~[\\/]/.test(path)) return join(homedir(), path.slice(2))
  if (isAbsolute(path)) return path
  throw new AppError('usage', `It is not clear where “${path}” is.`, {
    advice: 'Give the whole path, as the file manager shows it: it begins with / or, on Windows, with the letter of a drive.',
  })
}
