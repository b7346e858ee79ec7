import { execFile, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { verifyVault } from '../../src/vault/verify.ts'
import { readVault, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { killAccount } from './kill-account.ts'
import { Random } from './random.ts'

const child = fileURLToPath(new URL('./child-backup.ts', import.meta.url))
const kills = 60
const killsPerStep = 6

/** True when the run had not ended by itself before. */
async function killedAfter(vault: string, step: number, milliseconds: number): Promise<boolean> {
  const run = spawn(process.execPath, [child, vault, String(step)], { stdio: 'ignore' })
  const ended = new Promise<NodeJS.Signals | null>((resolve) => run.once('exit', (_, signal) => resolve(signal)))
  await Promise.race([delay(milliseconds), ended])
  run.kill('SIGKILL')
  return (await ended) === 'SIGKILL'
}

/** What a whole first run takes here and now, in milliseconds. */
async function duration(vault: string): Promise<number> {
  const start = performance.now()
  await promisify(execFile)(process.execPath, [child, vault, '0'])
  return performance.now() - start
}

async function verified(vault: string): Promise<string[]> {
  const { findings } = await verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
  return findings.map(({ kind, text }) => `${kind}: ${text}`)
}

it(`loses, doubles and alters nothing when it is killed ${kills} times`, { timeout: 300_000 }, async () => {
  const vault = join(await scratchFolder(), 'vault')
  const random = new Random(Date.now())
  let killed = 0
  let inTheMiddle = 0
  let usual = await duration(`${vault}.measure`)
  for (let step = 0; killed < kills; step++) {
    const account = killAccount(step)
    for (let n = 0; n < killsPerStep; ) {
      const start = performance.now()
      if (!(await killedAfter(vault, step, usual * (0.2 + 0.8 * random.next())))) {
        usual = performance.now() - start
        break
      }
      n++
      killed++
      const alarms = await verified(vault).catch((error: unknown) => [String(error)])
      if (alarms.some((text) => text.startsWith('interrupted:'))) inTheMiddle++
      expect(alarms.filter((text) => !/^interrupted:|no vault/.test(text))).toEqual([])
    }
    await promisify(execFile)(process.execPath, [child, vault, String(step)])
    expect((await readVault(vault)).live).toEqual(account.contents())
    expect(await verified(vault)).toEqual([])
  }
  execFileSync('sha256sum', ['-c', '--quiet', 'manifest-sha256.txt'], { cwd: vault })
  console.log(`killed ${killed} times, ${inTheMiddle} of them while the vault was being written`)
  expect(inTheMiddle).toBeGreaterThan(kills / 10)
})
