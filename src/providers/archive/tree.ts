/** Files and folders to read mail from, wherever they lie: on a disk or inside a zip. */
import { AppError, type ErrorCode } from '../../core/errors.ts'

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

/**
 * What the file system says, as a sentence for a person. Not `disk-absent` or `disk-failed`: these are about the disk of the
 * vault and end the run for all accounts.
 * @throws the error itself where it does not come from the file system
 */
export function readError(error: unknown, name: string): AppError {
  if (error instanceof AppError) return error
  const code = systemCode(error)
  if (code === '') throw error
  const failure = (kind: ErrorCode, text: string, advice: string) => new AppError(kind, text, { cause: error, advice })
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return failure(
        'permission',
        `${name} may not be read by this user.`,
        'Change its permissions, or run Lifeboat as its owner.',
      )
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ESTALE':
      return failure(
        'not-found',
        `${name} is not there any more.`,
        'If it lies on another disk, plug that in. Then run the command again.',
      )
    case 'ENAMETOOLONG':
      return failure(
        'unsupported',
        `The name of ${name} is too long for this system.`,
        'Move the archive nearer to the root of its disk.',
      )
    default:
      return failure(
        'unsupported',
        `${name} cannot be read (${code}).`,
        'Check the disk the archive lies on, or copy the archive anew.',
      )
  }
}

export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
