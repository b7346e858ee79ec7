/** Reads files that were restored, with nothing but the system's calls. */
import { createHash, hash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { inThreads } from '../vault/threads.ts'

export interface FileSum {
  readonly path: string
  readonly sha256: string
  /** Milliseconds since 1970. */
  readonly modified: number
}

/** From so many files on, threads are worth their start. */
const manyFiles = 1_000
const filesPerTask = 200

/** Every file once, in any order. */
export async function sumOfFiles(paths: readonly string[], signal: AbortSignal, take: (sum: FileSum) => void): Promise<void> {
  if (paths.length < manyFiles || availableParallelism() === 1) {
    for (const sum of sumFiles(paths)) take(sum)
    return
  }
  const tasks: { paths: readonly string[] }[] = []
  for (let i = 0; i < paths.length; i += filesPerTask) tasks.push({ paths: paths.slice(i, i + filesPerTask) })
  const script = new URL('readback-worker.ts', import.meta.url)
  await inThreads(script, tasks, signal, (_, sums: readonly FileSum[]) => {
    for (const sum of sums) take(sum)
  })
}

const room = Buffer.allocUnsafeSlow(1 << 20)

export function sumFiles(paths: readonly string[]): FileSum[] {
  return paths.map((path) => {
    const file = openSync(path, 'r')
    try {
      const { mtimeMs } = fstatSync(file)
      const first = readSync(file, room)
      if (first < room.length) return { path, sha256: hash('sha256', room.subarray(0, first), 'hex'), modified: mtimeMs }
      const sum = createHash('sha256')
      for (let n = first; n > 0; n = readSync(file, room)) sum.update(room.subarray(0, n))
      return { path, sha256: sum.digest('hex'), modified: mtimeMs }
    } finally {
      closeSync(file)
    }
  })
}
