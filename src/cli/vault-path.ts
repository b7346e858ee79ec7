import { resolve } from 'node:path'
import { AppError } from '../core/errors.ts'

/** The folder as a person wrote it, as an absolute path. */
export function givenFolder(written: string, option: string): string {
  return resolve(given(written, option))
}

/** Something empty is most likely an unset variable in a script. @throws AppError `usage` */
export function given(written: string, option: string): string {
  if (written.trim() === '') throw new AppError('usage', `What follows ${option} is empty.`)
  return written
}

export function vaultPath(written: string): string {
  return givenFolder(written, '--vault')
}
