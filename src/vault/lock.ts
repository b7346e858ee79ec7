/** One writer at a time. The lock names its holder, so that a person knows what to wait for. */
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { AppError, hasCode } from '../core/errors.ts'
import type { Clock } from '../core/types.ts'
import { type Disk, readFile } from './disk.ts'
import { lockFile } from './layout.ts'

interface Holder {
  readonly pid: number
  readonly host: string
  readonly user: string
  /** RFC 3339, UTC. */
  readonly since: string
  /** Renewed while the holder lives: RFC 3339, UTC. */
  readonly alive: string
}

const renewEvery = 30_000
/** A holder that has not renewed for so long is taken for dead, whatever has its process number now. Milliseconds. */
const deadAfter = 15 * 60_000

export interface Lock {
  release(): Promise<void>
}

/** @throws AppError `vault-locked` that names the holder */
export async function lockVault(disk: Disk, vault: string, clock: Clock): Promise<Lock> {
  const path = join(vault, lockFile)
  const since = clock.now().toISOString()
  const holder = (): Holder => ({
    pid: process.pid,
    host: hostname(),
    user: userInfo().username,
    since,
    alive: clock.now().toISOString(),
  })
  for (let attempt = 0; ; attempt++) {
    if (await tryCreate(disk, path, holder())) break
    // An empty lock may be one that is being filled right now.
    const other = (await readHolder(disk, path)) ?? (await clock.sleep(200).then(() => readHolder(disk, path)))
    if (attempt > 2 || (other !== null && isAlive(other, clock))) throw locked(other)
    await disk.remove(path).catch(ignoreAbsent)
  }
  const timer = setInterval(() => void write(disk, path, 'write', holder()).catch(() => undefined), renewEvery)
  timer.unref()
  return {
    async release() {
      clearInterval(timer)
      await disk.remove(path).catch(ignoreAbsent)
    },
  }
}

async function tryCreate(disk: Disk, path: string, holder: Holder): Promise<boolean> {
  if ((await disk.stat(path)) !== null) return false
  try {
    await write(disk, path, 'new', holder)
    return true
  } catch (error) {
    if ((await disk.stat(path)) !== null) return false
    throw error
  }
}

async function write(disk: Disk, path: string, mode: 'new' | 'write', holder: Holder): Promise<void> {
  const file = await disk.open(path, mode)
  try {
    await file.write([Buffer.from(`${JSON.stringify(holder)}\n`)], 0)
  } finally {
    await file.close()
  }
}

/** Null when the lock is gone or unreadable (its writer died before it was filled). */
async function readHolder(disk: Disk, path: string): Promise<Holder | null> {
  const bytes = await readFile(disk, path)
  if (bytes === null) return null
  try {
    const holder: unknown = JSON.parse(bytes.toString())
    return isHolder(holder) ? holder : null
  } catch {
    return null
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  const { pid, host, user, since, alive } = value as Record<string, unknown>
  return typeof pid === 'number' && [host, user, since, alive].every((text) => typeof text === 'string')
}

function isAlive(holder: Holder, clock: Clock): boolean {
  if (clock.now().getTime() - Date.parse(holder.alive) > deadAfter) return false
  if (holder.host !== hostname() || holder.pid === process.pid) return true
  try {
    process.kill(holder.pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function locked(holder: Holder | null): AppError {
  const who =
    holder === null ? 'another program' : `process ${holder.pid} of ${holder.user} on ${holder.host}, since ${holder.since}`
  return new AppError('vault-locked', `The vault is being written by ${who}.`)
}

function ignoreAbsent(error: unknown): void {
  if (!hasCode(error, 'disk-absent')) throw error
}
