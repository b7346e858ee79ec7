/** A file system in an image file, mounted through FUSE. Needs root. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../fixtures/patience.ts'
import { isMounted, unmount as unmountDir } from './mounted.ts'

export interface ImageDisk {
  /** Where it is mounted. */
  readonly dir: string
  readonly image: string
  remount(): Promise<void>
  /** Returns when the driver has written everything and ended. */
  unmount(): Promise<void>
  /** Unmounts and removes the image. */
  remove(): Promise<void>
}

/** How the file system is made and mounted: program and arguments before the image's path, and before the folder's. */
export interface ImageTools {
  readonly make: readonly string[]
  readonly mount: readonly string[]
}

/** Why it cannot be mounted here, or null. */
export function imageDiskMissing({ make, mount }: ImageTools, packages: string): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'mounting needs root on Linux'
  if (!existsSync('/dev/fuse')) return 'no /dev/fuse'
  const folders = (process.env.PATH ?? '').split(':')
  const tools = [make[0] ?? '', mount[0] ?? '', 'umount']
  const absent = tools.filter((tool) => !folders.some((folder) => existsSync(join(folder, tool))))
  return absent.length === 0 ? null : `not installed: ${absent.join(', ')} (Debian: ${packages})`
}

export async function mountImage(tools: ImageTools, sizeMb: number): Promise<ImageDisk> {
  const folder = mkdtempSync(join(tmpdir(), 'disk-'))
  const [image, dir] = [join(folder, 'disk.img'), join(folder, 'mnt')]
  writeFileSync(image, '')
  truncateSync(image, sizeMb * 1024 * 1024)
  mkdirSync(dir)
  run([...tools.make, image])
  const mount = async () => {
    run([...tools.mount, image, dir])
    await until(() => isMounted(dir), `${dir} to be mounted`)
  }
  const unmount = async () => {
    await unmountDir(dir)
    await until(() => !isUsed(image), 'the driver to end')
  }
  await mount()
  return {
    ...{ dir, image, unmount },
    async remount() {
      await unmount()
      await mount()
    },
    async remove() {
      await unmount()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The driver makes itself a daemon: it is found by the image, which is nobody else's. */
function isUsed(image: string): boolean {
  return readdirSync('/proc').some((entry) => /^\d+$/.test(entry) && commandLine(entry).includes(image))
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function run([tool = '', ...args]: readonly string[]): void {
  execFileSync(tool, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}
