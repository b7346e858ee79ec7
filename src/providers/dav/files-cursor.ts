import { z } from 'zod'
import type { Cursor } from '../../core/source.ts'

/** What is remembered of a whole listing. */
const schema = z.strictObject({
  v: z.literal(1),
  /** When it was made, milliseconds since 1970. */
  at: z.number(),
  /** The root's ETag before it, where that changes with everything below and so may stand for all of it. */
  etag: z.string().optional(),
  /** Hash over what the root folder holds, likewise. */
  top: z.string().optional(),
  /** Keys of the folders and names that could not be read. */
  problems: z.array(z.string()),
})

export type ListingCursor = Readonly<z.infer<typeof schema>>

/** The most keys that are remembered: the cursor is to stay small. */
const maxProblems = 100

export function writeCursor(cursor: Omit<ListingCursor, 'v'>): Cursor {
  return JSON.stringify({ v: 1, ...cursor, problems: cursor.problems.slice(0, maxProblems) })
}

/** Null for what this program did not write. */
export function readCursor(cursor: Cursor): ListingCursor | null {
  try {
    return schema.safeParse(JSON.parse(cursor)).data ?? null
  } catch {
    return null
  }
}
