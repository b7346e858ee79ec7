import { resolve } from 'node:path'
import { AppError } from '../core/errors.ts'

/** The vault as a person wrote it, as an absolute path. An empty one is most likely an unset variable in a script. */
export function vaultPath(written: string): string {
  if (written.trim() === '') throw new AppError('usage', 'The folder after --vault is empty.')
  return resolve(written)
}
