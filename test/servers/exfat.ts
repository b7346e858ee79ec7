/** A real exFAT file system in an image file, through FUSE on a loop device (the driver takes no plain file). Needs root. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../fixtures/patience.ts'
import { isInstalled } from './installed.ts'
import { isMounted, unmount } from './mounted.ts'

export interface ExfatDisk {
  /** Where it is mounted. */
  readonly dir: string
  readonly image: string
  /** Ends the driver without warning, as when the cable is pulled: `dir` then answers ENOTCONN. */
  killDriver(): Promise<void>
  /** Mounts the image again, after `killDriver` too. */
  remount(): Promise<void>
  /** Unmounts and removes the image. May be called in any state, also twice. */
  unmount(): Promise<void>
}

/** Why exFAT cannot be mounted here, or null. */
export function exfatMissing(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting needs root on Linux'
  if (!existsSync('/dev/fuse')) return 'no /dev/fuse'
  const absent = ['mkfs.exfat', 'mount.exfat-fuse', 'losetup', 'umount'].filter((tool) => !isInstalled(tool))
  if (absent.length > 0) return `not installed: ${absent.join(', ')} (Debian: exfatprogs exfat-fuse mount)`
  try {
    run('losetup', '--find')
    return null
  } catch {
    return 'no loop device can be had'
  }
}

export async function mountExfat(sizeMb: number): Promise<ExfatDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'exfat-'))
  const image = join(folder, 'disk.img')
  const dir = join(folder, 'mnt')
  writeFileSync(image, '')
  truncateSync(image, sizeMb * 1024 * 1024)
  mkdirSync(dir)
  run('mkfs.exfat', image)
  const device = run('losetup', '--find', '--show', image).trim()
  try {
    await mount(device, dir)
  } catch (error) {
    run('losetup', '--detach', device)
    throw error
  }
  return {
    dir,
    image,
    killDriver: () => killDriver(device),
    async remount() {
      await detach(device, dir)
      await mount(device, dir)
    },
    async unmount() {
      if (!existsSync(folder)) return
      await detach(device, dir)
      run('losetup', '--detach', device)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function mount(device: string, dir: string): Promise<void> {
  run('mount.exfat-fuse', device, dir)
  await until(() => isMounted(dir), `${dir} to be mounted`)
}

/** Returns when the driver has written everything and ended. */
async function detach(device: string, dir: string): Promise<void> {
  await unmount(dir)
  await until(() => driverPid(device) === null, 'the exFAT driver to end')
}

async function killDriver(device: string): Promise<void> {
  const pid = driverPid(device)
  if (pid !== null) process.kill(pid, 'SIGKILL')
  await until(() => driverPid(device) === null, 'the exFAT driver to be gone')
}

/** The driver makes itself a daemon, so its id has to be found by its device, which is nobody else's. */
function driverPid(device: string): number | null {
  for (const entry of readdirSync('/proc')) {
    if (/^\d+$/.test(entry) && commandLine(entry).slice(0, 2).join('\0') === `mount.exfat-fuse\0${device}`) return Number(entry)
  }
  return null
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function run(tool: string, ...args: string[]): string {
  return execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
