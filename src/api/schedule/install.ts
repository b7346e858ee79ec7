/** Puts the entry into the system's scheduler, takes it out, and looks whether it is there. */
import { execFile } from 'node:child_process'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError } from '../../core/errors.ts'
import type { ScheduleEntry } from './entry.ts'

/** @throws AppError `unsupported` with what the system said */
export async function installEntry(entry: ScheduleEntry): Promise<void> {
  await writeAll(entry.files)
  const { otherwise } = entry
  if (otherwise !== undefined && (await run(otherwise.probe)).code !== otherwise.exitCode) await writeAll(otherwise.files)
  // An older entry of the same name would be in the way of some schedulers.
  for (const command of entry.remove) await run(command)
  for (const command of entry.install) {
    const { code, said } = await run(command)
    if (code === 0) continue
    throw new AppError('unsupported', `The system's scheduler does not take the entry: ${said || `${command[0]} is missing`}`, {
      advice: 'Call "lifeboat schedule run" every hour by other means, for example cron; it backs up only what is due.',
    })
  }
}

async function writeAll(files: ScheduleEntry['files']): Promise<void> {
  for (const { path, content, encoding = 'utf8' } of files) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content, { mode: 0o600, encoding })
  }
}

/** Answers false where there was none. */
export async function removeEntry(entry: ScheduleEntry): Promise<boolean> {
  const there = await Promise.all(entry.files.map(({ path }) => isThere(path)))
  for (const command of entry.remove) await run(command)
  for (const { path } of entry.files) await rm(path, { force: true })
  for (const command of entry.afterRemove) await run(command)
  return there.includes(true)
}

export async function entryState(entry: ScheduleEntry): Promise<'active' | 'inactive' | 'absent'> {
  if (!(await Promise.all(entry.files.map(({ path }) => isThere(path)))).every(Boolean)) return 'absent'
  return (await run(entry.status)).code === 0 ? 'active' : 'inactive'
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null
}

function run([program = '', ...args]: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: 60_000, windowsHide: true }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, said: (stderr || stdout).trim().split('\n')[0] ?? '' })
    })
  })
}
