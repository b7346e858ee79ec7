import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Source } from '../../../src/core/source.ts'
import { type Dovecot, type DovecotOptions, dovecotMissing, startDovecot } from '../../servers/dovecot.ts'
import { type ImapProxy, startImapProxy, type Trouble } from '../../servers/imap-proxy.ts'
import { all, fillInbox, folder, type Listing, list, message, never, openSource, uidOf } from './account.ts'

const missing = dovecotMissing()
const title = missing ? ` (${missing})` : ''

async function start(trouble: Trouble = {}, options: DovecotOptions = {}, prepare?: (dovecot: Dovecot) => void) {
  const dovecot = await startDovecot(options)
  onTestFinished(() => dovecot.stop())
  prepare?.(dovecot)
  const proxy = await startImapProxy(dovecot, trouble)
  onTestFinished(() => proxy.stop())
  return { dovecot, proxy, admin: await dovecot.admin() }
}

/** A source as a new run has it. */
function run(dovecot: Dovecot, proxy: ImapProxy): Source {
  proxy.forget()
  const { source } = openSource(dovecot, proxy)
  onTestFinished(() => source.close())
  return source
}

async function inbox(dovecot: Dovecot, proxy: ImapProxy, since: string | null, name = 'Inbox'): Promise<Listing> {
  const source = run(dovecot, proxy)
  return await list(source, await folder(source, name), since)
}

const uids = ({ items }: Listing) => items.map(({ key }) => uidOf(key)).sort((a, b) => a - b)
const flagsOf = ({ items }: Listing, uid: number) => items.find(({ key }) => uidOf(key) === uid)?.meta.flags

/** Commands after the sign-in and the list of folders. */
const work = (proxy: ImapProxy) => proxy.commands.filter((command) => /^(EXAMINE|UID|FETCH|SEARCH)/.test(command))

const servers: readonly (readonly [name: string, hide: readonly string[]])[] = [
  ['QRESYNC', []],
  ['CONDSTORE alone', ['QRESYNC']],
  ['CONDSTORE without ENABLE', ['QRESYNC', 'ENABLE']],
  ['neither', ['QRESYNC', 'CONDSTORE']],
  ['nothing but IMAP4rev1', ['QRESYNC', 'CONDSTORE', 'ENABLE', 'LIST-STATUS', 'LIST-EXTENDED', 'ESEARCH', 'ID', 'NAMESPACE']],
]

