import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Snapshot } from './contract.ts'
import type { LookAnswer } from './look-process.ts'

/** Looks at a disk; null where that did not work out. Never throws. Injected where processes start in another way. */
export type Look = (folder: string) => Promise<Snapshot | null>

export const lookProcess = fileURLToPath(new URL('look-process.ts', import.meta.url))

export const lookInProcess: Look = (folder) =>
  new Promise((resolve) => {
    const child = fork(lookProcess, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    child.once('message', (message) => {
      const answer = message as LookAnswer
      resolve('snapshot' in answer ? answer.snapshot : null)
    })
    child.once('error', () => resolve(null))
    child.once('exit', () => resolve(null))
    child.send(folder, () => undefined)
  })
