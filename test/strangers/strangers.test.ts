/** Whoever holds the disk has the data without us: a reader that was written from FORMAT.md alone reads what we write. */
import { cp, mkdir, readdir, readFile, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { providers } from '../../src/providers/registry.ts'
import { corpus, describeWithCorpus } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { runBackup, runProvider, scratchFolder } from '../fixtures/vaults.ts'
import { living, readAsOwner, readAsStranger } from './stranger.ts'

const oddContents: readonly (string | Buffer)[] = [
  '',
  '\n',
  '\r\n',
  '\r',
  'From ',
  '>From ',
  'From me\r\n\r\nFrom you\r\n>From her\r\n>>From him\r\n',
  'From me\nFrom you\n>From her',
  'Subject: no line end',
  'Subject: CR CR LF\r\r\n\r\nbody\r\n',
  'Subject: mixed\r\n\nbody\rbare\n\r\n',
  'Subject: lone CR\r\n\r\na\rFrom b\r\n',
  'X-Lifeboat: v=1; lines=9; size=1; sha256=00; eol=asis; id=x\r\nStatus: RO\r\n\r\nnot ours\r\n',
  'Status: RO\nX-Keywords: mine\n\nstays\n\n\n',
  'Subject: ends in empty lines\r\n\r\n\r\n\r\n',
  Buffer.from(Array.from({ length: 512 }, (_, n) => n % 256)),
  Buffer.from('\ufeffFrom \u2028From \u0085From ', 'utf8'),
]

function body(n: number): string {
  return `Message-ID: <${n}@example.com>\r\nReceived: by x; n${n}\r\nSubject: Number ${n}\r\n\r\nFrom number ${n}\r\n`
}

interface Odd {
  readonly account: MemoryAccount
  readonly inbox: string
  readonly work: string
  readonly uids: readonly number[]
  /** Everything that was ever in the account, by SHA-256. */
  readonly contents: ReadonlyMap<string, Buffer>
}

function oddAccount(): Odd {
  const account = new MemoryAccount()
  account.streamFrom = 1 << 20
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  const work = account.addMailbox(['Work'])
  const deep = account.addMailbox(['Work', 'a/b: “deep”'])
  account.addMailbox(['Empty'])
  const contents = new Map<string, Buffer>()
  const add = (id: string, content: string | Buffer, ...rest: [flags?: string[], date?: string]): number => {
    contents.set(sha256(Buffer.from(content)), Buffer.from(content))
    return account.add(id, content, ...rest)
  }
  for (const content of oddContents) add(inbox, content, ['\\Answered', '\\Seen', '$Work'], '1999-12-31T23:59:59.000Z')
  for (const content of oddContents) add(deep, content)
  const uids = Array.from({ length: 20 }, (_, n) => add(inbox, body(n), n % 2 === 0 ? ['\\Seen'] : []))
  add(work, `Subject: large\r\n\r\n${'From large\r\n>From quoted\r\n'.repeat(400_000)}`)
  add(work, `Subject: large and odd\n\n${'From large\n\r\r\n'.repeat(150_000)}`)
  return { account, inbox, work, uids, contents }
}

/** Runs that move, remove, re-flag, rename and renumber. */
async function liveThrough(vault: string, { account, inbox, work, uids }: Odd): Promise<void> {
  await runBackup(vault, account)
  for (const uid of uids.slice(0, 3)) account.move(inbox, uid, work)
  for (const uid of uids.slice(3, 5)) account.remove(inbox, uid)
  account.reflag(inbox, uids[6] ?? 0, ['\\Flagged', 'ünïcode'])
  await runBackup(vault, account)
  account.rename(work, ['Arbeit'])
  for (const mailbox of account.mailboxes.values())
    if (mailbox.path[0] === 'Work') mailbox.path = ['Arbeit', ...mailbox.path.slice(1)]
  account.poison.add(`1.${account.add(inbox, body(100))}`)
  await runBackup(vault, account)
  account.poison.clear()
  account.renumber(inbox)
  const short = account.addMailbox(['Short-lived'])
  account.add(short, body(0))
  await runBackup(vault, account)
  account.mailboxes.delete(short)
  await runBackup(vault, account, { acceptRemovals: true })
}

describe('a stranger with the description of the format', () => {
  it('recovers every message byte for byte and agrees with us about folders, flags and removals', async () => {
    const scratch = await scratchFolder()
    const vault = join(scratch, 'vault')
    const odd = oddAccount()
    await liveThrough(vault, odd)
    const target = join(scratch, 'restored')
    await mkdir(target)
    const report = await readAsStranger(vault, target)
    expect(report.problems).toEqual([])
    expect(report.accounts).toEqual({ alice: await readAsOwner(vault) })
    const folders = report.accounts['alice'] ?? []
    expect(living(folders)).toEqual(odd.account.contents())
    expect(folders.find(({ gone }) => gone)?.path).toEqual(['Short-lived'])
    const inbox = folders[0]?.messages ?? []
    const removed = inbox.filter((message) => message.removed).map((message) => message.sha256)
    expect(removed).toEqual(expect.arrayContaining([0, 1, 2, 3, 4].map((n) => sha256(Buffer.from(body(n))))))
    expect(inbox.find(({ flags }) => flags.includes('\\Flagged'))?.flags).toEqual(['\\Flagged', 'ünïcode'])
    const expected = new Map([...odd.contents, [sha256(Buffer.from(body(100))), Buffer.from(body(100))]])
    expect((await readdir(target)).sort()).toEqual([...expected.keys()].map((sum) => `${sum}.eml`).sort())
    for (const [sum, bytes] of expected) expect(bytes.equals(await readFile(join(target, `${sum}.eml`)))).toBe(true)
  })

  it('finds any flipped bit', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    for (let n = 0; n < 3; n++) account.add(inbox, body(n), ['\\Seen'])
    await runBackup(vault, account)
    const data = join(vault, 'data/alice')
    const run = (await readdir(join(data, 'Journal')))[0] ?? ''
    const missed: string[] = []
    for (const name of ['Mail/Inbox/2025.mbox', join('Journal', run)]) {
      const path = join(data, name)
      const bytes = await readFile(path)
      for (let part = 0; part < 12; part++) {
        const offset = Math.floor((part * (bytes.length - 1)) / 11)
        const flipped = Buffer.from(bytes)
        flipped[offset] = (flipped[offset] ?? 0) ^ (1 << (part % 8))
        await writeFile(path, flipped)
        if ((await readAsStranger(vault)).problems.length === 0) missed.push(`${name} at ${offset}`)
      }
      await writeFile(path, bytes)
    }
    expect(missed).toEqual([])
    expect((await readAsStranger(vault)).problems).toEqual([])
  })

  it('finds a message that lost its journal or its manifest line by what the message says of itself', async () => {
    const vault = join(await scratchFolder(), 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    for (let n = 0; n < 3; n++) account.add(inbox, body(n))
    await runBackup(vault, account)
    const path = join(vault, 'data/alice/Mail/Inbox/2025.mbox')
    const bytes = await readFile(path)
    bytes.write('NUMBER', bytes.indexOf('Subject: Number 1') + 'Subject: '.length)
    await writeFile(path, bytes)
    await writeFile(join(vault, 'manifest-sha256.txt'), '')
    const { problems } = await readAsStranger(vault)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain('its octets are not the ones that were saved')
  })

  it('reads what is committed in a vault whose run was interrupted anywhere', async () => {
    const scratch = await scratchFolder()
    const vault = join(scratch, 'vault')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    const work = account.addMailbox(['Work'])
    const uids = Array.from({ length: 30 }, (_, n) => account.add(inbox, body(n)))
    account.add(work, body(50))
    await runBackup(vault, account)
    const before = living(await readAsOwner(vault))
    const manifest = await readFile(join(vault, 'manifest-sha256.txt'))
    for (const uid of uids.slice(0, 3)) account.move(inbox, uid, work)
    account.rename(work, ['Arbeit'])
    for (let n = 60; n < 70; n++) account.add(inbox, body(n))
    await runBackup(vault, account)
    await markInterrupted(vault, manifest)
    const run = join('data/alice/Journal', (await readdir(join(vault, 'data/alice/Journal'))).sort()[1] ?? '')
    const journal = await readFile(join(vault, run))
    const cuts = new Set([0, 1])
    for (const { index, 0: line } of journal.toString('latin1').matchAll(/^.*"op":"commit".*$/gm))
      for (const cut of [index, index + 9, index + line.length, index + line.length + 1]) cuts.add(cut)
    const renamedAt = journal.indexOf('\n', journal.indexOf('"op":"commit"')) + 1
    for (const cut of cuts) {
      const copy = join(scratch, `cut at ${cut}`)
      await cp(vault, copy, { recursive: true })
      await truncate(join(copy, run), cut)
      if (cut < renamedAt) await rename(join(copy, 'data/alice/Mail/Arbeit'), join(copy, 'data/alice/Mail/Work'))
      const { problems, accounts } = await readAsStranger(copy)
      expect(problems, `cut at ${cut}`).toEqual([])
      expect(accounts, `cut at ${cut}`).toEqual({ alice: await readAsOwner(copy) })
      if (cut < renamedAt) expect(living(accounts['alice'] ?? [])).toEqual(before)
      await runBackup(copy, account)
      const repaired = await readAsStranger(copy)
      expect(repaired.problems, `repaired after a cut at ${cut}`).toEqual([])
      expect(living(repaired.accounts['alice'] ?? [])).toEqual(account.contents())
    }
    expect(cuts.size).toBeGreaterThan(8)
  })

  it('finds a folder under its old name when the run ended before it was renamed on the disk', async () => {
    const scratch = await scratchFolder()
    const vault = join(scratch, 'vault')
    const account = new MemoryAccount()
    const work = account.addMailbox(['Work'])
    account.add(work, body(1))
    await runBackup(vault, account)
    const manifest = await readFile(join(vault, 'manifest-sha256.txt'))
    account.rename(work, ['Arbeit'])
    await runBackup(vault, account)
    await rename(join(vault, 'data/alice/Mail/Arbeit'), join(vault, 'data/alice/Mail/Work'))
    await markInterrupted(vault, manifest)
    const { problems } = await readAsStranger(vault, scratch)
    expect(problems).toEqual([])
    expect(await readFile(join(scratch, `${sha256(Buffer.from(body(1)))}.eml`), 'latin1')).toBe(body(1))
  })
})

/** As a run leaves the vault until it ends: `bag-info.txt` says so and the manifest is the one from before. */
async function markInterrupted(vault: string, manifest: Buffer): Promise<void> {
  await writeFile(join(vault, 'manifest-sha256.txt'), manifest)
  const path = join(vault, 'bag-info.txt')
  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('State: complete', 'State: being written since 2026-11-22T07:31:05.000Z'))
}

describeWithCorpus('a stranger with a vault of real mail', () => {
  for (const kind of ['mail', 'mbox'] as const) {
    it(`recovers every message of the ${kind} corpus that was saved`, async () => {
      const scratch = await scratchFolder()
      const [vault, target] = [join(scratch, 'vault'), join(scratch, 'restored')]
      await mkdir(target)
      const path = join(corpus(kind)[0]?.path ?? '', '..')
      const archive = await providers['archive']?.()
      if (archive === undefined) throw new Error('no archive provider')
      const run = await runProvider(vault, { id: 'alice', provider: 'archive', services: ['mail'], settings: { path } }, archive)
      const saved = run.accounts[0]?.collections.reduce((sum, { stored }) => sum + stored, 0)
      const { problems, accounts } = await readAsStranger(vault, target)
      expect(problems).toEqual([])
      expect(accounts).toEqual({ alice: await readAsOwner(vault) })
      const messages = (accounts['alice'] ?? []).flatMap((folder) => folder.messages)
      expect(messages).toHaveLength(saved ?? -1)
      expect(messages.length).toBeGreaterThan(50)
      for (const { sha256: sum } of messages) expect(sha256(await readFile(join(target, `${sum}.eml`)))).toBe(sum)
    })
  }
})