describe.skipIf(missing).each(servers)(`changes on a server with %s${title}`, (_, hide) => {
  const hasModseq = !hide.includes('CONDSTORE')
  const hasQresync = !hide.includes('QRESYNC')

  test('the first list names every message with size, date and flags', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    await admin.append('INBOX', message('one'), ['\\Seen', 'Zebra', '$Forwarded'], new Date('2001-02-03T04:05:06Z'))
    await admin.append('INBOX', message('two'))
    const first = await inbox(dovecot, proxy, null)
    expect(first.isComplete).toBe(true)
    const [one, two] = first.items
    expect(one).toMatchObject({ size: message('one').length, date: '2001-02-03T04:05:06.000Z' })
    expect(one?.meta.flags).toEqual(['$Forwarded', 'Zebra', '\\Seen'].sort())
    expect(one?.version).toBe(one?.key)
    expect(two?.meta.flags).toEqual([])
  })

  test('new, changed and expunged messages are named the next time', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    for (const subject of ['one', 'two', 'three', 'four']) await admin.append('INBOX', message(subject))
    const first = await inbox(dovecot, proxy, null)
    expect(uids(first)).toEqual([1, 2, 3, 4])

    await admin.append('INBOX', message('five'))
    const second = await inbox(dovecot, proxy, first.cursor)
    expect(uids(second)).toEqual(hasModseq ? [5] : [1, 2, 3, 4, 5])
    expect(second.isComplete).toBe(!hasModseq)

    await admin.mailboxOpen('INBOX')
    await admin.messageFlagsAdd('2', ['\\Flagged', 'Work'], { uid: true })
    const third = await inbox(dovecot, proxy, second.cursor)
    expect(flagsOf(third, 2)).toEqual(['Work', '\\Flagged'])
    if (hasModseq) expect(uids(third)).toEqual([2])

    await admin.messageDelete('3', { uid: true })
    const fourth = await inbox(dovecot, proxy, third.cursor)
    if (hasQresync) expect(fourth.removed.map(uidOf)).toEqual([3])
    else expect([uids(fourth), fourth.isComplete]).toEqual([[1, 2, 4, 5], true])
  })

  test('one gone and one new at the same time are both noticed', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    for (const subject of ['one', 'two', 'three']) await admin.append('INBOX', message(subject))
    const first = await inbox(dovecot, proxy, null)
    await admin.mailboxOpen('INBOX')
    await admin.messageDelete('2', { uid: true })
    await admin.append('INBOX', message('four'))
    const second = await inbox(dovecot, proxy, first.cursor)
    if (hasQresync) expect([uids(second), second.removed.map(uidOf)]).toEqual([[4], [2]])
    else expect([uids(second), second.isComplete]).toEqual([[1, 3, 4], true])
  })

  test('a list is of the mailbox as it is, also where another connection has it open since before', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    for (const subject of ['one', 'two', 'three']) await admin.append('INBOX', message(subject))
    const source = run(dovecot, proxy)
    const c = await folder(source, 'Inbox')
    const first = await list(source, c, null)
    const reading = Array.from({ length: 2 }, () => source.fetch(c, first.items, never)[Symbol.asyncIterator]())
    for (const contents of reading) await contents.next()
    for (const contents of reading) while (!(await contents.next()).done);
    expect(proxy.mostAtOnce).toBe(2)
    await admin.mailboxOpen('INBOX')
    await admin.messageFlagsAdd('1', ['\\Flagged'], { uid: true })
    await admin.messageDelete('2', { uid: true })
    await admin.append('INBOX', message('four'))

    const second = await list(source, c, null)
    expect([uids(second), flagsOf(second, 1), second.isComplete]).toEqual([[1, 3, 4], ['\\Flagged'], true])
    await admin.messageFlagsAdd('3', ['\\Flagged'], { uid: true })
    const third = await list(source, c, second.cursor)
    expect(flagsOf(third, 3)).toEqual(['\\Flagged'])
  })

  test('a moved message is gone here and new there', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    await admin.mailboxCreate('Other')
    for (const subject of ['one', 'two']) await admin.append('INBOX', message(subject))
    const before = await inbox(dovecot, proxy, null)
    const other = await inbox(dovecot, proxy, null, 'Other')
    await admin.mailboxOpen('INBOX')
    await admin.messageMove('1', 'Other', { uid: true })
    const after = await inbox(dovecot, proxy, before.cursor)
    if (hasQresync) expect(after.removed.map(uidOf)).toEqual([1])
    else expect(uids(after)).toEqual([2])
    expect(uids(await inbox(dovecot, proxy, other.cursor, 'Other'))).toEqual([1])
  })

  test('an unchanged folder costs no command where the server counts changes', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    await admin.append('INBOX', message('one'))
    const first = await inbox(dovecot, proxy, null)
    const second = await inbox(dovecot, proxy, first.cursor)
    if (!hasModseq) return expect(uids(second)).toEqual([1])
    expect(second).toEqual({ items: [], removed: [], isComplete: false, cursor: first.cursor })
    expect(work(proxy)).toEqual([])
  })

  test('an emptied folder is empty', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    await admin.append('INBOX', message('one'))
    const first = await inbox(dovecot, proxy, null)
    await admin.mailboxOpen('INBOX')
    await admin.messageDelete('1:*', { uid: true })
    const second = await inbox(dovecot, proxy, first.cursor)
    expect(second.items).toEqual([])
    expect(hasQresync ? second.removed.map(uidOf) : second.isComplete).toEqual(hasQresync ? [1] : true)
  })

  test('a cursor of an earlier life of the folder has expired', async () => {
    const { dovecot, proxy, admin } = await start({ hide })
    await admin.mailboxCreate('Work')
    await admin.append('Work', message('one'))
    const first = await inbox(dovecot, proxy, null, 'Work')
    await admin.mailboxDelete('Work')
    await admin.mailboxCreate('Work')
    await admin.append('Work', message('one'))
    await expect(inbox(dovecot, proxy, first.cursor, 'Work')).rejects.toMatchObject({ code: 'cursor-expired' })
    expect(uids(await inbox(dovecot, proxy, null, 'Work'))).toEqual([1])
  })
})

