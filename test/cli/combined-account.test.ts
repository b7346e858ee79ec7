import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectReadingOnly } from '../conformance/dav-item-driver.ts'
import { itemContent } from '../conformance/item-driver.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { type DavProxy, startDavProxy } from '../servers/dav-proxy.ts'
import type { DavServer } from '../servers/dav-server.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { apacheMissing, startApache, type WebdavServer } from '../servers/webdav.ts'
import { filesBelow, lifeboat, temporaryFolder } from './command.ts'

const canary = 'canary-77aa-of-the-mail'

describeUnless(
  dovecotMissing() ?? radicaleMissing() ?? apacheMissing(),
  'one account with mail, contacts, calendars and files',
  () => {
    let mail: Dovecot
    let items: DavServer
    let files: WebdavServer
    let itemsProxy: DavProxy
    let filesProxy: DavProxy
    beforeAll(async () => {
      ;[mail, items, files] = await Promise.all([startDovecot({ users: { alice: canary } }), startRadicale(), startApache()])
      const admin = await mail.admin()
      await admin.append('INBOX', Buffer.from('Subject: Hello\r\nMessage-ID: <1@example.com>\r\n\r\nHello.\r\n'))
      await items.addCollection('/alice/friends/', 'contacts', 'Friends')
      await items.addCollection('/alice/home/', 'calendar', 'Home')
      for (const uid of ['ada', 'bo']) await items.put(`/alice/friends/${uid}.vcf`, itemContent('contacts', uid))
      await items.put('/alice/home/1.ics', itemContent('calendar', 'meeting'))
      mkdirSync(join(files.files, 'Papers'))
      writeFileSync(join(files.files, 'Papers', 'lease.txt'), 'lease')
      itemsProxy = await startDavProxy(
        { target: items.url, user: items.user, password: items.password },
        { auth: 'digest-sha256' },
      )
      const { origin } = new URL(files.url)
      filesProxy = await startDavProxy({ target: origin, user: files.user, password: files.password })
    })
    afterAll(async () => {
      await Promise.all([itemsProxy.stop(), filesProxy.stop()])
      await Promise.all([mail.stop(), items.stop(), files.stop()])
    })

    test('is added, tested and backed up in one go; what fails is named, and the others go on', async () => {
      using home = temporaryFolder()
      const vault = join(home.path, 'vault')
      const run = (...argv: readonly string[]) => lifeboat(argv, { home: home.path, input: items.password })
      const webdav = new URL(files.url)
      webdav.port = String(filesProxy.port)
      const added = await run(
        ...['account', 'add', 'dav', '--id', 'home', '--user', 'alice', '--password-stdin', '--secrets', 'file'],
        ...['--carddav', itemsProxy.url, '--caldav', itemsProxy.url, '--webdav', webdav.href],
        ...['--imap', `${mail.host}:${mail.port}`, '--imap-security', 'none', '--imap-password-command', `echo ${canary}`],
      )
      expect(added).toMatchObject({ exitCode: 0, stderr: '' })

      const tested = await run('account', 'test', 'home')
      expect(tested.exitCode).toBe(0)
      expect(tested.stdout).not.toContain('✗')
      expect(tested.stdout).toContain('There is 1 address book: "Friends".')
      expect(tested.stdout).toContain('There is 1 calendar: "Home".')
      expect(tested.stdout).toMatch(/^✓ Files: .* shows the folder with the files\.$/m)
      expect(tested.stdout).toMatch(/1 message/)

      const first = await run('backup', '--vault', vault)
      expect(first.stdout).toMatch(/^ +Mail: Inbox +1 +1 /m)
      expect(first.stdout).toMatch(/^ +Contacts: Friends +2 +2 /m)
      expect(first.stdout).toMatch(/^ +Calendars: Home +1 +1 /m)
      expect(first.stdout).toMatch(/^ +Files: files of alice +1 +1 /m)
      expect(first.stdout).toMatch(/^Complete: 5 items in the vault, 5 new/m)
      expect(first.exitCode).toBe(0)
      const folder = join(vault, 'data', 'home')
      expect(readFileSync(join(folder, 'Contacts', 'Friends.vcf'), 'utf8')).toContain('ada')
      expect(readFileSync(join(folder, 'Calendars', 'Home.ics'), 'utf8')).toContain('meeting')
      expect(readFileSync(join(folder, 'Files', 'files of alice', 'Papers', 'lease.txt'), 'utf8')).toBe('lease')
      expect(existsSync(join(folder, 'Mail', 'Inbox'))).toBe(true)

      writeFileSync(join(files.files, 'Papers', 'new.txt'), 'new')
      itemsProxy.trouble.answer = () => ({ status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } })
      const second = await run('backup', '--vault', vault)
      expect(second.exitCode).toBe(5)
      expect(second.stdout).toMatch(/^ +Contacts, calendars: .*does not accept the user name or the password/m)
      expect(second.stdout).toMatch(/^Not complete \(home\)/m)
      expect(readFileSync(join(folder, 'Files', 'files of alice', 'Papers', 'new.txt'), 'utf8')).toBe('new')
      delete itemsProxy.trouble.answer

      const third = await run('backup', '--vault', vault)
      expect(third.stdout).toMatch(/^Complete: 6 items in the vault, nothing new/m)
      expect(await run('verify', '--vault', vault)).toMatchObject({ exitCode: 0 })
      for (const { requests } of [itemsProxy, filesProxy]) expectReadingOnly(requests)
      const secrets = [items.password, canary].map((text) => Buffer.from(text).toString('latin1'))
      const leaks = filesBelow(vault).filter(({ text }) => secrets.some((secret) => text.includes(secret)))
      expect(leaks).toEqual([])
    })
  },
)
