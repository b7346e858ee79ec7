/** Finds out what an archive holds: by names, and by the first octets of files whose name does not tell what they are. */
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type { Service } from '../../core/account.ts'
import { AppError } from '../../core/errors.ts'
import type { ArchiveSettings, Layout } from './layout.ts'
import { type Root, Scan } from './scan.ts'
import { readError, systemCode } from './tree.ts'

/**
 * Each file belongs to one service only: what is not taken for mail, contacts or calendars is a file, if files are wanted.
 * @throws AppError when the archive itself is missing or cannot be read
 */
export async function readLayout(
  { path, name }: ArchiveSettings,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<Layout> {
  const root = await findRoot(path, name)
  const scan = new Scan(root, services, signal)
  try {
    await scan.run()
    return scan.layout()
  } catch (error) {
    for (const tree of scan.trees) tree.close()
    throw error
  }
}

async function findRoot(path: string, name: string | undefined): Promise<Root> {
  try {
    const real = await realpath(resolve(path))
    const facts = await stat(real)
    if (!facts.isDirectory() && !facts.isFile()) throw new AppError('unsupported', `${path} is neither a file nor a folder.`)
    const own = basename(real).replace(/(?<=.)\.(?:zip|eml)$/i, '') || 'Mail'
    return { path: real, name: name ?? own, isFolder: facts.isDirectory() }
  } catch (error) {
    const code = systemCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw readError(error, path)
    const parent = await stat(dirname(resolve(path))).catch(() => null)
    const [text, advice] =
      parent === null
        ? [`The folder that holds ${path} is not there.`, 'If it is on another disk, plug that in and run the command again.']
        : [`There is no archive at ${path}.`, 'Was it moved, renamed or deleted? What was saved from it is safe.']
    throw new AppError('not-found', text, { cause: error, advice })
  }
}
