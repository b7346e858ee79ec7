/** Messages that are not where the journal says, because somebody's mail program or hand was at the files. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { defaultGoals } from '../../src/engine/proof.ts'
import { defaultLimits, status } from '../../src/engine/status.ts'
import { encodeRecord } from '../../src/formats/mbox.ts'
import { claimedSum, messageOfRewritten } from '../../src/formats/mbox-rewritten.ts'
import { type Disk, realDisk } from '../../src/vault/disk.ts'
import { collect } from '../../src/vault/mail-store.ts'
import { RecordReader } from '../../src/vault/record-reader.ts'
import { Snapshot } from '../../src/vault/snapshot.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
import { worn } from '../faults/worn-disk.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount, sha256 } from '../fixtures/memory-account.ts'
import { patience } from '../fixtures/patience.ts'
import { readVault, runBackup, scratchFolder, vaultOptions } from '../fixtures/vaults.ts'
import { isInstalled } from '../servers/installed.ts'

const run = promisify(execFile)

const inboxFile = 'data/alice/Mail/Inbox/2025.mbox'

const messages: readonly string[] = [
  'Message-ID: <1@x>\r\nFrom: a@b\r\nSubject: plain\r\n\r\nHello\r\nFrom here\r\n>From there\r\n',
  'Message-ID: <2@x>\nSubject: a system without CR\n\nHello\n',
  'Message-ID: <3@x>\r\nSubject: no end\r\n\r\nthe last line has no end',
  'Message-ID: <4@x>\r\nSubject: odd\r\n\r\na\r\r\nb\n',
  'Subject: its own\r\nStatus: RO\r\nX-Keywords: mine\r\nX-UID: 7\r\nContent-Length: 4\r\n\r\nab\r\n',
  'Subject: folded\r\n  and folded\r\n\r\n\r\n\r\n',
  ' begins with a space\r\nSubject: blank\r\n\r\nx\r\n',
  'Subject: no body\r\n',
]

async function made() {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  const uids = messages.map((text, n) => account.add(inbox, text, n % 2 === 0 ? ['\\Seen', '$Work'] : []))
  account.add(inbox, `Message-ID: <large@x>\r\nSubject: large\r\n\r\n${'0123456789 large\r\n'.repeat(500_000)}`)
  account.add(inbox, 'Message-ID: <last@x>\r\nSubject: last\r\n\r\nlast\r\n')
  await runBackup(vault, account)
  return { vault, account, file: join(vault, inboxFile), inbox, uids }
}

/** SHA-256 of what a restore gets of each message, sorted; or why it gets nothing. */
async function restored(vault: string, disk: Disk = realDisk): Promise<string[]> {
  const open = await Vault.openForReading(vaultOptions(vault, disk))
  try {
    using snapshot = await Snapshot.open(open, await open.account('alice'), null)
    await using records = new RecordReader(disk, snapshot.account.root)
    const sums: string[] = []
    for (const { c } of snapshot.state.collections())
      for (const item of [...snapshot.state.items(c, false)])
        sums.push(sha256(await collect(snapshot.content(item, records)).catch((error: Error) => Buffer.from(error.message))))
    return sums.sort()
  } finally {
    await open.close()
  }
}

