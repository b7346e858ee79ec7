/** Writes files in a thread of its own. */
import { parentPort } from 'node:worker_threads'
import { type ScratchAnswer, type ScratchTask, writeScratchFiles } from './scratch-files.ts'

parentPort?.on('message', (task: ScratchTask) => {
  const answer: ScratchAnswer = { block: task.block, outcomes: writeScratchFiles(task) }
  parentPort?.postMessage(answer)
})
