/**
 * A backup that can be killed: `child-backup.ts VAULT STEP`. Prints `writing` before it first writes among the data, and `done`
 * when it has ended well.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { backup } from '../../src/engine/backup.ts'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { memoryProvider, testContext } from '../fixtures/memory-account.ts'
import { killAccount } from './kill-account.ts'

const [vault = '', step = '0'] = process.argv.slice(2)
const provider = memoryProvider(killAccount(Number(step)))
let isAnnounced = false
const announcing: Disk = {
  ...realDisk,
  open(path, mode) {
    if (mode !== 'read' && path.includes('/data/') && !isAnnounced) {
      isAnnounced = true
      console.log('writing')
    }
    return realDisk.open(path, mode)
  },
}
const report = await backup({
  vault: { directory: vault, disk: announcing, clock: testContext.clock, cache: `${vault}.cache`, program: 'Lifeboat test' },
  jobs: [
    {
      account: { id: 'alice', provider: 'memory', services: ['mail'], settings: {} },
      provider: { ...provider, source: (...given) => slowly(provider.source(...given)) },
      context: testContext,
    },
  ],
  acceptRemovals: true,
  signal: new AbortController().signal,
  onProgress: () => undefined,
})
const { failure, collections } = report.accounts[0] ?? {}
if (failure !== undefined || collections?.some((collection) => collection.pending > 0)) throw new Error(JSON.stringify(report))
console.log('done')

/** So that a run is long enough to be killed anywhere. */
function slowly(source: ReturnType<typeof provider.source>): ReturnType<typeof provider.source> {
  return {
    concurrency: source.concurrency,
    collections: (signal) => source.collections(signal),
    changes: (...given) => source.changes(...given),
    async *fetch(...given) {
      for await (const fetched of source.fetch(...given)) {
        if (Math.random() < 0.3) await delay(1)
        yield fetched
      }
    },
    close: () => source.close(),
  }
}
