import { expect, it } from 'vitest'
import { collect } from '../../src/vault/mail-store.ts'
import { Snapshot } from '../../src/vault/snapshot.ts'
import { Vault } from '../../src/vault/vault.ts'
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

/** What a check finds, and what cannot be read, of a vault that only a run has to put in order. */
async function misleading(disk: MemoryDisk): Promise<string[]> {
  const { findings } = await verifyVault(optionsFor(disk, clockOf(3)), new AbortController().signal, () => undefined)
  const problems = findings.filter(({ kind }) => kind !== 'interrupted').map(({ text }) => text)
  const vault = await Vault.openForReading(optionsFor(disk, clockOf(3)))
  try {
    using snapshot = await Snapshot.open(vault, await vault.account('alice'), null)
    for (const { c } of snapshot.state.collections())
      for (const item of [...snapshot.state.items(c, true)])
        await collect(snapshot.content(item)).catch((error: unknown) => problems.push(`${item.path}: ${error}`))
  } finally {
    await vault.close()
  }
  return problems
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
      problems.push(...(await misleading(after)).map((text) => `${healthy.calls[at - 1]}, ${loss}, before the repair: ${text}`))
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

it('what is in a drive that gets another name can be read and checked, whenever the program was killed', async () => {
  const account = new MemoryAccount()
  const { shelves } = account
  const drive = shelves.add('files', ['My Drive'])
  for (const name of ['a', 'Docs/b']) shelves.file(drive, name, `file ${name}`)
  const disk = new MemoryDisk()
  await disk.makeDirectory('/disk')
  const stage = { account, services: ['files'] } as const
  expect(failureOf(await run(stage, optionsFor(disk, clockOf(1))))).toBeNull()
  shelves.shelf(drive).path = ['Our Drive']
  shelves.file(drive, 'Docs/c', 'new')
  const healthy = new FaultyDisk(disk.copy(), null)
  await run(stage, optionsFor(healthy, clockOf(2)))
  expect(healthy.calls.filter((call) => call.startsWith('rename ') && call.includes('/Files/Our Drive'))).not.toEqual([])
  const problems: string[] = []
  for (let at = 1; at <= healthy.calls.length; at++) {
    const after = disk.copy()
    await run(stage, optionsFor(new FaultyDisk(after, { kind: 'killed', at, written: 0 }), clockOf(2)))
    problems.push(...(await misleading(after)).map((text) => `${healthy.calls[at - 1]}: ${text}`))
  }
  expect(problems.slice(0, 10)).toEqual([])
})
