import { expect, it } from 'vitest'
import { Pace } from '../../src/engine/pace.ts'
import type { BackupProgress } from '../../src/engine/report.ts'
import type { AccountRun } from '../../src/vault/account-run.ts'

const inbox = { service: 'mail', path: ['Inbox'] } as const

it('a run goes on telling and committing after the clock was set back', async () => {
  let now = Date.parse('2026-03-29T03:00:10.000Z')
  let commits = 0
  const run = { uncommittedOctets: 0, uncommittedEntries: 1, itemsToRewrite: 0, commit: async () => void commits++ }
  const said: BackupProgress['kind'][] = []
  const clock = { now: () => new Date(now), sleep: async () => undefined }
  const pace = new Pace(run as unknown as AccountRun, 'anna', clock, ({ kind }) => void said.push(kind))
  pace.listing(inbox, 1)
  now -= 3_600_000
  pace.listing(inbox, 2)
  pace.step(inbox, 1, 5, 10)
  await pace.commitNow()
  expect(said.filter((kind) => kind === 'listing')).toHaveLength(2)
  expect(said).toContain('commit')
  expect(commits).toBe(2)
})