describe('a message of a file', () => {
  it('that another mail program added to is restored and shown, for the checksum proves it', async () => {
    const { vault, account, file } = await made()
    const text = await readFile(file, 'latin1')
    // As Thunderbird does when it compacts a folder.
    const mozilla = text.replace(/^(From MAILER-DAEMON .*\n)/gm, '$1X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n')
    await writeFile(file, mozilla, 'latin1')
    expect(await restored(vault)).toEqual(account.contents()['Inbox'])
    expect((await readVault(vault)).live).toEqual(account.contents())
  })

  it('that went without some of the others is restored', async () => {
    const { vault, account, file } = await made()
    const text = await readFile(file, 'latin1')
    const second = text.indexOf('\nFrom MAILER-DAEMON') + 1
    await writeFile(file, text.slice(second), 'latin1')
    const sums = await restored(vault)
    expect(sums.filter((sum) => account.contents()['Inbox']?.includes(sum))).toHaveLength(messages.length + 1)
  })

  it('that somebody moved is restored from where it is', async () => {
    const { vault, account, file } = await made()
    const moved = join(vault, 'data/alice/Mail/Old things/Inbox of 2025.mbox')
    await mkdir(dirname(moved), { recursive: true })
    await rename(file, moved)
    expect(await restored(vault)).toEqual(account.contents()['Inbox'])
  })

  it('that is damaged is not: what does not prove itself is no message', async () => {
    const { vault, account, file } = await made()
    const text = await readFile(file, 'latin1')
    await writeFile(file, text.replace('Hello\n>From here', 'Hullo\n>From here'), 'latin1')
    const sums = await restored(vault)
    expect(sums.filter((sum) => account.contents()['Inbox']?.includes(sum))).toHaveLength(messages.length + 1)
  })
})

describeUnless(['mutt', 'script'].every(isInstalled) ? null : 'mutt or script is not installed', 'mutt', () => {
  it('may open our file, flag a message and write it: all of them are restored', async () => {
    const { vault, account, file } = await made()
    const before = await readFile(file)
    const scratch = await scratchFolder()
    const settings = [
      // Else it asks whether to make one at home.
      `set folder=${scratch}`,
      'set mbox_type=mbox move=no quit=yes delete=yes mark_old=no sort=mailbox-order sleep_time=0',
      'push "<flag-message><sync-mailbox><exit>"',
    ]
    await writeFile(join(scratch, 'muttrc'), `${settings.join('\n')}\n`)
    await run('script', ['-qec', `mutt -n -F '${scratch}/muttrc' -f '${file}'`, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm' },
      timeout: patience,
    })
    const after = await readFile(file)
    expect(after.equals(before)).toBe(false)
    // What it takes out of a header for good nobody can know: its own status and length of a message that had them.
    const lost = messages.filter((text) => text.includes('Content-Length')).map((text) => sha256(Buffer.from(text)))
    const wanted = account.contents()['Inbox']?.filter((sum) => !lost.includes(sum))
    expect((await restored(vault)).filter((sum) => wanted?.includes(sum))).toEqual(wanted)
  })
})

describe('a message that is not in the account any more', () => {
  it('is saved anew from a file that a mail program has written anew, and the disk is in order again', async () => {
    const { vault, account, file, inbox, uids } = await made()
    const contents = account.contents()['Inbox'] ?? []
    for (const uid of uids.slice(0, 3)) account.remove(inbox, uid)
    await runBackup(vault, account, { acceptRemovals: true })
    const text = await readFile(file, 'latin1')
    await writeFile(file, text.replace(/^(From MAILER-DAEMON .*\n)/gm, '$1X-Mozilla-Status: 0001\n'), 'latin1')
    const verify = () => verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
    expect(await verify()).toMatchObject({ sound: false, healable: true })
    const { notices } = await runBackup(vault, account)
    expect(notices).toContainEqual(expect.stringContaining('3 messages that are not in the account any more were saved anew'))
    expect(await verify()).toMatchObject({ sound: true })
    expect((await readVault(vault)).all['Inbox']?.filter((sum, n, all) => all.indexOf(sum) === n)).toEqual(contents)
    expect(await restored(vault)).toEqual(account.contents()['Inbox'])
    expect((await runBackup(vault, account)).notices).toEqual([])
  })

  it('and is damaged is called damaged for good', async () => {
    const { vault, account, file, inbox, uids } = await made()
    account.remove(inbox, uids[0] ?? 0)
    await runBackup(vault, account, { acceptRemovals: true })
    const text = await readFile(file, 'latin1')
    await writeFile(file, text.replace('Hello\n>From here', 'Hullo\n>From here'), 'latin1')
    const verify = () => verifyVault(vaultOptions(vault), new AbortController().signal, () => undefined)
    expect(await verify()).toMatchObject({ sound: false, healable: false })
    await runBackup(vault, account)
    expect(await verify()).toMatchObject({ sound: false, healable: false })
    const { accounts } = await status(vaultOptions(vault), defaultLimits, async () => defaultGoals)
    expect(accounts[0]?.warnings).toContainEqual(expect.stringContaining('no backup can heal'))
  })
})

