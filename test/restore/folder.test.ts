import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drill } from '../../src/engine/drill.ts'
import { worn } from '../faults/worn-disk.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { backUp, folderConnection, never, restoreTo, totals } from './harness.ts'

const odd = [
  'Message-ID: <1@example.com>\r\nSubject: first\r\n\r\nFrom here\r\n>From there\r\nend without a line end',
  'Message-ID: <2@example.com>\nSubject: bare LF\n\nbody\n',
  'Message-ID: <3@example.com>\r\nSubject: =?UTF-8?Q?../../etc/passwd_=E2=80=AEgpj.exe?=\r\n\r\n\xff\xfe raw octets\r\n',
  ' begins with a blank\r\n\r\nbody\r\n',
  '',
]

async function sampleVault(): Promise<string> {
  const directory = await scratchFolder()
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'], 'inbox')
  for (const [n, text] of odd.entries())
    account.add(inbox, Buffer.from(text, 'latin1'), n === 0 ? ['\\Seen', '\\Flagged', 'Project-X'] : [])
  const nested = account.addMailbox(['Clients', 'Acme: 50% <new>'])
  account.add(nested, odd[0] ?? '', ['$Forwarded', 'Project-Y'], '2024-02-29T23:59:59.000Z')
  account.add(nested, odd[0] ?? '', ['$Forwarded', 'Project-Y'], '2024-02-29T23:59:59.000Z')
  account.addMailbox(['cur'])
  account.add(account.addMailbox(['CLIENTS']), 'Subject: another case\r\n\r\nx\r\n')
  await runBackup(directory, account)
  return directory
}

/** SHA-256, flags and date of every message, in any order. */
async function contents(vault: string, id: string): Promise<string[]> {
  const { items } = await readVault(vault, id)
  return items.map(({ sha256, date, meta }) => JSON.stringify([sha256, date, meta.flags])).sort()
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort()
}

