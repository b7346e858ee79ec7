import { expect, it } from 'vitest'
import { verifyVault } from '../../src/vault/verify.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { FaultyDisk } from './faulty-disk.ts'
import { MemoryDisk } from './memory-disk.ts'
import { below, flaws, fold, liveContents } from './oracle.ts'
import { failureOf, optionsFor, QuickClock, run, vaultFolder } from './scenario.ts'

const clockOf = (n: number) => new QuickClock(`2026-01-0${n}T03:04:05.000Z`, 300)

async function begun() {
  const account = new MemoryAccount()
  const work = account.addMailbox(['Work'])
  const sub = account.addMailbox(['Work', 'Sub'])
  // What is on its way waits under a name like this, which a folder may have as well.
  const neighbour = account.addMailbox(['Work.lifeboat-tmp'])
  for (const [n, box] of [work, sub, work, neighbour].entries())
    account.add(box, `Message-ID: <${n}@x>\r\nSubject: ${n}\r\n\r\n${n}\r\n`)
  const disk = new MemoryDisk()
  await disk.makeDirectory('/disk')
  await disk.syncDirectory('/')
  expect(failureOf(await run({ account }, optionsFor(disk, clockOf(1))))).toBeNull()
  account.rename(work, ['Work', 'Old'])
  account.rename(sub, ['Work', 'Old', 'Sub'])
  account.add(account.addMailbox(['Work']), 'Subject: new\r\n\r\nnew\r\n')
  return { account, disk }
}

it('a folder that is on its way into its own former name comes there, whenever the program was killed', async () => {
  const start = await begun()
  const healthy = new FaultyDisk(start.disk.copy(), null)
  await run({ account: start.account }, optionsFor(healthy, clockOf(2)))
  expect(healthy.calls.filter((call) => call.startsWith('rename ') && call.includes('/Mail/Work')).length).toBe(2)
  const problems: string[] = []
  for (let at = 1; at <= healthy.calls.length; at++) {
    for (const loss of [null, 'everything'] as const) {
      const disk = start.disk.copy()
      await run({ account: start.account }, optionsFor(new FaultyDisk(disk, { kind: 'killed', at, written: 0 }), clockOf(2)))
      const after = loss === null ? disk : disk.afterPowerLoss(loss)
      const failure = failureOf(await run({ account: start.account }, optionsFor(after, clockOf(3))))
      const vault = below(after.files(), vaultFolder)
      const { findings } = await verifyVault(optionsFor(after, clockOf(4)), new AbortController().signal, () => undefined)
      const live = liveContents(fold(below(vault, 'data/alice')))
      const all = [
        ...(failure === null ? [] : [failure.message]),
        ...flaws(vault, 'alice'),
        ...findings.map(({ text }) => text),
        ...(JSON.stringify(Object.entries(live).sort()) === JSON.stringify(Object.entries(start.account.contents()).sort())
          ? []
          : ['the vault is not the account']),
      ]
      problems.push(...all.map((text) => `${healthy.calls[at - 1]}, ${loss}: ${text}`))
    }
  }
  expect(problems.slice(0, 10)).toEqual([])
})
