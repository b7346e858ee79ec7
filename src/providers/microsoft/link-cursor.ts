/** A cursor that is a `deltaLink`, and when everything was listed last. */
import { AppError, hasCode } from '../../core/errors.ts'
import type { Change, Cursor } from '../../core/source.ts'
import { isRefusedWith } from './errors.ts'
import type { Api } from './limits.ts'
import type { How, Page, Session } from './session.ts'

export interface LinkCursor {
  /** '' where Microsoft gave none: then everything is listed again next time. */
  readonly link: string
  /** RFC 3339. */
  readonly listed: string
  /** When it was asked last, where that is later. */
  readonly at?: string
}

export function linkCheckpoint(cursor: LinkCursor): Change {
  return { kind: 'checkpoint', cursor: JSON.stringify(cursor) }
}

/** @throws AppError `cursor-expired` also where more than `lifetime` milliseconds have passed since the last listing */
export function cursorOf(cursor: Cursor, now: Date, lifetime: number): LinkCursor {
  const known = parsed(cursor)
  if (known === null) throw new AppError('cursor-expired', 'The note of where the last run ended cannot be read.')
  if (now.getTime() - Date.parse(known.listed) > lifetime)
    throw new AppError('cursor-expired', 'Now and then everything is listed again, for what Microsoft may not have told.')
  return known
}

function parsed(cursor: Cursor): LinkCursor | null {
  try {
    const known = JSON.parse(cursor) as Partial<LinkCursor>
    const isWhole = typeof known.link === 'string' && known.link !== '' && typeof known.listed === 'string'
    return isWhole ? (known as LinkCursor) : null
  } catch {
    return null
  }
}

/**
 * What happened since a link of an earlier run.
 * @throws AppError `cursor-expired` also where Microsoft does not understand its own link any more: it says 400 or 404 then
 * (OneDrive/onedrive-api-docs#1476)
 */
export async function* pagesSince<T>(
  session: Session,
  api: Api,
  link: string,
  signal: AbortSignal,
  how: How = {},
): AsyncGenerator<Page<T>, void, undefined> {
  let isUnderstood = false
  try {
    for await (const page of session.pages<T>(api, link, signal, how)) {
      isUnderstood = true
      yield page
    }
  } catch (error) {
    if (isUnderstood || !(isRefusedWith(error, 400) || hasCode(error, 'not-found'))) throw error
    throw new AppError('cursor-expired', 'Microsoft does not understand any more where the last run ended.')
  }
}
