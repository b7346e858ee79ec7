import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import type { AppError } from '../../src/core/errors.ts'
import { inWindow, sentenceIn } from '../../src/core/sentences.ts'
import { lockFile } from '../../src/vault/layout.ts'
import { lockVault } from '../../src/vault/lock.ts'
import { processSpace } from '../../src/vault/processes.ts'
import { FaultyDisk } from '../faults/faulty-disk.ts'
import { MemoryDisk } from '../faults/memory-disk.ts'
import { QuickClock } from '../faults/scenario.ts'

const vault = '/disk/vault'
const path = `${vault}/${lockFile}`
const minutes = 60_000
/** No process has a number so high. */
const nobody = 2 ** 30
const now = '2026-01-02T12:00:00.000Z'

async function emptyVault(): Promise<MemoryDisk> {
  const disk = new MemoryDisk()
  await disk.makeDirectory(vault)
  return disk
}

/** A vault with the lock of somebody who renewed it so long ago. */
async function lockedBy(
  holder: { readonly pid: number; readonly host?: string; readonly computer?: string; readonly space?: string },
  ago: number,
): Promise<MemoryDisk> {
  const alive = new Date(Date.parse(now) - ago).toISOString()
  const lock = { token: 'theirs', host: hostname(), user: 'bob', since: '2026-01-02T11:00:00.000Z', alive, ...holder }
  return await withLock(`${JSON.stringify(lock)}\n`)
}

async function withLock(text: string): Promise<MemoryDisk> {
  const disk = await emptyVault()
  const file = await disk.open(path, 'new')
  await file.write([Buffer.from(text)], 0)
  return disk
}

function holderOf(disk: MemoryDisk): Record<string, unknown> {
  return JSON.parse(disk.files().get(path)?.toString() ?? 'null') as Record<string, unknown>
}

function clock(): QuickClock {
  return new QuickClock(now, 1)
}

async function refusal(attempt: Promise<unknown>): Promise<AppError> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown as AppError,
  )
  if (error?.code !== 'vault-locked') throw new Error(`not refused: ${error}`)
  return error
}

