/** What is told of the last attempts to save an account, where one of them came to nothing because somebody else was at work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AccountSummary } from '../../src/api/contract.ts'
import type { FailureText, Snapshot } from '../../src/api/desktop/contract.ts'
import { type HomeInput, homeOf } from '../../src/api/desktop/home.ts'
import { DiskMemory } from '../../src/api/desktop/memory.ts'

const failure = (code: 'auth' | 'vault-locked'): FailureText => ({ code, title: '', message: '', advice: '' })
const at = (hour: number) => `2026-11-25T${String(hour).padStart(2, '0')}:00:00.000Z`

it('forgets no account that cannot be saved because another program had the disk in between', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-attempts-'))
  try {
    const memory = new DiskMemory(folder)
    const common = { stopped: false, failure: null, accounts: [] }
    const refused = [{ account: 'anna', code: 'auth' as const, failure: failure('auth') }]
    await memory.keepAttempt('d', { ...common, at: at(8), ended: at(8), accounts: refused })
    for (const hour of [9, 10])
      await memory.keepAttempt('d', { ...common, at: at(hour), ended: at(hour), failure: failure('vault-locked') })
    const { attempt } = await memory.of('d')
    const problem = (lastGood: string) => {
      const snapshot = { accounts: [{ account: 'anna', lastGood, services: [], lastProof: null }] } as unknown as Snapshot
      const known = { id: 'd', name: 'Blue', folder: '/blue', lastSeen: at(8), chosen: null }
      return homeOf({
        accounts: [{ id: 'anna', connections: [] } as unknown as AccountSummary],
        preferences: { every: 'day', people: {} } as unknown as HomeInput['preferences'],
        disks: [{ known, folder: '/blue', free: 1, snapshot, attempt, canUnplug: false }],
        ...{ looking: false, now: new Date(at(11)) },
      }).accounts[0]?.problem
    }
    expect(problem(at(7))).toMatchObject({ code: 'auth' })
    expect(problem(at(9)), 'saved since then by the other program').toBeNull()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
