/** One writer at a time. The lock names its holder, so that a person knows what to wait for. */
import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../core/context.ts'
import { AppError, hasCode } from '../core/errors.ts'
import { type Disk, type DiskFile, readFile } from './disk.ts'
import { lockFile } from './layout.ts'
import { isProcess, processSpace } from './processes.ts'

interface Holder {
  /** Tells this lock from every other one. */
  readonly token: string
  readonly pid: number
  readonly host: string
  readonly user: string
  /** As `VaultOptions.computer`; missing in locks of earlier versions. */
  readonly computer?: string
  /** `processSpace`. */
  readonly space?: string
  /** RFC 3339, UTC. */
  readonly since: string
  /** Renewed while the holder lives: RFC 3339, UTC. */
  readonly alive: string
}

const renewEvery = 30_000
/** A holder that has not renewed for so long is taken for dead. Milliseconds. */
const deadAfter = 15 * 60_000
/** Longer than it takes to write a lock file, or to put one in the place of a dead one. */
const settling = 200

/** Tokens of the locks that this process holds: its number alone may be that of a dead process in a container. */
const held = new Set<string>()

export interface Lock {
  /**
   * Returns at once when the lock was seen lately; looks after a pause, such as the computer's sleep.
   * @throws AppError `vault-locked` when another program took this one for dead: then nothing more may be written
   */
  confirm(): Promise<void>
  /** Never throws: a lock that cannot be removed is known to be dead. */
  release(): Promise<void>
}

/**
 * `say`: told a sentence before a wait that a person would wonder about. `computer`: as `VaultOptions.computer`.
 * @throws AppError `vault-locked` that names the holder
 */
export async function lockVault(
  disk: Disk,
  vault: string,
  clock: Clock,
  say: (text: string) => void = () => undefined,
  computer: string | null = null,
): Promise<Lock> {
  const path = join(vault, lockFile)
  const token = randomUUID()
  const since = clock.now().toISOString()
  const space = processSpace()
  const holder = (): Holder => ({
    ...{ token, pid: process.pid, host: hostname(), user: userInfo().username, since },
    ...(computer === null ? {} : { computer }),
    ...(space === null ? {} : { space }),
    alive: clock.now().toISOString(),
  })
  held.add(token)
  try {
    await acquire(disk, path, holder, { clock, say })
  } catch (error) {
    held.delete(token)
    throw error
  }
  let lastSeen = clock.now().getTime()
  const renew = async () => {
    if (!(await isOurs(disk, path, token))) return
    await fill(await disk.open(path, 'write'), holder())
    lastSeen = clock.now().getTime()
  }
  let renewal: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    renewal = renewal.then(renew).catch(() => undefined)
  }, renewEvery)
  timer.unref()
  return {
    async confirm() {
      if (Math.abs(clock.now().getTime() - lastSeen) < 2 * renewEvery) return
      if (!(await isOurs(disk, path, token))) throw locked(await readHolder(disk, path), holder())
      await renew()
    },
    async release() {
      clearInterval(timer)
      held.delete(token)
      await renewal
      try {
        if (await isOurs(disk, path, token)) await disk.remove(path)
      } catch {
        // The next opener sees that its holder is dead.
      }
    },
  }
}

interface Waiting {
  readonly clock: Clock
  readonly say: (text: string) => void
}

async function acquire(disk: Disk, path: string, holder: () => Holder, waiting: Waiting): Promise<void> {
  const { clock } = waiting
  for (let attempt = 1; ; attempt++) {
    if (await tryCreate(disk, path, holder())) {
      if (attempt === 1) return
      // Somebody else may have taken the dead one's place at the same moment: the last of them has it.
      await clock.sleep(settling)
      if (await isOurs(disk, path, holder().token)) return
    }
    // An empty lock may be one that is being filled right now.
    const other = (await readHolder(disk, path)) ?? (await clock.sleep(settling).then(() => readHolder(disk, path)))
    if (attempt > 3 || (other !== null && (await isAlive(disk, path, other, holder(), waiting)))) throw locked(other, holder())
    if ((await readHolder(disk, path))?.token === other?.token) await disk.remove(path).catch(ignoreAbsent)
  }
}

async function tryCreate(disk: Disk, path: string, holder: Holder): Promise<boolean> {
  if ((await disk.stat(path)) !== null) return false
  let file: DiskFile
  try {
    file = await disk.open(path, 'new')
  } catch (error) {
    if ((await disk.stat(path)) !== null) return false
    throw error
  }
  try {
    await fill(file, holder)
  } catch (error) {
    await disk.remove(path).catch(() => undefined)
    throw error
  }
  return true
}

async function fill(file: DiskFile, holder: Holder): Promise<void> {
  try {
    await file.write([Buffer.from(`${JSON.stringify(holder)}\n`)], 0)
  } finally {
    await file.close()
  }
}

async function isOurs(disk: Disk, path: string, token: string): Promise<boolean> {
  return (await readHolder(disk, path))?.token === token
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
  const { token, pid, host, user, since, alive } = value as Record<string, unknown>
  const texts = [token, host, user, since, alive]
  return typeof pid === 'number' && texts.every((text) => typeof text === 'string') && !Number.isNaN(Date.parse(String(alive)))
}

/** `perhaps`: by its name only, or before it was started anew; the numbers of its processes prove nothing. */
type IsHere = 'yes' | 'perhaps' | 'no'

/** Whether the holder works on this computer. Many are called alike, and one that was set up as a copy has all in common. */
function isHere(holder: Holder, me: Holder): IsHere {
  if (holder.space !== undefined && holder.space === me.space) return 'yes'
  if (holder.host !== me.host) return 'no'
  if (holder.computer === undefined || me.computer === undefined) return 'perhaps'
  if (holder.computer !== me.computer) return 'no'
  return holder.space === undefined && me.space === undefined ? 'yes' : 'perhaps'
}

async function isAlive(disk: Disk, path: string, holder: Holder, me: Holder, { clock, say }: Waiting): Promise<boolean> {
  const here = isHere(holder, me)
  const isOwnNumber = holder.pid === process.pid
  if (here !== 'no' && isOwnNumber && held.has(holder.token)) return true
  const isGone = here !== 'no' && (isOwnNumber || !isProcess(holder.pid))
  if (here === 'yes' && isGone) return false
  if (!isGone && Math.abs(clock.now().getTime() - Date.parse(holder.alive)) <= deadAfter) return true
  // It is dead, and another process may have its number now. Or it lives: its computer slept, one of the clocks is wrong, or its
  // computer is another one that goes by the same name.
  const watched = renewEvery + 5_000
  say(
    `${holder.user} on ${holder.host} did not finish with this vault. Watching for ${watched / 1000} seconds whether it is still in use.`,
  )
  await clock.sleep(watched)
  const now = await readHolder(disk, path)
  return now !== null && (now.token !== holder.token || now.alive !== holder.alive)
}

function locked(holder: Holder | null, me: Holder): AppError {
  const who =
    holder === null ? 'another program' : `process ${holder.pid} of ${holder.user} on ${holder.host}, since ${holder.since}`
  const advice =
    holder === null || isHere(holder, me) !== 'no'
      ? undefined
      : `Wait until the other run has ended. If it was broken off, the vault is free again ${deadAfter / 60_000} minutes after that.`
  return new AppError('vault-locked', `The vault is being written by ${who}.`, advice === undefined ? {} : { advice })
}

function ignoreAbsent(error: unknown): void {
  if (!hasCode(error, 'disk-absent')) throw error
}
