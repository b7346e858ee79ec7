/** Files and folders to read mail from, wherever they lie: on a disk or inside a zip. */
import { AppError } from '../../core/errors.ts'

/** Names from the tree's root down; empty for the root itself. */
export type Path = readonly string[]

export interface TreeEntry {
  readonly name: string
  /** `link`: leads out of the tree and is not followed. `refused`: may not be read; `reason` says why. */
  readonly kind: 'file' | 'folder' | 'link' | 'refused'
  readonly reason?: string
}

export interface FileFacts {
  readonly size: number
  /** Milliseconds since 1970. */
  readonly modified: number
  /** Changes whenever the bytes are likely to have changed. */
  readonly stamp: string
}

export interface Tree {
  /** Sorted by name; neither special files nor links within the tree are listed. */
  list(folder: Path): Promise<readonly TreeEntry[]>
  facts(file: Path): Promise<FileFacts>
  /** The octets from `start` to the end. Ending the iteration early releases what it holds. */
  read(file: Path, start?: number): AsyncIterable<Buffer>
  /** Whether `read` can start anywhere at the same cost. */
  readonly seekable: boolean
  /** Where the tree lies on the disk, for the sentences of errors. */
  readonly location: string
  close(): void
}

export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** The first `limit` octets, or fewer where the file is shorter. */
export async function readStart(tree: Tree, file: Path, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of tree.read(file)) {
    parts.push(part)
    length += part.length
    if (length >= limit) break
  }
  return Buffer.concat(parts).subarray(0, limit)
}

/** Names the file in a sentence for a person. Never throws. */
export function readError(error: unknown, name: string): AppError {
  if (error instanceof AppError) return error
  const code = systemCode(error)
  const options = { cause: error }
  if (code === 'EACCES' || code === 'EPERM') {
    return new AppError('permission', `${name} may not be read by this user.`, {
      ...options,
      advice: 'Change the permissions of the file or folder, or run Lifeboat as the user it belongs to.',
    })
  }
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ESTALE') {
    return new AppError('not-found', `${name} is not there any more.`, {
      ...options,
      advice: 'It was moved, renamed or deleted while the archive was read. Run the command again.',
    })
  }
  if (code === 'ENAMETOOLONG') return new AppError('unsupported', `The name of ${name} is too long for this system.`, options)
  return new AppError('disk-failed', `${name} cannot be read${code === '' ? '' : ` (${code})`}.`, {
    ...options,
    advice: 'Check the cable and the disk the archive lies on, or copy the archive anew.',
  })
}

export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