describe('mail into a folder', () => {
  test('as Maildir: bytes, flags, keywords and dates come back by another reader; a repeat adds nothing', async () => {
    const vault = await sampleVault()
    const folder = await scratchFolder()
    const report = await restoreTo(vault, folderConnection(folder))
    expect(totals(report)).toEqual({ items: 8, created: 8, alreadyThere: 0, conflicts: 0, failed: 0 })
    expect(report.losses).toEqual([])
    const files = filesBelow(folder)
    for (const stateFolder of [undefined, null]) {
      const again = await restoreTo(vault, folderConnection(folder), stateFolder === null ? { stateFolder } : {})
      expect(totals(again)).toMatchObject({ created: 0, alreadyThere: 8 })
    }
    expect(filesBelow(folder)).toEqual(files)

    const second = await scratchFolder()
    await backUp(second, { ...folderConnection(join(folder, 'Mail')), account: archiveOf(join(folder, 'Mail')) })
    expect(await contents(second, 'copy')).toEqual(await contents(vault, 'alice'))
  })

  test.each(['maildir', 'mbox'] as const)(
    'as %s: what the disk cannot read is named, and everything else comes back',
    async (format) => {
      const vault = await sampleVault()
      const { disk } = worn('data/alice/Mail/Inbox/2025.mbox', 10)
      const report = await restoreTo(vault, folderConnection(await scratchFolder(), format), { disk })
      // One of them is elsewhere, too.
      expect(totals(report)).toMatchObject({ items: 8, created: 4, failed: 4 })
    },
  )

  test('as mbox: every message comes back, also beside an mbox that was there; a repeat adds nothing', async () => {
    const vault = await sampleVault()
    const folder = await scratchFolder()
    mkdirSync(join(folder, 'Mail'))
    writeFileSync(join(folder, 'Mail/Inbox.mbox'), 'From x@example.com Mon Feb  3 04:05:06 2025\nSubject: mine\n\nmine\n\n')
    expect(totals(await restoreTo(vault, folderConnection(folder, 'mbox')))).toMatchObject({ created: 8, failed: 0 })
    expect(readFileSync(join(folder, 'Mail/Inbox.mbox'), 'utf8')).toContain('Subject: mine')
    const files = filesBelow(folder)
    expect(files).toContain('Mail/Inbox (2).mbox')
    expect(totals(await restoreTo(vault, folderConnection(folder, 'mbox')))).toMatchObject({ created: 0, alreadyThere: 8 })
    expect(filesBelow(folder)).toEqual(files)
    const subjects = execFileSync('python3', ['-c', mboxSubjects, join(folder, 'Mail')], { encoding: 'utf8' })
    expect(subjects).toContain('first\nfirst\n')
  })

  test('as .eml: the octets of each message in a file with a safe name and its date', async () => {
    const vault = await sampleVault()
    const folder = await scratchFolder()
    expect(totals(await restoreTo(vault, folderConnection(folder, 'eml')))).toMatchObject({ created: 8, failed: 0 })
    const inbox = join(folder, 'Mail/Inbox')
    const written = readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'latin1'))
    expect(written.sort()).toEqual([...odd].sort())
    for (const name of readdirSync(inbox)) {
      expect(name).not.toMatch(/[\u202e/:<>]/)
      expect(statSync(join(inbox, name)).mtime.toISOString()).toBe('2025-03-04T05:06:07.000Z')
    }
    expect(totals(await restoreTo(vault, folderConnection(folder, 'eml')))).toMatchObject({ created: 0, alreadyThere: 8 })
  })

  test('a file that is in the way stays, is kept beside, or is kept elsewhere, as the person says', async () => {
    const vault = await sampleVault()
    const folder = await scratchFolder()
    await restoreTo(vault, folderConnection(folder, 'eml'))
    const inbox = join(folder, 'Mail/Inbox')
    const [name = ''] = readdirSync(inbox).filter((each) => each.includes('first'))
    const mine = () => readFileSync(join(inbox, name), 'utf8')
    const spoil = () => {
      writeFileSync(join(inbox, name), 'mine')
      utimesSync(join(inbox, name), new Date(0), new Date(0))
    }
    spoil()
    expect(totals(await restoreTo(vault, folderConnection(folder, 'eml')))).toMatchObject({ created: 0, conflicts: 1 })
    expect(mine()).toBe('mine')

    const both = await restoreTo(vault, folderConnection(folder, 'eml'), { conflict: 'keep-both' })
    expect(totals(both)).toMatchObject({ created: 1, conflicts: 0 })
    expect(mine()).toBe('mine')
    expect(both.conflicts[0]?.texts[0]).toContain('kept beside')
    expect(totals(await restoreTo(vault, folderConnection(folder, 'eml'), { conflict: 'keep-both' }))).toMatchObject({
      created: 0,
    })

    const replaced = await restoreTo(vault, folderConnection(folder, 'eml'), { conflict: 'replace' })
    expect(totals(replaced)).toMatchObject({ created: 1 })
    expect(mine()).toBe(odd[0])
    const [, kept = ''] = /lies in (.*) now\./.exec(replaced.conflicts[0]?.texts[0] ?? '') ?? []
    expect(readFileSync(kept, 'utf8')).toBe('mine')
  })

  test('a folder that holds nothing is one again, whatever restores and proves it', async () => {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    const drive = account.shelves.add('files', ['Drive'])
    account.shelves.file(drive, 'Papers/letter.txt', 'Dear')
    account.shelves.folder(drive, 'Plans/2027')
    await runBackup(vault, account, { services: ['files'] })
    const folder = await scratchFolder()
    const plans = join(folder, 'Files', 'Drive', 'Plans', '2027')
    expect(totals(await restoreTo(vault, folderConnection(folder), { dryRun: true }))).toMatchObject({ created: 2 })
    expect(readdirSync(folder)).toEqual([])
    expect(totals(await restoreTo(vault, folderConnection(folder)))).toMatchObject({ items: 2, created: 2, failed: 0 })
    expect(readdirSync(plans)).toEqual([])
    expect(totals(await restoreTo(vault, folderConnection(folder)))).toMatchObject({ created: 0, alreadyThere: 2 })

    const rehearse = (afterRestore: (folder: string) => void) => drillOf(vault, afterRestore)
    expect((await rehearse(() => {})).accounts[0]?.faults).toEqual([])
    const lost = await rehearse((scratch) => {
      for (const name of readdirSync(scratch, { recursive: true, encoding: 'utf8' }))
        if (name.endsWith('2027')) rmSync(join(scratch, name), { recursive: true })
    })
    expect(lost.accounts[0]?.faults).toMatchObject([
      { service: 'files', title: 'Plans/2027', text: expect.stringContaining('Plans instead of Plans/2027') },
    ])
    const moved = await rehearse((scratch) => {
      const letter = readdirSync(scratch, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('letter.txt')) ?? ''
      renameSync(join(scratch, letter), join(scratch, dirname(letter), '..', 'letter.txt'))
    })
    expect(moved.accounts[0]?.faults.map(({ text }) => text)).toContainEqual(
      expect.stringContaining('letter.txt instead of Papers/letter.txt'),
    )
  })

  test('a dry run writes nothing', async () => {
    const vault = await sampleVault()
    const folder = await scratchFolder()
    for (const format of ['maildir', 'mbox', 'eml'] as const) {
      const report = await restoreTo(vault, folderConnection(folder, format), { dryRun: true })
      expect(totals(report)).toMatchObject({ created: 8 })
      expect(report.collections[0]?.examples.length).toBeGreaterThan(0)
    }
    expect(filesBelow(folder)).toEqual([])
    expect(readdirSync(folder)).toEqual([])
  })
})

const mboxSubjects = `
import mailbox, pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).rglob('*.mbox')):
    for message in mailbox.mbox(path):
        print(message['Subject'])
`

async function drillOf(vault: string, afterRestore: (folder: string) => void) {
  const folder = await scratchFolder()
  return await drill({
    vault: vaultOptions(vault),
    accounts: null,
    known: async (id) => ({ id, connections: [], goals: { recoverHours: 12, loseDays: 7 } }),
    target: { kind: 'folder', path: folder, connection: folderConnection(folder) },
    ...{ sample: null, signal: never, onProgress: () => {} },
    afterRestore: async () => afterRestore(folder),
  })
}

function archiveOf(path: string) {
  return { id: 'copy', provider: 'archive', services: ['mail'], settings: { path } } as const
}
