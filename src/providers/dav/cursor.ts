/** Where the last run ended in one collection. */
import { z } from 'zod'
import type { Clock } from '../../core/context.ts'
import type { Cursor } from '../../core/source.ts'

const shape = z.object({
  v: z.literal(1),
  /** sync-token (RFC 6578); absent where the server has none that works. */
  token: z.string().min(1).optional(),
  /** getctag: unchanged while nothing in the collection changes. */
  ctag: z.string().min(1).optional(),
  /** When everything was last listed, RFC 3339. */
  listed: z.iso.datetime(),
  /** Runs since then. */
  runs: z.int().min(0),
})

export type DavCursor = Readonly<z.infer<typeof shape>>

/** A server's account of changes is not trusted for longer than this: then everything is listed again. */
const reconcileAfterRuns = 20
const reconcileAfterDays = 30

/** Null for what is no cursor of ours. */
export function parseCursor(cursor: Cursor): DavCursor | null {
  try {
    return shape.parse(JSON.parse(cursor))
  } catch {
    return null
  }
}

export function newCursor(
  state: { readonly token?: string | undefined; readonly ctag?: string | undefined },
  clock: Clock,
): Cursor {
  return write({ v: 1, ...known(state), listed: clock.now().toISOString(), runs: 0 })
}

/** The same after one more run. */
export function nextCursor(
  cursor: DavCursor,
  state: { readonly token?: string | undefined; readonly ctag?: string | undefined },
): Cursor {
  return write({ v: 1, ...known(state), listed: cursor.listed, runs: cursor.runs + 1 })
}

/**
 * sabre/dav, and what is built on it (Nextcloud, ownCloud, Baïkal), counts the changes of a collection in its tokens. Null for the
 * tokens of others.
 */
export function changesCounted(token: string): number | null {
  const count = /^http:\/\/sabre\.io\/ns\/sync\/(\d{1,15})$/.exec(token)?.[1]
  return count === undefined ? null : Number(count)
}

export function isReconcileDue(cursor: DavCursor, clock: Clock): boolean {
  const age = clock.now().getTime() - Date.parse(cursor.listed)
  return cursor.runs + 1 >= reconcileAfterRuns || age >= reconcileAfterDays * 86_400_000 || age < 0
}

function known(state: { readonly token?: string | undefined; readonly ctag?: string | undefined }): Partial<DavCursor> {
  return {
    ...(state.token ? { token: state.token } : {}),
    ...(state.ctag ? { ctag: state.ctag } : {}),
  }
}

function write(cursor: DavCursor): Cursor {
  return JSON.stringify(cursor)
}
