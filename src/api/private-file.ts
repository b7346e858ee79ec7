/** Files that only the person may read, changed by one process at a time and never left half-written. */
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../core/errors.ts'

/** Longer than any change takes; a keyring that asks the person for a password may need most of it. */
const lockTimeout = 20_000

/**
 * The text of the file, or null where there is none.
 * @throws AppError `bad-settings` when it cannot be read
 */
export async function readPrivateFile(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null
    throw new AppError('bad-settings', `${path} cannot be read (${systemCode(error)}).`, {
      cause: error,
      advice: 'Check who owns the file and whether you may read it.',
    })
  }
}

/**
 * What a later version wrote may mean something else, whatever of it can be read.
 * @throws AppError `bad-settings` where the file says that it is of a later version than `known`
 */
export function refuseLater(path: string, content: unknown, known: number): void {
  if (typeof content !== 'object' || content === null || !('version' in content)) return
  if (typeof content.version !== 'number' || content.version <= known) return
  throw new AppError('bad-settings', `${path} was written by a later version of Lifeboat.`, {
    advice: 'Install the newest Lifeboat on this computer; nothing is changed meanwhile. No vault is affected.',
  })
}

/** Replaces the file as a whole: mode 0600 in a folder with mode 0700. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  const temporary = `${path}.${process.pid}.new`
  try {
    await makePrivateFolder(folder)
    await rm(temporary, { force: true })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(folder)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw cannotWrite(path, error)
  }
}

/**
 * Runs `change` while nobody else holds the lock at `path`. The lock is SQLite's on an empty file: the system itself
 * gives it free when a process dies, so there is never a stale one to judge.
 * @throws AppError `vault-locked` when another process holds it for too long
 */
export async function exclusively<T>(path: string, change: () => Promise<T>): Promise<T> {
  using database = await openLock(path)
  const deadline = Date.now() + lockTimeout
  while (!tryLock(database, path)) {
    if (Date.now() > deadline) {
      throw new AppError('vault-locked', 'Another Lifeboat is changing the accounts on this computer.', {
        advice: 'Wait until it has ended, then run the command again.',
      })
    }
    await delay(20 + Math.random() * 30)
  }
  return await change()
}

async function openLock(path: string): Promise<DatabaseSync> {
  try {
    await makePrivateFolder(dirname(path))
    const { DatabaseSync } = await import('node:sqlite')
    return new DatabaseSync(path)
  } catch (error) {
    throw cannotWrite(path, error)
  }
}

const sqliteBusy = 5

function tryLock(database: DatabaseSync, path: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy) return false
    throw cannotWrite(path, error)
  }
}

async function makePrivateFolder(folder: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true, mode: 0o700 })
  if (created !== undefined) await chmod(folder, 0o700)
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function cannotWrite(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error
  const code = systemCode(error)
  const advice = 'Check that you may write there, or set LIFEBOAT_HOME to a folder where you may.'
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new AppError('disk-full', `There is no room to write ${path}.`, { cause: error })
  return new AppError('bad-settings', `${path} cannot be written (${code}).`, { cause: error, advice })
}

function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
}
