/** A cursor that is a `deltaLink`, and when everything was listed last. */
import { z } from 'zod'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Change, Cursor } from '../../core/source.ts'
import { readCursor } from '../shared/cursor.ts'
import { isRefusedWith } from './errors.ts'
import type { Api } from './limits.ts'
import type { Page } from './pages.ts'
import type { How, Session } from './session.ts'

export interface LinkCursor {
  /** '' where Microsoft gave none: then everything is listed again next time. */
  readonly link: string
  /** RFC 3339. */
  readonly listed: string
  /** When it was asked last, where that is later. */
  readonly at?: string
}

/** Each service notes more of its own. */
const schema = z.looseObject({ link: z.string().min(1), listed: z.string(), at: z.string().exactOptional() })

export function linkCheckpoint(cursor: LinkCursor): Change {
  return { kind: 'checkpoint', cursor: JSON.stringify(cursor) }
}

/** @throws AppError `cursor-expired` also where more than `lifetime` milliseconds have passed since the last listing */
export function cursorOf(cursor: Cursor, now: Date, lifetime: number): LinkCursor {
  const known: LinkCursor = readCursor(schema, cursor)
  if (now.getTime() - Date.parse(known.listed) > lifetime)
    throw new AppError('cursor-expired', 'Now and then everything is listed again, for what Microsoft may not have told.')
  return known
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
