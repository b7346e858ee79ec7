/** Watches the command lines of all processes, where other people on a computer would look for a password. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

export interface CommandLineWatch {
  /** Every different command line seen so far. */
  readonly seen: ReadonlySet<string>
  stop(): void
}

const looks = new Set<() => void>()

/** Whoever watches looks now: what was started just now is seen, however short it runs. */
export function lookAtCommandLines(): void {
  for (const look of looks) look()
}

export function watchCommandLines(): CommandLineWatch {
  const seen = new Set<string>()
  const look = () => {
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue
      try {
        seen.add(readFileSync(`/proc/${name}/cmdline`, 'latin1').replaceAll('\0', ' '))
      } catch {
        // The process has ended.
      }
    }
  }
  const timer = setInterval(look, 10)
  looks.add(look)
  return {
    seen,
    stop() {
      clearInterval(timer)
      looks.delete(look)
    },
  }
}