describe('the lock of a vault', () => {
  it('is there while it is held, names its holder, and is gone afterwards', async () => {
    const disk = await emptyVault()
    const lock = await lockVault(disk, vault, clock())
    expect(holderOf(disk)).toMatchObject({ pid: process.pid, host: hostname() })
    await lock.release()
    expect(disk.files().has(path)).toBe(false)
  })

  it('keeps out a second one, in this process too', async () => {
    const disk = await emptyVault()
    const lock = await lockVault(disk, vault, clock())
    expect((await refusal(lockVault(disk, vault, clock()))).message).toContain(`process ${process.pid}`)
    await lock.release()
    await (await lockVault(disk, vault, clock())).release()
  })

  it('is given to exactly one of many who come at once', async () => {
    const disk = await emptyVault()
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockVault(disk, vault, clock())))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('of a dead process is taken over, by exactly one of many', async () => {
    const disk = await lockedBy({ pid: nobody }, 0)
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockVault(disk, vault, clock())))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(holderOf(disk)).toMatchObject({ pid: process.pid })
  })

  it.each([
    ['that tells its id', { computer: 'their-id', space: 'their space' }],
    ['whose system tells no space of processes', { computer: 'their-id' }],
    ['by an earlier version', {}],
  ])('of another computer of the same name is respected while it is renewed: %s', async (_, mark) => {
    const disk = await lockedBy({ pid: nobody, ...mark }, 0)
    const renewing = clock()
    renewing.sleep = async () => {
      const alive = new Date(Date.parse(String(holderOf(disk)['alive'])) + 30_000).toISOString()
      const file = await disk.open(path, 'write')
      await file.write([Buffer.from(`${JSON.stringify({ ...holderOf(disk), alive })}\n`)], 0)
    }
    expect((await refusal(lockVault(disk, vault, renewing, undefined, 'my-id'))).message).toContain('of bob')
    expect(holderOf(disk)).toMatchObject({ token: 'theirs' })
  })

  it('of another computer of the same name is waited for as that of any other', async () => {
    const disk = await lockedBy({ pid: nobody, computer: 'their-id', space: 'their space' }, 14 * minutes)
    expect((await refusal(lockVault(disk, vault, clock(), undefined, 'my-id'))).advice).toContain('15 minutes')
    const dead = await lockedBy({ pid: nobody, computer: 'their-id', space: 'their space' }, 16 * minutes)
    await lockVault(dead, vault, clock(), undefined, 'my-id')
    expect(holderOf(dead)).toMatchObject({ computer: 'my-id' })
  })

  it('of this computer before it was started anew is watched for a moment and taken over', async () => {
    const told: string[] = []
    const disk = await lockedBy({ pid: nobody, computer: 'my-id', space: 'before the power failed' }, minutes)
    await lockVault(disk, vault, clock(), (text) => told.push(text), 'my-id')
    expect(told).toHaveLength(1)
    expect(holderOf(disk)).toMatchObject({ pid: process.pid, computer: 'my-id' })
  })

  it('of a dead process of this computer is taken over at once', async () => {
    const told: string[] = []
    const space = processSpace()
    const disk = await lockedBy({ pid: nobody, computer: 'my-id', ...(space === null ? {} : { space }) }, 0)
    await lockVault(disk, vault, clock(), (text) => told.push(text), 'my-id')
    expect(told).toEqual([])
    expect(holderOf(disk)['token']).not.toBe('theirs')
  })

  it('of a living process is respected, and says whose it is', async () => {
    const disk = await lockedBy({ pid: process.ppid }, 0)
    const { message } = await refusal(lockVault(disk, vault, clock()))
    expect(message).toBe(
      `The vault is being written by process ${process.ppid} of bob on ${hostname()}, since 2026-01-02T11:00:00.000Z.`,
    )
    expect(holderOf(disk)).toMatchObject({ token: 'theirs' })
  })

  it('with this process number, but not held by it, is that of a dead one: in a container all have the same', async () => {
    const disk = await lockedBy({ pid: process.pid }, 0)
    await lockVault(disk, vault, clock())
    expect(holderOf(disk)['token']).not.toBe('theirs')
  })

  it('that was not renewed for long is taken over although some process has that number now', async () => {
    const disk = await lockedBy({ pid: process.ppid }, 20 * minutes)
    await lockVault(disk, vault, clock())
    expect(holderOf(disk)['token']).not.toBe('theirs')
  })

  it('of a process that the sleeping computer kept from renewing it is respected', async () => {
    const disk = await lockedBy({ pid: process.ppid }, 20 * minutes)
    const waking = clock()
    waking.sleep = async () => {
      const file = await disk.open(path, 'write')
      await file.write([Buffer.from(`${JSON.stringify({ ...holderOf(disk), alive: now })}\n`)], 0)
    }
    expect((await refusal(lockVault(disk, vault, waking))).message).toContain('of bob')
  })

  it('of another computer is respected until it was not renewed for a quarter of an hour', async () => {
    const { message, advice } = await refusal(lockVault(await lockedBy({ pid: 1, host: 'attic' }, 14 * minutes), vault, clock()))
    expect(message).toContain('on attic')
    expect(advice).toContain('15 minutes')
    const old = await lockedBy({ pid: 1, host: 'attic' }, 16 * minutes)
    await lockVault(old, vault, clock())
    expect(holderOf(old)['token']).not.toBe('theirs')
  })

  it('of somebody else is watched only after it was said what is waited for', async () => {
    const told: string[] = []
    const watching = clock()
    watching.sleep = async () => void told.push('slept')
    await lockVault(await lockedBy({ pid: 1, host: 'attic' }, 16 * minutes), vault, watching, (text) => told.push(text))
    expect(told[0]).toBe('bob on attic did not finish with this vault. Watching for 35 seconds whether it is still in use.')
    expect(told[1]).toBe('slept')
    expect(inWindow(sentenceIn('de', told[0] ?? '').text)).toBe(
      'bob auf attic wurde mit diesem Datenträger nicht fertig. 35 Sekunden lang wird geschaut, ob er noch benutzt wird.',
    )
    const quiet: string[] = []
    await lockVault(await emptyVault(), vault, clock(), (text) => quiet.push(text))
    expect(quiet).toEqual([])
  })

  it.each([
    ['behind', 20 * minutes],
    ['a year ahead', -365 * 24 * 60 * minutes],
  ])('of another computer whose clock is %s is respected while it is renewed, and only then', async (_, ago) => {
    const dead = await lockedBy({ pid: 1, host: 'attic' }, ago)
    await lockVault(dead, vault, clock())
    expect(holderOf(dead)['token']).not.toBe('theirs')
    const disk = await lockedBy({ pid: 1, host: 'attic' }, ago)
    const waiting = clock()
    waiting.sleep = async () => {
      const alive = new Date(Date.parse(String(holderOf(disk)['alive'])) + 30_000).toISOString()
      const file = await disk.open(path, 'write')
      await file.write([Buffer.from(`${JSON.stringify({ ...holderOf(disk), alive })}\n`)], 0)
    }
    expect((await refusal(lockVault(disk, vault, waiting))).message).toContain('on attic')
  })

  it.each([
    '',
    '{"token":"theirs","pid":1',
    '\0\0\0\0',
    '[]',
    '{"token":"t","pid":1,"host":"h","user":"u","since":"s","alive":"never"}',
  ])('that was left half written is no obstacle: %j', async (text) => {
    const disk = await withLock(text)
    await lockVault(disk, vault, clock())
    expect(holderOf(disk)).toMatchObject({ pid: process.pid })
  })

  it('that is just being filled is respected', async () => {
    const disk = await withLock('')
    const filling = clock()
    filling.sleep = async () => {
      const file = await disk.open(path, 'write')
      await file.write(
        [
          Buffer.from(
            JSON.stringify({ token: 'theirs', pid: process.ppid, host: hostname(), user: 'bob', since: now, alive: now }),
          ),
        ],
        0,
      )
    }
    expect((await refusal(lockVault(disk, vault, filling))).message).toContain('of bob')
  })

  it('that does not fit on the disk says so and leaves nothing behind', async () => {
    const disk = await emptyVault()
    for (const [kind, code] of [
      ['ENOSPC once', 'disk-full'],
      ['EIO once', 'disk-failed'],
    ] as const) {
      const full = new FaultyDisk(disk, { kind, at: 2, written: 0.5 })
      await expect(lockVault(full, vault, clock())).rejects.toMatchObject({ code })
      expect(disk.files().has(path)).toBe(false)
    }
  })

  it('that was taken over while its holder slept stops the holder, who leaves it alone', async () => {
    const disk = await emptyVault()
    const time = clock()
    const lock = await lockVault(disk, vault, time)
    await lock.confirm()
    await time.sleep(60 * minutes)
    await lock.confirm()
    await time.sleep(60 * minutes)
    await disk.remove(path)
    const file = await disk.open(path, 'new')
    await file.write(
      [Buffer.from(JSON.stringify({ token: 'theirs', pid: 1, host: 'attic', user: 'bob', since: now, alive: now }))],
      0,
    )
    expect((await refusal(lock.confirm())).message).toContain('on attic')
    await lock.release()
    expect(holderOf(disk)).toMatchObject({ token: 'theirs' })
  })

  it('that cannot be removed does not hide what happened before, and is dead', async () => {
    const disk = await emptyVault()
    const lock = await lockVault(new FaultyDisk(disk, { kind: 'EIO for good', at: 3, written: 0 }), vault, clock())
    await lock.release()
    expect(disk.files().has(path)).toBe(true)
    await (await lockVault(disk, vault, clock())).release()
    expect(disk.files().has(path)).toBe(false)
  })
})
