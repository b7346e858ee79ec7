/** The verdict of Home. */
import { describe, expect, it } from 'vitest'
import type { HomeAccount, HomeDisk } from '../../../src/api/desktop/contract.ts'
import { verdictOn } from '../../../src/api/desktop/verdict.ts'

const now = new Date('2026-11-25T12:00:00Z')
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000).toISOString()
const failure = (code: 'auth' | 'locked-out' | 'network') => ({ code, title: '', message: '', advice: '' })

const account = (change: Partial<HomeAccount> = {}): HomeAccount => ({
  ...{ id: 'anna', person: null, place: '', canReceive: true, configured: true, browserSignIn: null, services: [] },
  ...{
    safeAsOf: ago(0),
    disk: 'd',
    diskName: 'Blue Disk',
    provenAt: ago(1),
    proof: 'proven',
    recoverySeconds: 1,
    missing: 0,
    unread: [],
    unexplained: 0,
    heldBack: 0,
    outlook: [],
    problem: null,
  },
  ...change,
})
const disk = (change: Partial<HomeDisk> = {}): HomeDisk => ({
  ...{
    id: 'd',
    name: 'Blue Disk',
    folder: '/media/blue',
    lastFolder: '/media/blue',
    lastSeen: ago(0),
    free: 1,
    accounts: [],
    chosen: null,
  },
  ...{
    lookedAt: ago(0),
    lastSuccess: ago(0),
    due: null,
    failure: null,
    damagedAt: null,
    healable: true,
    canUnplug: false,
    waitingDays: null,
  },
  ...change,
})
const verdict = (accounts: readonly HomeAccount[], disks: readonly HomeDisk[] = [disk()]) => {
  const { level, reason, next } = verdictOn({ accounts, disks, now })
  return [level, reason, next.kind]
}

describe('the verdict', () => {
  it.each([
    ['nothing is set up', [], [], ['none', 'no-account', 'add-account']],
    ['only a disk is known', [account({ configured: false })], [disk()], ['attention', 'only-disk', 'add-account']],
    ['there is no disk', [account({ safeAsOf: null })], [], ['danger', 'no-disk', 'choose-disk']],
    ['nothing was saved yet', [account({ safeAsOf: null })], [disk()], ['danger', 'never-saved', 'back-up']],
    [
      'one of two was never saved',
      [account(), account({ id: 'b', safeAsOf: null })],
      [disk()],
      ['danger', 'never-saved', 'back-up'],
    ],
    ['the disk is away', [account({ safeAsOf: ago(9) })], [disk({ folder: null })], ['attention', 'old', 'plug-in']],
    ['seven days old', [account({ safeAsOf: ago(7.9) })], [disk()], ['good', 'all-well', 'look']],
    ['eight days old', [account({ safeAsOf: ago(8) })], [disk()], ['attention', 'old', 'back-up']],
    ['fourteen days old', [account({ safeAsOf: ago(14) })], [disk()], ['danger', 'very-old', 'back-up']],
    ['the password is refused', [account({ problem: failure('auth') })], [disk()], ['attention', 'cannot-sign-in', 'sign-in']],
    [
      'refused before anything was saved',
      [account({ safeAsOf: null, problem: failure('auth') })],
      [disk()],
      ['danger', 'cannot-sign-in', 'sign-in'],
    ],
    ['locked out', [account({ problem: failure('locked-out') })], [disk()], ['attention', 'locked-out', 'locked-out']],
    ['no network', [account({ problem: failure('network') })], [disk()], ['attention', 'last-failed', 'retry']],
    ['items are missing', [account({ missing: 12 })], [disk()], ['attention', 'missing-items', 'retry']],
    ['much is suddenly gone', [account({ heldBack: 90, missing: 1 })], [disk()], ['attention', 'suddenly-gone', 'decide']],
    ['the numbers do not add up', [account({ unexplained: 3 })], [disk()], ['attention', 'not-reconciled', 'back-up']],
    [
      'a folder could not be read',
      [account({ unread: [{ service: 'mail', path: ['Shared'], reason: 'No.' }] })],
      [disk({ folder: null })],
      ['attention', 'not-reconciled', 'plug-in'],
    ],
    ['the sign-in is going to end', [account({ outlook: ['Soon.'] })], [disk()], ['attention', 'outlook', 'sign-in']],
    ['never proven', [account({ provenAt: null, proof: null })], [disk()], ['attention', 'never-proven', 'prove']],
    ['proven long ago', [account({ provenAt: ago(40) })], [disk()], ['attention', 'proof-old', 'prove']],
    ['the proof failed', [account({ provenAt: null, proof: 'not-proven' })], [disk()], ['danger', 'not-proven', 'see-proof']],
    [
      'it goes to no disk',
      [account({ safeAsOf: null })],
      [disk({ chosen: ['bert'] })],
      ['danger', 'never-saved', 'choose-accounts'],
    ],
    ['the clock is behind', [account({ safeAsOf: ago(-1) })], [disk()], ['attention', 'clock-wrong', 'back-up']],
    ['the disk is damaged', [account()], [disk({ damagedAt: ago(0), lastSuccess: ago(1) })], ['danger', 'damaged', 'back-up']],
    [
      'damage that no backup can heal is told once everything else is well',
      [account()],
      [disk({ damagedAt: ago(1), healable: false })],
      ['attention', 'damaged-for-good', 'check'],
    ],
    [
      'what a backup can do comes before damage that none can heal',
      [account({ safeAsOf: ago(20) })],
      [disk({ damagedAt: ago(1), healable: false, lastSuccess: ago(20) })],
      ['danger', 'very-old', 'back-up'],
    ],
    ['it was fetched anew since', [account()], [disk({ damagedAt: ago(1) })], ['danger', 'damaged', 'check']],
    [
      'one of two disks is damaged, and away',
      [account()],
      [disk(), disk({ id: 'e', folder: null, damagedAt: ago(1) })],
      ['attention', 'damaged', 'plug-in'],
    ],
    ['all is well', [account()], [disk()], ['good', 'all-well', 'look']],
  ] as const)('%s', (_, accounts, disks, expected) => {
    expect(verdict(accounts, disks)).toEqual(expected)
  })
})
