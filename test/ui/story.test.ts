/**
 * The whole story, in a real browser against real servers: from the first run over a lost disk and a lockout to another account
 * with everything in it, and the proof.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AccountSummary } from '../../src/api/contract.ts'
import { consent } from '../emulators/google/browser.ts'
import { Google, type GoogleUser } from '../emulators/google/google.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { type Radicale, radicaleMissing, startRadicale } from '../servers/radicale.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { type AppWindow, openWindow } from './window.ts'

const message = (subject: string, from = 'Mara Stein <mara@example.net>') =>
  Buffer.from(
    [
      ...[
        `From: ${from}`,
        'To: bob@example.org',
        `Subject: ${subject}`,
        `Message-ID: <${subject.replaceAll(' ', '-')}@example.net>`,
      ],
      ...['Date: Mon, 02 Mar 2026 09:00:00 +0100', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=b', ''],
      ...['--b', 'Content-Type: text/plain', '', `About ${subject}.`, '--b', 'Content-Type: application/pdf'],
      ...[`Content-Disposition: attachment; filename="${subject}.pdf"`, 'Content-Transfer-Encoding: base64', ''],
      ...[Buffer.from(`%PDF-1.4 ${subject}`).toString('base64'), '--b--', ''],
    ].join('\r\n'),
  )

describeUnless(browserMissing('chromium') ?? dovecotMissing() ?? radicaleMissing(), 'the whole story', () => {
  let app: AppWindow
  let dovecot: Dovecot
  let radicale: Radicale
  let google: Google
  let googleUser: GoogleUser

  beforeAll(async () => {
    dovecot = await startDovecot({ users: { bob: 'builder', carol: 'carols-secret' } })
    radicale = await startRadicale()
    google = await Google.start()
    googleUser = google.addUser('bob@gmail.com')
    googleUser.gmail.add(message('Letter at Google'), ['INBOX'], '2026-03-02T08:00:00.000Z')
    const exports = {
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'as Word',
      'application/pdf': '%PDF-1.4',
    }
    googleUser.drive.add('Report', { mimeType: 'application/vnd.google-apps.document', exports })
    googleUser.drive.add('Plan.txt', { mimeType: 'text/plain', content: 'The plan\n' })
    const bob = await dovecot.admin('bob')
    await bob.mailboxCreate('Clients')
    for (let at = 0; at < 40; at++) await bob.append('INBOX', message(`Letter ${at}`))
    await bob.append('Clients', message('Invoice 2026', 'Acme <billing@acme.example>'), ['\\Seen', '\\Flagged'])
    const authorization = `Basic ${Buffer.from('bob:builder').toString('base64')}`
    const dav = (method: string, path: string, body: string) =>
      fetch(`${radicale.url}${path}`, { method, headers: { authorization, 'content-type': 'text/plain' }, body })
    const book = '<resourcetype><collection/><CR:addressbook/></resourcetype><displayname>Friends</displayname>'
    await dav(
      'MKCOL',
      '/bob/friends/',
      `<?xml version="1.0"?><mkcol xmlns="DAV:" xmlns:CR="urn:ietf:params:xml:ns:carddav"><set><prop>${book}</prop></set></mkcol>`,
    )
    const card = ['BEGIN:VCARD', 'VERSION:3.0', 'UID:ada', 'FN:Ada Lovelace', 'N:Lovelace;Ada;;;', 'END:VCARD', ''].join('\r\n')
    const put = await fetch(`${radicale.url}/bob/friends/ada.vcf`, {
      ...{ method: 'PUT', headers: { authorization, 'content-type': 'text/vcard' }, body: card },
    })
    expect(put.status).toBe(201)
    app = await openWindow()
  })
  afterAll(async () => {
    await app?.close()
    await Promise.all([dovecot?.stop(), radicale?.stop(), google?.stop()])
  })

  /** Fills in the servers of a person here. */
  async function connect(name: string, user: string, password: string, contacts: boolean): Promise<void> {
    await app.fill('E-mail address', name)
    await app.press('Set it up by hand')
    await app.fill('Mail server', '127.0.0.1')
    await app.page.select('select', 'none')
    await app.fill('Port', String(dovecot.port))
    await app.fill('User name', user)
    if (contacts) await app.fill('Address of the contacts', `${radicale.url}/`)
    await app.fill('Password', password)
    await app.press('Sign in', '.connect-form')
    await app.sees('Keep the password in a file?')
  }

  const home = async () => {
    await app.press('Home', '.side')
    await app.page.waitForSelector('.verdict, .welcome')
  }
  const backUp = async () => {
    await home()
    await app.press('Back up', '.disk-card')
    await app.page.waitForFunction(() => document.querySelector('.ended h2, .ended .failure') !== null)
  }

  it('connects an account by hand, and says so calmly when the password is wrong', async () => {
    await app.press('Set up in three steps')
    await connect('bob@example.org', 'bob', 'wrong', true)
    await app.press('Yes, in a file')
    await app.sees('The sign-in did not work')
    await app.inspect('connect-wrong-password')
    await app.fill('Password', 'builder')
    await app.press('Sign in', '.connect-form')
    await app.sees('Which disk?')
  })

  it('takes a disk that is plugged in meanwhile, under the name that the person gives', async () => {
    app.plugIn('BACKUP-1')
    await app.sees('BACKUP-1')
    await app.inspect('choose-disk')
    await app.fill('What do you call it?', 'Blue Disk')
    await app.press('Use this disk')
    await app.sees('Everything in bob@example.org goes to “Blue Disk”')
    await app.inspect('begin-start')
  })

  it('backs everything up, and the numbers reconcile', async () => {
    await app.press('Start', '.begin-card')
    await app.sees('Finished. Everything is saved.')
    await app.sees('42 new items')
    await home()
    await app.sees('41 messages')
    await app.sees('1 contact')
    await app.sees('Nothing is missing')
    expect(existsSync(join(app.folder, 'media', 'BACKUP-1', 'Lifeboat', 'START HERE.html'))).toBe(true)
  })

  it('saves only what is new the next time', async () => {
    await (await dovecot.admin('bob')).append('INBOX', message('Just arrived'))
    await backUp()
    await app.sees('1 new item')
    await home()
    await app.sees('42 messages')
    await app.sees('You can unplug “Blue Disk” now')
  })

  it('knows what is on a disk that is in the drawer, and takes it back wherever it is plugged in', async () => {
    app.pull('BACKUP-1')
    await app.screens.desktop.tick()
    await app.sees('Not plugged in')
    await app.sees('42 messages')
    await app.inspect('home-disk-away')
    await app.go('restore')
    await app.sees('Plug in “Blue Disk”')
    app.plugIn('BACKUP-1')
    await app.screens.desktop.tick()
    await app.sees('See what would happen')
  })

  it('signs in to Google by its own pages', async () => {
    await home()
    await app.press('Add another account')
    await app.fill('E-mail address', 'bob@gmail.com')
    await app.press('Find')
    await app.sees('Found: Google')
    await app.inspect('connect-google')
    const file = (await app.page.$('input[type=file]')) as unknown as { uploadFile(path: string): Promise<void> }
    const { writeFileSync } = await import('node:fs')
    const clientFile = join(app.folder, 'client_secret_practice.json')
    writeFileSync(clientFile, JSON.stringify(google.clientFile()))
    await file.uploadFile(clientFile)
    await app.press('Sign in with Google')
    await app.press('Yes, in a file')
    const link = await app.page.waitForSelector('.browser-sign-in a')
    const url = await link?.evaluate((element) => (element as HTMLAnchorElement).href)
    await (await fetch(await consent(url ?? '', google.ca, { email: 'bob@gmail.com' }))).text()
    await app.sees('Everything in bob@example.org, bob@gmail.com goes to “Blue Disk”')
    await app.press('Start', '.begin-card')
    await app.sees('Finished. Everything is saved.')
  })

  it('lets choose what of the account at Google is saved, and in which form', async () => {
    const file = (name: string) =>
      join(app.folder, 'media', 'BACKUP-1', 'Lifeboat', 'data', 'bob@gmail.com', 'Files', 'My Drive', name)
    await app.go('account?id=bob%40gmail.com')
    await app.sees('Google’s documents are saved as')
    await app.sees('(Choose at least one.)', '.tick')
    await app.press('PDF')
    await expect.poll(async () => await taken()).toEqual(['spam', 'trash', 'drafts', 'chats', 'office', 'pdf'])
    await app.press('Word, Excel and PowerPoint')
    await expect.poll(async () => await taken()).toEqual(['spam', 'trash', 'drafts', 'chats', 'pdf'])
    await app.press('Spam')
    await expect.poll(async () => await taken()).toEqual(['trash', 'drafts', 'chats', 'pdf'])
    await app.sees('(Choose at least one.)', '.tick')
    await app.inspect('account-google')
    expect(existsSync(file('Report.docx'))).toBe(true)
    await backUp()
    await expect.poll(() => [existsSync(file('Report.pdf')), existsSync(file('Report.docx'))]).toEqual([true, false])
  })

  const taken = async () => {
    const accounts = await app.page.evaluate(async () => (await (await fetch('/api/accounts')).json()) as AccountSummary[])
    const connections = accounts.flatMap((account) => (account.id === 'bob@gmail.com' ? account.connections : []))
    return connections.flatMap(({ choices = [] }) => choices.flatMap(({ id, isOn }) => (isOn ? [id] : [])))
  }

  it('is there on the day of the lockout', async () => {
    google.signIn.lock('bob@gmail.com')
    await backUp()
    await app.sees('bob@gmail.com could not be saved to its end.')
    await app.inspect('backup-locked-out')
    await home()
    await app.sees('bob@gmail.com is locked. Your copy is safe.')
    await app.inspect('home-locked-out')
    await app.press('What to do now')
    await app.sees('Locked out? Take a breath.')
    await app.sees('Do not delete anything on the disk')
    await app.inspect('lockout')
  })

  it('shows what is in the locked account all the same', async () => {
    await app.press('Look at everything', '.lockout-steps')
    // The answer to the click has the same heading.
    await app.sees('Everything here is from your accounts')
    await app.page.evaluate(() => location.assign('#/mail'))
    await app.press('All Mail', '.folders')
    await app.sees('Letter at Google', '.option')
    await app.press('Home', '.side')
    await app.sees('is locked. Your copy is safe.')
  })

  it('collects the documents of a company', async () => {
    await app.go('collect')
    await app.fill('From this person or company', 'acme')
    await app.press('Collect', 'main')
    await app.sees('1 document collected')
    await app.inspect('collect-done')
    const [folder] = readdirSync(join(app.folder, 'home')).filter((name) => name.startsWith('Lifeboat'))
    expect(readdirSync(join(app.folder, 'home', folder ?? ''), { recursive: true }).join()).toContain('Invoice 2026.pdf')
  })

  it('restores into another account: numbers first, then the report', async () => {
    await app.go('begin?step=account')
    await connect('carol@example.org', 'carol', 'carols-secret', false)
    await app.press('Yes, in a file')
    await app.sees('goes to “Blue Disk”')
    await app.go('restore')
    await app.sees('From the account')
    await app.page.select('select', 'bob@example.org')
    await app.press('The account carol@example.org')
    await app.press('See what would happen')
    await app.sees('This would happen')
    await app.sees('would be added')
    await app.inspect('restore-plan')
    expect((await (await dovecot.admin('carol')).list()).map(({ path }) => path)).not.toContain('Restored')
    await app.press('Bring it back')
    await app.sees('How faithful it is')
    await app.sees('42')
    await app.inspect('restore-done')
    const carol = await dovecot.admin('carol')
    const listed = await carol.list({ statusQuery: { messages: true } })
    const counts = listed.map(({ path, status }) => [path, status?.messages] as const)
    const restored = counts.filter(([path]) => path.startsWith('Restored/'))
    expect(restored.map(([path, messages]) => [path.toLowerCase(), messages]).toSorted()).toEqual([
      ['restored/clients', 1],
      ['restored/inbox', 41],
    ])
  })

  it('proves it, and shows, prints and keeps the proof', async () => {
    await app.go('proof')
    await app.press('Prove it now')
    await app.page.waitForFunction(() => document.querySelector('.end-verdict') !== null)
    await app.sees('came back as they were')
    await app.press('Open', '.proof-entry')
    const frame = await (await app.page.waitForSelector('iframe.proof-page'))?.contentFrame()
    await frame?.waitForSelector('h1')
    expect(await frame?.$eval('body', (body) => body.innerText)).toContain('bob@example.org')
    await app.inspect('proof-open')
  })

  it('says of several people who needs what', async () => {
    await app.go('account?id=bob%40gmail.com')
    await app.fill('Whose is it?', 'Bob')
    await app.press('Save')
    await app.go('account?id=carol%40example.org')
    await app.fill('Whose is it?', 'Carol')
    await app.press('Save')
    await home()
    await app.sees('Carol')
    await app.inspect('home-people')
  })
})
