/** The engine runs in utility processes, so that windows never wait for it. */
import { utilityProcess } from 'electron'
import { type Look, lookProcess } from '../src/api/desktop/look.ts'
import type { LookAnswer } from '../src/api/desktop/look-process.ts'
import type { JobMessage } from '../src/api/jobs/process.ts'
import { jobProcess, type SpawnJob } from '../src/api/jobs/spawn.ts'
import v8Flags from '../src/api/jobs/v8-flags.json' with { type: 'json' }

/** As the command is started (`build/launch.mjs`). A utility process takes V8's flags in this one argument only. */
const options = { stdio: 'ignore', execArgv: [`--js-flags=${v8Flags.join(' ')}`] }

export const spawnInUtility: SpawnJob = (request, listener) => {
  const child = utilityProcess.fork(jobProcess, [], { serviceName: 'Lifeboat engine', ...options })
  child.on('message', (message) => listener.onMessage(message as JobMessage))
  child.on('exit', () => listener.onExit())
  child.postMessage(request)
  return { stop: () => child.postMessage('stop') }
}

export const lookInUtility: Look = (folder) =>
  new Promise((resolve) => {
    const child = utilityProcess.fork(lookProcess, [], { serviceName: 'Lifeboat look', ...options })
    child.on('message', (message) => {
      const answer = message as LookAnswer
      resolve('snapshot' in answer ? answer.snapshot : null)
    })
    child.on('exit', () => resolve(null))
    child.postMessage(folder)
  })
