/** A real NTFS file system in an image file, through FUSE, that takes the names that Windows takes. Needs root. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface NtfsDisk {
  /** Where it is mounted. */
  readonly dir: string
  /** Unmounts and removes the image. */
  unmount(): void
}

const tools = ['mkntfs', 'ntfs-3g', 'umount']

/** Why NTFS cannot be mounted here, or null. */
export function ntfsMissing(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting needs root on Linux'
  if (!existsSync('/dev/fuse')) return 'no /dev/fuse'
  const folders = (process.env.PATH ?? '').split(':')
  const absent = tools.filter((tool) => !folders.some((folder) => existsSync(join(folder, tool))))
  return absent.length === 0 ? null : `not installed: ${absent.join(', ')} (Debian: ntfs-3g mount)`
}

/** What Windows refuses is refused. */
export function mountNtfs(sizeMb: number): NtfsDisk {
  const folder = mkdtempSync(join(tmpdir(), 'ntfs-'))
  const image = join(folder, 'disk.img')
  const dir = join(folder, 'mnt')
  writeFileSync(image, '')
  truncateSync(image, sizeMb * 1024 * 1024)
  mkdirSync(dir)
  const run = (tool: string, ...args: string[]) => execFileSync(tool, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  run('mkntfs', '-F', '-Q', image)
  run('ntfs-3g', '-o', 'windows_names', image, dir)
  return {
    dir,
    unmount() {
      if (readFileSync('/proc/self/mounts', 'utf8').includes(` ${dir} `)) run('umount', dir)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