describe('a record that was written anew', () => {
  const record = (text: string, flags: readonly string[] = ['\\Seen', '$Work']) =>
    encodeRecord({ id: '7.1', date: new Date(0), flags }, Buffer.from(text, 'latin1'))

  it.each(messages)('gives the message again, whatever lines were added to and taken from its header: %j', (text) => {
    const { record: written, sha256: sum } = record(text)
    const as = (how: (text: string) => string) => Buffer.from(how(written.toString('latin1')), 'latin1')
    const ways: readonly ((text: string) => string)[] = [
      (record) => record,
      (record) => record.replace(/\nX-Lifeboat:/, '\nX-Mozilla-Status: 0001\nX-Lifeboat:'),
      (record) => record.replace(/(\nX-Lifeboat:[^\n]*)/, '$1\nX-IMAP: 1 2'),
      (record) => record.replace(/\nStatus: RO\nX-Keywords: \$Work/, ''),
      (record) => record.replace(/\nStatus: RO/, '\nStatus: O\nX-Status: F'),
    ]
    for (const way of ways) {
      expect(claimedSum(as(way)), way.toString()).toBe(sum)
      expect(messageOfRewritten(as(way), sum)?.toString('latin1'), way.toString()).toBe(text)
    }
    expect(
      messageOfRewritten(
        as((record) => record.replace(/[a-z](\W*)$/, '#$1')),
        sum,
      ),
    ).toBeNull()
  })

  it('gives it with the line ends of Windows, too', () => {
    const { record: written, sha256: sum } = record(messages[0] ?? '')
    const windows = Buffer.from(written.toString('latin1').replaceAll('\n', '\r\n'), 'latin1')
    expect(messageOfRewritten(windows, sum)?.toString('latin1')).toBe(messages[0])
  })
})

it('a message that cannot be read is restored from another place where it was saved too', async () => {
  const { vault, account } = await made()
  const work = account.addMailbox(['Work'])
  for (const text of messages) account.add(work, text)
  await runBackup(vault, account)
  const { disk } = worn(inboxFile, 10)
  const sums = await restored(vault, disk)
  for (const text of messages) expect(sums.filter((sum) => sum === sha256(Buffer.from(text)))).toHaveLength(2)
})

it('a message that cannot be read is fetched anew where it has come to another folder', async () => {
  const { vault, account, inbox, uids } = await made()
  const work = account.addMailbox(['Work'])
  account.remove(inbox, uids[0] ?? 0)
  account.add(work, messages[0] ?? '')
  const report = await runBackup(vault, account, { disk: worn(inboxFile, 10).disk })
  expect(report.accounts[0]?.failure).toBeUndefined()
  expect(report.accounts[0]?.collections.find(({ path }) => path[0] === 'Work')).toMatchObject({ stored: 1, copied: 0 })
})

