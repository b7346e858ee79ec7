/** What a process that was started for one job says at its end, to a starter that has much else to do. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const channelFile = fileURLToPath(new URL('../../src/api/jobs/channel.ts', import.meta.url))
const script = `
import { channel } from ${JSON.stringify(channelFile)}
const starter = channel()
starter.onMessage((length) => {
  starter.send('begun')
  starter.send('x'.repeat(length))
  starter.end()
})
`

it.each([1_000, 5_000_000])('arrives whole where it has %i letters, and then the process ends', async (length) => {
  const child = fork('data:text/javascript', [], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script],
    ...{ serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  })
  const said: number[] = []
  child.on('message', (message) => said.push(String(message).length))
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.send(length)
  expect(await ended).toBe(0)
  expect(said).toEqual([5, length])
})
