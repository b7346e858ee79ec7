/** Which processes there are, and from where their numbers mean anything. */
import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/** Whether some process of this computer has the number now. */
export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * The same for two processes exactly where their numbers can be compared: on one computer, since it was started last, and in
 * one container of it (proc(5), pid_namespaces(7)). Null where the system does not tell.
 */
export function processSpace(): string | null {
  try {
    const start = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return createHash('sha256')
      .update(`${start}\n${readlinkSync('/proc/self/ns/pid')}`)
      .digest('hex')
      .slice(0, 16)
  } catch {
    return null
  }
}
