/** One backup of an account at an emulator, in a process of its own: `bench:google` and `bench:microsoft` measure it. */
import { backup } from '../../src/engine/backup.ts'
import { providers } from '../../src/providers/registry.ts'
import { realDisk } from '../../src/vault/disk.ts'
import { fastClock } from '../fixtures/fast-clock.ts'
import type { EmulatorRunRequest, EmulatorRunResult } from './emulator-run-types.ts'

const request = JSON.parse(process.argv[2] ?? '') as EmulatorRunRequest
const provider = await providers[request.provider]?.()
if (provider === undefined) throw new Error(`no provider ${request.provider}`)
const clock = fastClock(request.speed)
let secret = request.secret
const began = performance.now()
const report = await backup({
  vault: { directory: request.vault, disk: realDisk, clock, cache: `${request.vault}.cache`, program: 'Lifeboat bench' },
  jobs: [
    {
      account: { id: 'bench', provider: provider.id, services: request.services, settings: request.settings },
      provider,
      context: {
        clock,
        log: { debug() {}, warn: (message, data) => process.stderr.write(`${message} ${JSON.stringify(data ?? {})}\n`) },
        secret: async () => secret,
        saveSecret: async (_name, value) => {
          secret = value
        },
      },
    },
  ],
  acceptRemovals: false,
  signal: new AbortController().signal,
  onProgress: () => undefined,
})
const [account] = report.accounts
const result: EmulatorRunResult = {
  seconds: (performance.now() - began) / 1_000,
  memory: process.resourceUsage().maxRSS * 1024,
  cpu: (process.resourceUsage().userCPUTime + process.resourceUsage().systemCPUTime) / 1e6,
  collections: account?.collections.length ?? 0,
  added: (account?.collections ?? []).reduce((sum, { added }) => sum + added, 0),
  pending: account?.pending.length ?? 0,
  failure: account?.failure?.message ?? null,
}
process.stdout.write(JSON.stringify(result))
