import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { verifyVault } from '../../src/vault/verify.ts'
import { Random } from '../fixtures/random.ts'
import { readVault, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { killAccount } from './kill-account.ts'

const child = fileURLToPath(new URL('./child-backup.ts', import.meta.url))
const kills = 60
const killsPerStep = 6

interface Run {
  readonly isKilled: boolean
  /** From its first write among the data to its end; milliseconds. */
  readonly wrote: number
}

/** `delayed`: milliseconds from its first write on after which it is killed; null to let it end. */
async function runChild(vault: string, step: number, delayed: number | null): Promise<Run> {
  const run = spawn(process.execPath, [child, vault, String(step)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    run.once('exit', (code, signal) => resolve([code, signal])),
  )
  let start: number | null = null
  const writing = new Promise<void>((resolve) => {
    run.stdout.once('data', () => {
      start = performance.now()
      resolve()
    })
  })
  if (delayed !== null) {
    await Promise.race([writing.then(() => delay(delayed)), ended])
    run.kill('SIGKILL')
  }
  const [code, signal] = await ended
  const isKilled = signal === 'SIGKILL'
  if (!isKilled && code !== 0) throw new Error(`the backup ended with ${code ?? signal}`)
  return { isKilled, wrote: start === null ? 0 : performance.now() - start }
}

async function verified(vault: string): Promise<string[]> {
  const { findings } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
  return findings.map(({ kind, text }) => `${kind}: ${text}`)
}

it(`loses, doubles and alters nothing when it is killed ${kills} times`, async () => {
  const vault = join(await scratchFolder(), 'vault')
  const random = new Random(Date.now())
  let killed = 0
  let inTheMiddle = 0
  let usual = (await runChild(`${vault}.measure`, 0, null)).wrote
  for (let step = 0; killed < kills; step++) {
    const account = killAccount(step)
    for (let n = 0; n < killsPerStep; ) {
      const { isKilled, wrote } = await runChild(vault, step, usual * random.next())
      if (!isKilled) {
        usual = wrote
        break
      }
      n++
      killed++
      const alarms = await verified(vault).catch((error: unknown) => [String(error)])
      if (alarms.some((text) => text.startsWith('interrupted:'))) inTheMiddle++
      expect(alarms.filter((text) => !/^interrupted:|no vault/.test(text))).toEqual([])
    }
    usual = (await runChild(vault, step, null)).wrote || usual
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect(await verified(vault)).toEqual([])
  }
  execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
  console.log(`killed ${killed} times, ${inTheMiddle} of them while the vault was being written`)
  expect(inTheMiddle).toBeGreaterThan(kills / 2)
})
