import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { status } from '../../src/engine/status.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { testContext } from '../fixtures/memory-account.ts'
import { vaultOptions } from '../fixtures/vaults.ts'
import { never } from '../restore/harness.ts'
import { drillIt, sample } from '../restore/rehearsal.ts'

describe('status', () => {
  const goals = async () => ({ recoverHours: 12, loseDays: 7 })

  test('tells what is safe and when that was proven, and what is too old', async () => {
    const all = await sample()
    const limits = { runDays: 8, proofDays: 35 }
    const never = await status(vaultOptions(all.vault), limits, goals)
    expect(never).toMatchObject({ stale: true, accounts: [{ services: [{ service: 'mail', items: 21 }], lastProof: null }] })
    expect(never.accounts[0]?.warnings).toEqual(['It was never proven that this can be restored: run lifeboat drill.'])

    const { saveProof } = await import('../../src/api/drill.ts')
    const proof = await drillIt(all)
    const saved = await saveProof(proof, all.vault, null)
    expect(saved.page).toMatch(/proofs\/.*\.html$/)
    const now = await status(vaultOptions(all.vault), limits, goals)
    expect(now).toMatchObject({ stale: false, accounts: [{ warnings: [], lastProof: { verdict: 'proven' } }] })

    // A proof of which the target took no contacts.
    const [account] = proof.accounts
    const contacts = {
      service: 'contacts',
      collections: 1,
      items: 3,
      bytes: 9,
      kept: 0,
      pending: 0,
      restored: 0,
      identical: 0,
    } as const
    const services = [...(account?.services ?? []), { ...contacts, seconds: 0, fullSeconds: 0 }]
    await saveProof({ ...proof, accounts: proof.accounts.map((one) => ({ ...one, services })) }, all.vault, null)
    const part = await status(vaultOptions(all.vault), limits, goals)
    expect(part.accounts[0]?.lastProof).toMatchObject({ untimed: ['contacts'] })
    expect(now.accounts[0]?.lastProof).not.toHaveProperty('untimed')

    const clock = { ...testContext.clock, now: () => new Date(Date.now() + 40 * 86_400_000) }
    const later = await status({ ...vaultOptions(all.vault), clock }, limits, goals)
    expect(later.stale).toBe(true)
    expect(later.accounts[0]?.warnings).toEqual([
      'The last good backup is 40 days old: run lifeboat backup.',
      'The last proof is 40 days old: run lifeboat drill.',
    ])
    const outlook = async (id: string) => [`The sign-in of ${id} ends tomorrow.`]
    const soon = await status(vaultOptions(all.vault), limits, goals, outlook)
    expect(soon).toMatchObject({ stale: true, accounts: [{ warnings: ['The sign-in of alice ends tomorrow.'] }] })
    rmSync(join(all.vault, 'proofs'), { recursive: true })
  })

  test('is not taken in by a clock that was wrong', async () => {
    const all = await sample()
    const { saveProof } = await import('../../src/api/drill.ts')
    const proof = await drillIt(all)
    const failed = proof.accounts.map((account) => ({ ...account, verdict: 'not-proven' as const }))
    await saveProof({ ...proof, ended: '2070-01-01T00:00:00.000Z' }, all.vault, null)
    await saveProof({ ...proof, accounts: failed }, all.vault, null)
    const at = async (days: number) => {
      const clock = { ...testContext.clock, now: () => new Date(Date.now() + days * 86_400_000) }
      return await status({ ...vaultOptions(all.vault), clock }, { runDays: 8, proofDays: 35 }, goals)
    }
    const now = await at(0)
    expect(now.accounts[0]?.lastProof).toMatchObject({ verdict: 'not-proven' })
    expect(now.accounts[0]?.warnings).toEqual(['The last drill did not prove it: run lifeboat drill to see why.'])
    const before = await at(-3)
    expect(before.stale).toBe(true)
    expect(before.accounts[0]?.warnings[0]).toContain('The last good backup bears a date that is still to come')
  })

  test('remembers damage that was found until the disk was found sound', async () => {
    const all = await sample()
    const { saveProof } = await import('../../src/api/drill.ts')
    await saveProof(await drillIt(all), all.vault, null)
    const mbox = join(all.vault, 'data/alice/Mail/Work/2025.mbox')
    const sound = readFileSync(mbox)
    const verify = () => verifyVault(vaultOptions(all.vault), never, () => undefined)
    const warnings = async () =>
      (await status(vaultOptions(all.vault), { runDays: 8, proofDays: 35 }, goals)).accounts[0]?.warnings
    writeFileSync(mbox, 'no mail any more')
    await verify()
    expect(await warnings()).toEqual([
      'The last check of the disk found damage: run lifeboat backup, and then lifeboat verify again.',
    ])
    writeFileSync(mbox, sound)
    await verify()
    expect(await warnings()).toEqual([])
  })
})
