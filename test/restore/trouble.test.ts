import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { worn } from '../faults/worn-disk.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { MemoryAccount } from '../fixtures/memory-account.ts'
import { runBackup, scratchFolder } from '../fixtures/vaults.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { startImapProxy, type Trouble } from '../servers/imap-proxy.ts'
import { running } from '../servers/running.ts'
import { imapConnection, lookAt, restoreTo, totals } from './harness.ts'
import { contentsAt, contentsOf, emptyMailbox, sampleAccount } from './sample-mail.ts'

const cuts = 100

describeUnless(dovecotMissing(), 'a restore in trouble', () => {
  let server: Dovecot
  beforeAll(async () => {
    server = await startDovecot({ users: { bob: 'builder', carl: 'cobbler' } })
  })
  afterAll(() => server.stop())

  const there = (user: string) => contentsAt(server, user)
  const empty = (user: string) => emptyMailbox(server, user)

  test('what the disk cannot read is named, and everything else comes back', async () => {
    const vault = await scratchFolder()
    const account = new MemoryAccount()
    for (const name of ['Worn', 'Other']) {
      const folder = account.addMailbox([name])
      for (let n = 0; n < 3; n++) account.add(folder, `Message-ID: <${n}@${name}>\r\nSubject: ${name} ${n}\r\n\r\nbody\r\n`)
    }
    await runBackup(vault, account)
    const { disk } = worn('data/alice/Mail/Worn/2025.mbox', 10)
    const report = await restoreTo(vault, imapConnection({ ...server, user: 'bob', password: 'builder' }), { disk })
    expect(totals(report)).toMatchObject({ items: 6, created: 3, failed: 3 })
    expect(report.failures).toHaveLength(3)
    await empty('bob')
  })

  test(`cut off ${cuts} times at random moments and repeated, it doubles nothing and misses nothing`, async () => {
    const account = sampleAccount(240)
    const wanted = contentsOf(account)
    const vault = await scratchFolder()
    await runBackup(vault, account)
    let state = await scratchFolder()
    let cut = 0
    let whole = 0
    while (cut < cuts) {
      const stop = new AbortController()
      const trouble: Trouble = {}
      let answersLeft = Math.floor(Math.random() * 1_200)
      // From then on everything is silent, as when the cable is pulled; what was under way may have arrived.
      trouble.rewriteAnswer = (line) => {
        if (--answersLeft > 0) return line
        trouble.silent = true
        stop.abort()
        return null
      }
      const proxy = await startImapProxy(server, trouble, 'restore')
      const carl = imapConnection({ host: proxy.host, port: proxy.port, user: 'carl', password: 'cobbler' })
      const report = await restoreTo(vault, carl, { stateFolder: state, signal: stop.signal }).catch(() => null)
      await proxy.stop()
      if (report === null || report.stopped) cut++
      else {
        expect(report.failures).toEqual([])
        expect(await there('carl')).toEqual(wanted)
        await empty('carl')
        // Every other time without what the earlier attempts have noted.
        if (whole++ % 2 === 0) state = await scratchFolder()
      }
    }
    await restoreTo(vault, imapConnection({ ...server, user: 'carl', password: 'cobbler' }), { stateFolder: state })
    expect(await there('carl')).toEqual(wanted)
    await empty('carl')
    expect(whole).toBeGreaterThan(0)
  })

  test.each<{ name: string; trouble: () => Trouble; fails: boolean }>([
    {
      name: 'connections that drop in the middle of answers',
      trouble: () => ({ drop: { afterOctets: 2_500, times: 5 } }),
      fails: false,
    },
    { name: 'connections that drop after the content was taken', trouble: dropAfterAppend, fails: false },
    { name: 'a server without MULTIAPPEND, UIDPLUS, CONDSTORE and LIST-STATUS', trouble: hideMuch, fails: false },
    {
      name: 'one connection at a time',
      trouble: () => ({ refuseConnection: (open) => (open > 1 ? 'Maximum number of connections exceeded' : null) }),
      fails: false,
    },
    { name: 'an account that is full', trouble: fullAfter(3), fails: true },
    {
      name: 'one message that is too large',
      trouble: () => ({ answer: (command) => (/^APPEND .*\{\d{5,}\}$/.test(command) ? 'NO [TOOBIG] too large for us' : null) }),
      fails: false,
    },
  ])('$name: nothing doubled, nothing missing after a repeat', async ({ trouble, fails }) => {
    const account = sampleAccount(90)
    const vault = await scratchFolder()
    await runBackup(vault, account)
    const proxy = await startImapProxy(server, trouble(), 'restore')
    const carl = { host: proxy.host, port: proxy.port, user: 'carl', password: 'cobbler' }
    try {
      const first = await restoreTo(vault, imapConnection(carl))
      if (fails) {
        expect(totals(first).failed).toBeGreaterThan(0)
        expect(first.failures[0]?.texts.join()).toContain('the mailbox is full')
        expect(totals(first).created + totals(first).failed).toBe(totals(first).items)
      } else expect({ failures: first.failures, failure: first.failure }).toEqual({ failures: [], failure: undefined })
      const repeat = await restoreTo(vault, imapConnection({ ...server, user: 'carl', password: 'cobbler' }))
      expect(totals(repeat)).toMatchObject({ failed: 0, created: totals(first).failed })
      expect(await there('carl')).toEqual(contentsOf(account))
    } finally {
      await proxy.stop()
      await empty('carl')
    }
  })

  test('one message that the server refuses is reported with its words, and the others go on', async () => {
    const account = sampleAccount(30)
    const [inbox = ''] = account.mailboxes.keys()
    account.add(inbox, `Subject: huge\r\n\r\n${'x'.repeat(200_000)}\r\n`)
    const vault = await scratchFolder()
    await runBackup(vault, account)
    const tooBig: Trouble = {
      hide: ['MULTIAPPEND'],
      answer: (command) => (/^APPEND .*\{2\d{5}\}$/.test(command) ? 'NO [TOOBIG] no more than 100 kB, please' : null),
    }
    const proxy = await startImapProxy(server, tooBig, 'restore')
    try {
      const report = await restoreTo(
        vault,
        imapConnection({ host: proxy.host, port: proxy.port, user: 'carl', password: 'cobbler' }),
      )
      expect(totals(report)).toMatchObject({ failed: 1, created: totals(report).items - 1 })
      expect(report.failures).toMatchObject([{ title: 'huge', texts: [expect.stringContaining('no more than 100 kB, please')] }])
    } finally {
      await proxy.stop()
      await empty('carl')
    }
  })

  test('an account that a real Dovecot says is full: what was sent ahead is never taken for commands, and a repeat with room adds the rest', async () => {
    const small = { users: { dora: 'explorer' }, config: quotaOf('300K') }
    const full = await running(startDovecot(small))
    const admin = await full.admin()
    await admin.mailboxCreate('Precious')
    await admin.append('Precious', 'Subject: stays\r\n\r\nx\r\n')
    const account = new MemoryAccount()
    const inbox = account.addMailbox(['Inbox'])
    const commands =
      'a1 DELETE Precious\r\na2 CREATE Evil\r\na3 SELECT INBOX\r\na4 STORE 1:* +FLAGS.SILENT (\\Deleted)\r\na5 EXPUNGE\r\n'
    for (let n = 0; n < 60; n++)
      account.add(inbox, `Message-ID: <${n}@example.com>\r\nSubject: number ${n}\r\n\r\n${commands.repeat(100)}`)
    const vault = await scratchFolder()
    await runBackup(vault, account)
    const dora = imapConnection({ ...full, user: 'dora', password: 'explorer' })
    const first = await restoreTo(vault, dora)
    expect(totals(first).created).toBeGreaterThan(0)
    expect(totals(first).failed).toBe(60 - totals(first).created)
    expect(first.failures[0]?.texts.join()).toMatch(/quota/i)
    const before = await lookAt(admin)
    expect(Object.keys(before).sort()).toEqual(['INBOX', 'Precious'])
    expect(before['Precious']).toHaveLength(1)
    expect(before['INBOX']).toHaveLength(totals(first).created)

    full.kill()
    const conf = join(full.root, 'dovecot.conf')
    writeFileSync(conf, readFileSync(conf, 'utf8').replace(quotaOf('300K'), quotaOf('900M')))
    await full.restart()
    const repeat = await restoreTo(vault, dora)
    expect(totals(repeat)).toMatchObject({ created: totals(first).failed, alreadyThere: totals(first).created, failed: 0 })
    const wanted = contentsOf(account)['INBOX']
    const after = await lookAt(await full.admin())
    expect(after['INBOX']?.map(({ sha256: sum }) => `${sum} `).sort()).toEqual(wanted)
  })

  test('a backup through the same proxy sends nothing that writes, a restore does', async () => {
    const vault = await scratchFolder()
    const proxy = await startImapProxy(server, {}, 'restore')
    try {
      const carl = imapConnection({ host: proxy.host, port: proxy.port, user: 'carl', password: 'cobbler' })
      const { backUp } = await import('./harness.ts')
      await backUp(vault, carl)
      const writes =
        /^(APPEND|CREATE|DELETE|RENAME|SUBSCRIBE|UNSUBSCRIBE|SELECT|(UID )?(STORE|COPY|MOVE|EXPUNGE)|EXPUNGE|SETMETADATA|SETACL)\b/i
      expect(proxy.commands.filter((command) => writes.test(command))).toEqual([])
      const other = await scratchFolder()
      await runBackup(other, sampleAccount(3))
      proxy.forget()
      await restoreTo(other, carl)
      expect(proxy.commands.some((command) => /^APPEND/.test(command))).toBe(true)
      expect(
        proxy.commands.filter((command) =>
          /^(DELETE|RENAME|SELECT|(UID )?(STORE|COPY|MOVE)|EXPUNGE|UID EXPUNGE)\b/i.test(command),
        ),
      ).toEqual([])
    } finally {
      await proxy.stop()
      await empty('carl')
    }
  })
})