describe.skipIf(missing)(`a large folder${title}`, () => {
  const count = 4_500
  let dovecot: Dovecot

  beforeAll(async () => {
    dovecot = await startDovecot()
    fillInbox(
      dovecot,
      Array.from({ length: count }, (_, n) => message(`m${n}`, '')),
    )
    const admin = await dovecot.admin()
    await admin.mailboxOpen('INBOX')
    await admin.messageDelete('1500:2499', { uid: true })
  })
  afterAll(() => dovecot?.stop())

  test.each(servers)('is listed piece by piece, without doubles or gaps, on a server with %s', async (_, hide) => {
    const proxy = await startImapProxy(dovecot, { hide })
    onTestFinished(() => proxy.stop())
    const source = run(dovecot, proxy)
    const changes = await all(source.changes(await folder(source, 'Inbox'), null, never))
    const keys = changes.flatMap((change) => (change.kind === 'item' ? [change.item.key] : []))
    expect([keys.length, new Set(keys).size]).toEqual([count - 1_000, count - 1_000])
    expect(changes.slice(-2).map(({ kind }) => kind)).toEqual(['all-listed', 'checkpoint'])
  })

  test('is listed to the end although the connection breaks and messages go meanwhile', async () => {
    const proxy = await startImapProxy(dovecot, { drop: { afterOctets: 150_000, times: 2 } })
    onTestFinished(() => proxy.stop())
    const source = run(dovecot, proxy)
    const found = await list(source, await folder(source, 'Inbox'), null)
    expect([found.items.length, found.isComplete, proxy.trouble.drop?.times]).toEqual([count - 1_000, true, 0])
  })
})

