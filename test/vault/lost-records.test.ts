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
import { realDisk } from '../../src/vault/disk.ts'
import { collect } from '../../src/vault/mail-store.ts'
import { RecordReader } from '../../src/vault/record-reader.ts'
import { Snapshot } from '../../src/vault/snapshot.ts'
import { Vault } from '../../src/vault/vault.ts'
import { verifyVault } from '../../src/vault/verify.ts'
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
async function restored(vault: string): Promise<string[]> {
  const open = await Vault.openForReading(vaultOptions(vault))
  try {
    using snapshot = await Snapshot.open(open, await open.account('alice'), null)
    await using records = new RecordReader(realDisk, snapshot.account.root)
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
