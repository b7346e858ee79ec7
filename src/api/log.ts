/** The technical log: JSON Lines in the log folder, for the person who helps. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../core/context.ts'
import type { JsonObject } from '../core/json.ts'

/** At this size the log becomes `lifeboat.1.jsonl`, and the one before that is gone. */
const maxBytes = 2 * 1024 * 1024

/** Writes warnings, and with `debug` everything. A log that cannot be written never stops the program. */
export function fileLog(folder: string, debug: boolean): Log {
  const path = join(folder, 'lifeboat.jsonl')
  let opened = false
  const write = (level: 'debug' | 'warn', message: string, data: JsonObject | undefined) => {
    const line = `${JSON.stringify({ time: new Date().toISOString(), level, pid: process.pid, message, ...data })}\n`
    try {
      if (!opened) mkdirSync(folder, { recursive: true, mode: 0o700 })
      opened = true
      rotate(folder, path)
      appendFileSync(path, line, { mode: 0o600 })
    } catch {
      // There is nowhere left to say it.
    }
  }
  return {
    debug: (message, data) => {
      if (debug) write('debug', message, data)
    },
    warn: (message, data) => write('warn', message, data),
  }
}

function rotate(folder: string, path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > maxBytes) renameSync(path, join(folder, 'lifeboat.1.jsonl'))
}
