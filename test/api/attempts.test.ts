/** What is told of the last attempts to save an account, where one of them came to nothing because somebody else was at work. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AccountSummary } from '../../src/api/contract.ts'
import type { Attempt, FailureText, Snapshot } from '../../src/api/desktop/contract.ts'
import { type HomeInput, homeOf } from '../../src/api/desktop/home.ts'
import { DiskMemory } from '../../src/api/desktop/memory.ts'

const failure = (code: 'auth' | 'disk-full' | 'vault-locked'): FailureText => ({ code, title: '', message: '', advice: '' })
const at = (hour: number) => `2026-11-25T${String(hour).padStart(2, '0')}:00:00.000Z`

const common = { stopped: false, failure: null, accounts: [] }

async function withMemory(work: (memory: DiskMemory) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-attempts-'))
  try {
    await work(new DiskMemory(folder))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function homeWith(disks: readonly { readonly attempt: Attempt | null; readonly accounts: readonly object[] }[]) {
  return homeOf({
    accounts: [{ id: 'anna', connections: [] } as unknown as AccountSummary],
    preferences: { every: 'day', people: {} } as unknown as HomeInput['preferences'],
    disks: disks.map(({ attempt, accounts }, n) => ({
      known: { id: `d${n}`, name: 'Blue', folder: '/blue', lastSeen: at(8), chosen: null },
      snapshot: { accounts } as unknown as Snapshot,
      ...{ folder: '/blue', free: 1, attempt, canUnplug: false },
    })),
    ...{ looking: false, now: new Date(at(11)) },
  })
}

const anna = (lastGood: string, lastProof: object | null = null) => ({ account: 'anna', lastGood, services: [], lastProof })

it('forgets no account that cannot be saved because another program had the disk in between', async () => {
  await withMemory(async (memory) => {
    const refused = [{ account: 'anna', code: 'auth' as const, failure: failure('auth') }]
    await memory.keepAttempt('d', { ...common, at: at(8), ended: at(8), accounts: refused })
    for (const hour of [9, 10])
      await memory.keepAttempt('d', { ...common, at: at(hour), ended: at(hour), failure: failure('vault-locked') })
    const { attempt } = await memory.of('d')
    const problem = (lastGood: string) => homeWith([{ attempt, accounts: [anna(lastGood)] }]).accounts[0]?.problem
    expect(problem(at(7))).toMatchObject({ code: 'auth' })
    expect(problem(at(9)), 'saved since then by the other program').toBeNull()
  })
})

it('forgets no failure of a whole backup because another program had the disk in between', async () => {
  await withMemory(async (memory) => {
    await memory.keepAttempt('d', { ...common, at: at(8), ended: at(8), failure: failure('disk-full') })
    for (const hour of [9, 10])
      await memory.keepAttempt('d', { ...common, at: at(hour), ended: at(hour), failure: failure('vault-locked') })
    const { attempt } = await memory.of('d')
    const told = (lastGood: string) => {
      const { accounts, disks } = homeWith([{ attempt, accounts: [anna(lastGood)] }])
      return [accounts[0]?.problem?.code, disks[0]?.failure?.code]
    }
    expect(told(at(7))).toEqual(['disk-full', 'disk-full'])
    expect(told(at(9)), 'saved since then by the other program').toEqual([undefined, undefined])
  })
})

it('believes the newest disk, and the newest proof, that is not of a time still to come', () => {
  const proof = (time: string, verdict: string) => ({ at: time, verdict, recoverySeconds: 1 })
  const ahead = '2031-01-01T00:00:00.000Z'
  const { accounts, verdict } = homeWith([
    { attempt: null, accounts: [anna(ahead, proof(ahead, 'proven'))] },
    { attempt: null, accounts: [anna(at(10), proof(at(9), 'not-proven'))] },
  ])
  expect(accounts[0]).toMatchObject({ safeAsOf: at(10), disk: 'd1', proof: 'not-proven', provenAt: null })
  expect(verdict.reason).toBe('not-proven')
})