/** The answer to some APPENDs is lost with the connection: nobody knows whether the messages are there. */
function dropAfterAppend(): Trouble {
  let times = 6
  const trouble: Trouble = {}
  trouble.rewriteAnswer = (line) => {
    if (times > 0 && /^[0-9A-F]+ OK \[APPENDUID/.test(line)) {
      times--
      trouble.drop = { afterOctets: 0, times: 1 }
    }
    return line
  }
  return trouble
}

function hideMuch(): Trouble {
  return {
    hide: ['MULTIAPPEND', 'UIDPLUS', 'CONDSTORE', 'QRESYNC', 'LIST-STATUS', 'LIST-EXTENDED', 'LITERAL+'],
    rewriteAnswer: (line) => line.replace(/ \[APPENDUID [^\]]*\]/, ''),
  }
}

/** Lines of Dovecot's configuration. */
function quotaOf(room: string): string {
  return `mail_plugins = quota\nprotocol imap {\n  mail_plugins = quota imap_quota\n}\nplugin {\n  quota = count:User quota\n  quota_rule = *:storage=${room}\n  quota_vsizes = yes\n}`
}

function fullAfter(appends: number): () => Trouble {
  return () => {
    let left = appends
    return { answer: (command) => (/^APPEND/.test(command) && left-- <= 0 ? 'NO [OVERQUOTA] the mailbox is full' : null) }
  }
}
