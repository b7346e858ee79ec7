/** What the disks made from an image share: looking at mounts, and letting go of them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { until } from '../fixtures/patience.ts'

export function isMounted(dir: string): boolean {
  return readFileSync('/proc/self/mounts', 'utf8').includes(` ${dir} `)
}

/** Unmounts `dir` as soon as nobody uses it any more: the app's last look at its disks may still read there. */
export async function unmount(dir: string): Promise<void> {
  await until(() => !isMounted(dir) || isLetGo(dir), `${dir} to be used by nobody`)
}

function isLetGo(dir: string): boolean {
  try {
    execFileSync('umount', [dir], { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } })
    return true
  } catch (error) {
    if (error instanceof Error && error.message.includes('busy')) return false
    throw error
  }
}