describe.skipIf(missing)(`changes${title}`, () => {
  test.each(['', 'nonsense', '{}', '{"uidvalidity":1}'])('a cursor that is not ours (%j) has expired', async (cursor) => {
    const { dovecot, proxy } = await start()
    await expect(inbox(dovecot, proxy, cursor)).rejects.toMatchObject({ code: 'cursor-expired' })
  })

  test.each([1, 20])('what arrives while the list is made is in it or comes the next time (%i times)', async (times) => {
    let left = 0
    const arrived: Promise<unknown>[] = []
    const { dovecot, proxy, admin } = await start({
      delay: 20,
      inject: (command) => {
        if (command.startsWith('UID FETCH') && left-- > 0) arrived.push(admin.append('INBOX', message(`${left}`)))
        return []
      },
    })
    await admin.append('INBOX', message('one'))
    left = times
    const first = await inbox(dovecot, proxy, null)
    left = 0
    await Promise.all(arrived)
    expect(first.isComplete).toBe(true)
    const second = await inbox(dovecot, proxy, first.cursor)
    expect([...new Set([...uids(first), ...uids(second)])]).toEqual(Array.from({ length: 1 + arrived.length }, (_, n) => n + 1))
  })

  test('a list that tells of newer marks beside messages that have gone is made again', async () => {
    // A server may do so: its view of what is there is older than that of the marks.
    let isOld = true
    const { dovecot, proxy, admin } = await start({
      rewriteAnswer: (line) => {
        if (!isOld || !/^\S+ OK .*Fetch completed/.test(line)) return line
        isOld = false
        return `* 2 EXPUNGE\r\n${line}`
      },
    })
    for (const subject of ['one', 'two', 'three']) await admin.append('INBOX', message(subject))
    const first = await inbox(dovecot, proxy, null)
    expect([uids(first), first.isComplete]).toEqual([[1, 2, 3], true])
    expect(proxy.commands.filter((command) => /^UID FETCH/.test(command))).toHaveLength(2)
  })

  test('the news of another client about flags are not taken for a list', async () => {
    const inject = (command: string) =>
      command.startsWith('UID FETCH') ? ['* 1 FETCH (FLAGS (\\Seen))', '* 1 FETCH (UID 1 FLAGS (\\Deleted))'] : []
    const { dovecot, proxy, admin } = await start({ inject })
    await admin.append('INBOX', message('one'))
    const first = await inbox(dovecot, proxy, null)
    expect(first.items).toHaveLength(1)
    expect(flagsOf(first, 1)).toEqual([])
  })

  test('a list with a message missing removes nothing and is made anew the next time', async () => {
    const { dovecot, proxy, admin } = await start({
      rewriteAnswer: (line) => (/FETCH \(UID 2 /.test(line) ? line.replace('FLAGS', 'FLAGS (((') : line),
    })
    for (const subject of ['one', 'two', 'three']) await admin.append('INBOX', message(subject))
    const first = await inbox(dovecot, proxy, null)
    expect([uids(first), first.isComplete]).toEqual([[1, 3], false])
    delete proxy.trouble.rewriteAnswer
    const second = await inbox(dovecot, proxy, first.cursor)
    expect([uids(second), second.isComplete]).toEqual([[1, 2, 3], true])
  })

  test.each([
    ['with', (line: string) => line],
    ['without', (line: string) => line.replace(/\[UIDNEXT \d+\]/, '[X-NOTHING]')],
  ])('a message that is left out of a list is not taken for removed, %s UIDNEXT', async (_, examined) => {
    const { dovecot, proxy, admin } = await start({
      hide: ['QRESYNC', 'CONDSTORE'],
      rewriteAnswer: (line) => (/FETCH \(UID 2 /.test(line) ? null : examined(line)),
    })
    for (const subject of ['one', 'two', 'three']) await admin.append('INBOX', message(subject))
    const first = await inbox(dovecot, proxy, null)
    expect([uids(first), first.isComplete]).toEqual([[1, 3], false])
    proxy.trouble.rewriteAnswer = examined
    const second = await inbox(dovecot, proxy, first.cursor)
    expect([uids(second), second.isComplete]).toEqual([[1, 2, 3], true])
    await admin.mailboxOpen('INBOX')
    await admin.messageDelete('2', { uid: true })
    const third = await inbox(dovecot, proxy, second.cursor)
    expect([uids(third), third.isComplete]).toEqual([[1, 3], true])
  })

  test('a new message that is left out of the changes is named the next time', async () => {
    const { dovecot, proxy, admin } = await start()
    for (const subject of ['one', 'two']) await admin.append('INBOX', message(subject))
    const first = await inbox(dovecot, proxy, null)
    await admin.append('INBOX', message('three'))
    proxy.trouble.rewriteAnswer = (line) => (/FETCH \(UID 3 /.test(line) ? null : line)
    const second = await inbox(dovecot, proxy, first.cursor)
    expect(uids(second)).not.toContain(3)
    expect(second.isComplete).toBe(false)
    delete proxy.trouble.rewriteAnswer
    expect(uids(await inbox(dovecot, proxy, second.cursor))).toContain(3)
  })

  test.each([
    ['without end', `* VANISHED (EARLIER) 1:4294967295`, [1, 3]],
    ['too long to read', `* VANISHED (EARLIER) ${Array.from({ length: 60_000 }, (_, n) => 2 * n + 1000).join(',')}`, [1, 3]],
  ])('a list of vanished messages %s is replaced by the list of those that are there', async (_, line, left) => {
    const { dovecot, proxy, admin } = await start()
    for (const subject of ['one', 'two', 'three']) await admin.append('INBOX', message(subject))
    const first = await inbox(dovecot, proxy, null)
    await admin.mailboxOpen('INBOX')
    await admin.messageDelete('2', { uid: true })
    const cursor = JSON.stringify({ ...JSON.parse(first.cursor), uidnext: 4_294_967_295 })
    proxy.trouble.inject = (command) => (command.includes('VANISHED') ? [line] : [])
    proxy.trouble.rewriteAnswer = (answer) => answer.replace('[UIDNEXT 4]', '[UIDNEXT 4294967295]')
    const second = await inbox(dovecot, proxy, cursor)
    expect([uids(second), second.removed, second.isComplete]).toEqual([left, [], true])
  })

  test('a server that was set back to an older state is listed as a whole', async () => {
    const { dovecot, proxy, admin } = await start()
    await admin.append('INBOX', message('one'))
    const first = await inbox(dovecot, proxy, null)
    const ahead = { ...JSON.parse(first.cursor), modseq: '999999' }
    const second = await inbox(dovecot, proxy, JSON.stringify(ahead))
    expect([uids(second), second.isComplete, second.cursor]).toEqual([[1], true, first.cursor])
  })

  test('Gmail is read once, through All Mail, Spam and Trash, with labels as metadata', async () => {
    const gmail: Trouble = {
      hide: ['OBJECTID'],
      rewriteCommand: (line) => line.replace(/X-GM-MSGID X-GM-THRID X-GM-LABELS/, 'X-GUID'),
      rewriteAnswer: (line) =>
        line
          .replace(/^(\S+ OK \[CAPABILITY |\* CAPABILITY )/, '$1X-GM-EXT-1 ')
          .replace(
            /X-GUID \w+/,
            'X-GM-MSGID 1278455344230334865 X-GM-THRID 1266894439832287888 X-GM-LABELS ("\\\\Inbox" Work "Entw&APw-rfe")',
          ),
    }
    const { dovecot, proxy, admin } = await start(gmail, { specialUse: { 'Alle Nachrichten': '\\All', Spam: '\\Junk' } })
    await admin.append('Alle Nachrichten', message('one'))
    const source = run(dovecot, proxy)
    const paths: string[] = []
    for await (const { path } of source.collections(never)) paths.push(path.join('/'))
    expect(paths.sort()).toEqual(['Alle Nachrichten', 'Spam'])
    const { items } = await list(source, await folder(source, 'Alle Nachrichten'), null)
    expect(items[0]?.identities).toEqual(['gm:1278455344230334865'])
    expect(items[0]?.meta).toEqual({ flags: [], labels: ['Entwürfe', 'Work', '\\Inbox'], thread: '1266894439832287888' })
  })

  test('OBJECTID gives a message the same identity in every folder', async () => {
    const objectId: Trouble = {
      rewriteCommand: (line) => line.replace('MAILBOXID', 'X-GUID').replace('EMAILID', 'X-GUID'),
      rewriteAnswer: (line) =>
        line
          .replace(/^(\S+ OK \[CAPABILITY |\* CAPABILITY )/, '$1OBJECTID ')
          .replace(/^(\* STATUS .*)X-GUID (\w+)/, '$1MAILBOXID ($2)')
          .replace(/^(\* \d+ FETCH .*)X-GUID (\w+)/, '$1EMAILID ($2)'),
    }
    const { dovecot, proxy, admin } = await start(objectId)
    await admin.mailboxCreate('Other')
    await admin.append('INBOX', message('one'))
    await admin.mailboxOpen('INBOX')
    await admin.messageCopy('1', 'Other', { uid: true })
    const here = await inbox(dovecot, proxy, null)
    const there = await inbox(dovecot, proxy, null, 'Other')
    expect(here.items[0]?.identities).toEqual([expect.stringMatching(/^emailid:\w+/)])
    expect(there.items[0]?.identities).toEqual(here.items[0]?.identities)
  })
})
