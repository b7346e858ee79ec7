/** When this computer last verified the vault, as far as it remembers: a note in the user's cache, which may vanish. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Name of the note in the cache. */
const note = 'verified.json'

export interface Verification {
  /** RFC 3339: when it ended. */
  readonly time: string
  readonly sound: boolean
  /** As `VerifyReport.healable`. */
  readonly healable: boolean
}

/** `cacheFile`: where a file about the vault of this name lies; null where there is no cache. */
export function noteVerification(cacheFile: (name: string) => string | null, verification: Verification): void {
  const path = cacheFile(note)
  if (path === null) return
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify(verification))
  } catch {
    // It is not known then.
  }
}

/** Null where it is not known. */
export function lastVerification(cacheFile: (name: string) => string | null): Verification | null {
  const path = cacheFile(note)
  if (path === null) return null
  try {
    const { time, sound, healable } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Verification>
    if (typeof time !== 'string' || Number.isNaN(Date.parse(time)) || typeof sound !== 'boolean') return null
    // An earlier version did not say.
    return { time, sound, healable: healable ?? !sound }
  } catch {
    return null
  }
}
