/** A cursor that is a `deltaLink`, and when everything was listed last. */
import { AppError } from '../../core/errors.ts'
import type { Change, Cursor } from '../../core/source.ts'

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