describe('where a message is not in the account any more and its copy is damaged', () => {
  /** One of them in Inbox, and another folder with a file of its own. */
  async function damaged() {
    const { vault, account, file, inbox, uids } = await made()
    const work = account.addMailbox(['Work'])
    account.add(work, 'Message-ID: <work@x>\r\nSubject: Work\r\n\r\nwork\r\n')
    account.remove(inbox, uids[0] ?? 0)
    await runBackup(vault, account, { acceptRemovals: true })
    return { vault, account, file, work }
  }
  const verify = (vault: string, disk: Disk = realDisk) =>
    verifyVault(vaultOptions(vault, disk), new AbortController().signal, () => undefined)

  it('a bad sector stops neither a check nor a backup', async () => {
    const { vault, account, work } = await damaged()
    const { disk } = worn(inboxFile, 10)
    expect(await verify(vault, disk)).toMatchObject({ sound: false, healable: true })
    account.add(work, 'Message-ID: <new@x>\r\nSubject: New\r\n\r\nnew\r\n')
    const report = await runBackup(vault, account, { disk })
    expect(report.accounts[0]?.failure).toBeUndefined()
    expect(report.accounts[0]?.collections.find(({ path }) => path[0] === 'Work')).toMatchObject({ stored: 2 })
  })

  it('a file that cannot be read keeps nobody from looking on', async () => {
    const { vault, file } = await damaged()
    const text = await readFile(file, 'latin1')
    await writeFile(file, text.replace('Hello\n>From here', 'Hullo\n>From here'), 'latin1')
    const workFile = join(vault, 'data/alice/Mail/Work/2025.mbox')
    // Somebody changed it as well.
    await writeFile(workFile, 'From me Thu Jan  1 00:00:00 1970\n\nmine\n\n', { flag: 'a' })
    const { disk } = worn(workFile, 0)
    const { findings } = await verify(vault, disk)
    expect(findings).toContainEqual(expect.objectContaining({ path: 'data/alice/Mail/Inbox/2025.mbox' }))
  })

  it('a backup does not read the files that are as they were saved', async () => {
    const { vault, account, file } = await damaged()
    const text = await readFile(file, 'latin1')
    await writeFile(file, text.replace('Hello\n>From here', 'Hullo\n>From here'), 'latin1')
    expect(await verify(vault)).toMatchObject({ sound: false, healable: false })
    const { disk, read } = worn('none', 0)
    await runBackup(vault, account, { disk })
    expect([...read].filter((path) => path.endsWith('.mbox'))).toEqual([file])
  })

  it('it is saved anew from another place where the same message is whole', async () => {
    const { vault, account, file, work } = await damaged()
    const uid = account.add(work, messages[0] ?? '')
    await runBackup(vault, account)
    account.remove(work, uid)
    await runBackup(vault, account, { acceptRemovals: true })
    const text = await readFile(file, 'latin1')
    await writeFile(file, text.replace('Hello\n>From here', 'Hullo\n>From here'), 'latin1')
    expect(await verify(vault)).toMatchObject({ sound: false, healable: true })
    await runBackup(vault, account)
    expect(await verify(vault)).toMatchObject({ sound: true })
  })
})

it('very many that are not in the account any more are saved anew with a commit from time to time', async () => {
  const vault = join(await scratchFolder(), 'vault')
  const account = new MemoryAccount()
  const inbox = account.addMailbox(['Inbox'])
  const uids = Array.from({ length: 1_200 }, (_, n) => account.add(inbox, `Message-ID: <${n}@x>\r\n\r\nNumber ${n}\r\n`))
  account.add(inbox, 'Message-ID: <stays@x>\r\n\r\nstays\r\n')
  await runBackup(vault, account)
  for (const uid of uids) account.remove(inbox, uid)
  await runBackup(vault, account, { acceptRemovals: true })
  await rename(join(vault, inboxFile), join(vault, 'data/alice/Mail/Inbox/all.mbox'))
  const report = await runBackup(vault, account)
  expect(report.notices).toContainEqual(
    expect.stringContaining('1200 messages that are not in the account any more were saved anew'),
  )
  const journal = await readFile(join(vault, `data/alice/Journal/${report.accounts[0]?.run}.jsonl`), 'utf8')
  const rescued = journal
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { op: string; c?: number; key?: string })
  const commits = rescued.flatMap(({ op }, n) => (op === 'commit' ? [n] : []))
  expect(rescued.slice(0, commits[0]).filter(({ op }) => op === 'put').length).toBeLessThan(1_200)
})

it('a file that cannot be read is in order again once all that is in it was saved anew', async () => {
  const { vault, account } = await made()
  const { disk } = worn(inboxFile, 10)
  const verify = () => verifyVault(vaultOptions(vault, disk), new AbortController().signal, () => undefined)
  expect(await verify()).toMatchObject({ sound: false, healable: true })
  await runBackup(vault, account, { disk })
  expect(await verify()).toMatchObject({ sound: true, findings: [{ kind: 'replaced', path: inboxFile }] })
  expect((await runBackup(vault, account, { disk })).notices).toEqual([])
  expect(await restored(vault, disk)).toEqual(account.contents()['Inbox'])
})
