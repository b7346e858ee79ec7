/** What goes wrong, on purpose: each ends in a sentence that a person can act on, in the window itself. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { consent } from '../emulators/google/browser.ts'
import { Google } from '../emulators/google/google.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { type ExfatDisk, exfatMissing, mountExfat } from '../servers/exfat.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled } from '../viewer/page/settled.ts'
import { type AppWindow, inGerman, openWindow } from './window.ts'

const message = (subject: string, size = 10) =>
  Buffer.from(
    `From: a@example.net\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@x>\r\n\r\n${'A line of some length.\r\n'.repeat(size)}`,
  )

describeUnless(browserMissing('chromium') ?? dovecotMissing(), 'trouble', () => {
  let app: AppWindow
  let dovecot: Dovecot
  let disk: string
  /** Days by which the computer's clock is wrong. */
  let wrongDays = 0

  beforeAll(async () => {
    dovecot = await startDovecot({ users: { bob: 'builder' } })
    const bob = await dovecot.admin('bob')
    for (let at = 0; at < 30; at++) await bob.append('INBOX', message(`m${at}`))
    app = await openWindow({ now: () => new Date(Date.now() + wrongDays * 86_400_000) })
    const { desktop } = app.screens
    await desktop.setEvery('never')
    disk = (await desktop.disks.use({ path: app.plugIn('BLUE'), name: 'Blue Disk' })).folder
    await account('bob', 'builder')
  })
  afterAll(async () => {
    await app?.close()
    await dovecot?.stop()
  })
  beforeEach(async () => {
    await app.go('home')
  })

  const account = (id: string, password: string) =>
    app.screens.desktop.addAccount(
      {
        ...{ id, password, keep: 'file' },
        connections: [{ provider: 'imap', settings: { host: '127.0.0.1', port: dovecot.port, security: 'none', user: 'bob' } }],
      },
      new AbortController().signal,
    )
  const backUp = async () => {
    await app.go('home')
    await app.press('Back up', '.disk-card')
    await app.page.waitForSelector('.ended')
  }

  it('the server is out of reach: nothing is lost, and it is tried again by itself', async () => {
    await backUp()
    await app.sees('Finished. Everything is saved.')
    dovecot.kill()
    await backUp()
    await app.sees('The provider cannot be reached')
    await app.sees('Check the connection')
    await app.sees('Try again', '.ended .button.primary')
    await app.go('home')
    await app.sees('You would lose what came since')
    await app.inspect('trouble-network')
    await dovecot.restart()
    await backUp()
    await app.sees('Finished. Everything is saved.')
  })

  it('a folder is suddenly empty at the provider: all of it is kept, and Home asks until somebody says what it was', async () => {
    const bob = await dovecot.admin('bob')
    await bob.mailboxCreate('Old')
    for (let at = 0; at < 5; at++) await bob.append('Old', message(`old${at}`))
    await backUp()
    await app.sees('5 new items')
    const lock = await bob.getMailboxLock('Old')
    await bob.messageDelete('1:*')
    lock.release()
    await backUp()
    await app.sees('Finished. Now it is for you to decide.')
    await app.sees('5 items are suddenly gone at the provider. They stay as they are until you decide.')
    await app.sees('That is wrong: bring them back', '.ended')
    expect(await app.page.$('.end-verdict.good')).toBeNull()
    await app.inspect('backup-suddenly-gone')
    await app.go('home')
    await app.sees('5 items are suddenly gone at the provider.', '.verdict')
    expect(await app.page.$eval('.verdict', ({ className }) => className)).not.toContain('good')
    await app.sees('35 messages')
    await app.press('Look and decide')
    await app.sees('They stay on the disk either way.')
    await app.inspect('account-suddenly-gone')
    await app.press('That is right: mark them as removed')
    await app.page.waitForSelector('.end-verdict.good')
    await app.sees('5 are gone at the provider and kept here.')
    await app.go('home')
    await app.page.waitForFunction(() => !document.querySelector('.verdict')?.textContent?.includes('suddenly'), polled)
    await app.sees('30 messages')
  })

  it('the password was changed at the provider: the new one is asked for, and a wrong one is not taken', async () => {
    const users = join(dovecot.root, 'users')
    const before = readFileSync(users, 'utf8')
    writeFileSync(users, before.replace('builder', 'changed'))
    await dovecot.restart()
    await backUp()
    await app.sees('The sign-in did not work')
    await app.sees('Sign in again', '.ended .button.primary')
    await app.go('home')
    await app.press('Sign in again')
    await app.sees('Your backups go on where they are.')
    await app.fill('A new password', 'not this')
    await app.press('Sign in', '.connect-form')
    await app.sees('does not accept the user name or the password')
    await app.inspect('trouble-password')
    await app.fill('A new password', 'changed')
    await app.press('Sign in', '.connect-form')
    await app.sees('Signed in. Backups go on as before.')
    await backUp()
    await app.sees('Finished. Everything is saved.')
  })

  it('the disk is pulled: nothing is written into the empty place, and the app says what it waits for', async () => {
    app.pull('BLUE')
    const answer = await app.page.evaluate(
      async (vault) =>
        await (
          await fetch('/api/jobs', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ kind: 'backup', request: { vault } }),
          })
        ).json(),
      disk,
    )
    expect(answer).toMatchObject({ code: 'disk-absent', message: '"Blue Disk" is not plugged in.' })
    await app.screens.desktop.tick()
    await app.sees('Not plugged in')
    expect(readdirSync(join(app.folder, 'media'))).toEqual([])
    app.plugIn('BLUE')
    await app.screens.desktop.tick()
    await app.sees('Plugged in')
  })

  it('another program works on the disk: wait for it', async () => {
    const alive = new Date().toISOString()
    writeFileSync(
      join(disk, '.lifeboat-lock'),
      JSON.stringify({ token: 'other', pid: 1, host: 'the-other-computer', user: 'anna', since: alive, alive }),
    )
    await backUp()
    await app.sees('The disk is in use')
    await app.sees('Try again', '.ended')
    rmSync(join(disk, '.lifeboat-lock'))
  })

  it('a file on the disk is damaged: the check names it, and says to delete nothing', async () => {
    const folder = join(disk, 'data', 'bob', 'Mail', 'Inbox')
    const mbox = join(folder, readdirSync(folder).find((name) => name.endsWith('.mbox')) ?? '')
    const octets = readFileSync(mbox)
    octets[Math.floor(octets.length / 2)] = (octets[Math.floor(octets.length / 2)] ?? 0) ^ 0x20
    writeFileSync(mbox, octets)
    await app.press('Check the disk')
    await app.sees('The disk is not in order.')
    await app.sees('Delete nothing. Back up once more')
    await app.sees('Back up now', '.ended .button.primary')
    await app.inspect('trouble-damaged')
    await app.go('home')
    await app.sees('Something on “Blue Disk” is damaged.')
    await app.inspect('trouble-damaged-home')
    await app.press('Back up now', '.verdict')
    await app.sees('Finished. Everything is saved.')
    await app.go('home')
    await app.press('Check the disk again', '.verdict')
    await app.sees('The disk is in order.')
    await app.go('home')
    await app.sees('You would keep everything up to', '.verdict')
  })

  it('the clock is wrong by a day: backward it is said, forward nothing bad comes of it', async () => {
    await backUp()
    await app.sees('Finished. Everything is saved.')
    await app.go('home')
    wrongDays = -1
    await app.page.reload()
    await app.sees('This computer’s clock seems to be wrong.')
    await app.inspect('trouble-clock')
    wrongDays = 1
    await app.page.reload()
    await app.sees('You would keep everything up to')
    wrongDays = 0
  })

  it('nothing was saved for days: a word at eight, a stronger one at fourteen', async () => {
    // Nobody looks at the disk any more: what that would see is another test's affair.
    await app.screens.desktop.settled()
    app.pull('BLUE')
    await app.screens.desktop.setEvery('day')
    wrongDays = 9
    await app.screens.desktop.tick()
    await app.page.reload()
    await app.sees('Waiting for “Blue Disk”')
    await app.sees('It has been 9 days. Plug it in when you can.')
    await app.sees('You would lose 9 days.')
    wrongDays = 15
    await app.page.reload()
    await app.sees('It has been 15 days. Please plug it in today.')
    expect(await app.page.$eval('.verdict', ({ className }) => className)).toContain('danger')
    await app.inspect('trouble-waiting')
    wrongDays = 0
    await app.screens.desktop.setEvery('never')
    app.plugIn('BLUE')
    await app.screens.desktop.tick()
  })

  it('Google ends the sign-in: sign in again, and why', async () => {
    const google = await Google.start()
    try {
      google.addUser('bob@gmail.com').gmail.add(message('g'), ['INBOX'], '2026-03-02T08:00:00.000Z')
      const { signIns } = app.screens.desktop
      const { id } = signIns.start({ provider: 'google', clientFile: JSON.stringify(google.clientFile()), keep: 'file' })
      await expect.poll(() => signIns.get(id).url).toBeTruthy()
      await (await fetch(await consent(signIns.get(id).url ?? '', google.ca, { email: 'bob@gmail.com' }))).text()
      await expect.poll(() => signIns.get(id).state).toBe('done')
      google.signIn.kill('bob@gmail.com', 'revoked')
      await backUp()
      await app.go('home')
      await app.press('Sign in again')
      await app.sees('Sign in with Google')
      await app.inspect('trouble-dead-sign-in')
      await inGerman(app.page, async (german) => {
        const advice = () => document.querySelector('.failure')?.textContent?.includes('Melden Sie sich neu an') === true
        await german.waitForFunction(advice)
      })
      await app.screens.desktop.removeAccount('bob@gmail.com')
    } finally {
      await google.stop()
    }
  })

  describeUnless(exfatMissing(), 'with a real exFAT disk', () => {
    let small: ExfatDisk
    beforeAll(async () => {
      small = await mountExfat(8)
      const bob = await dovecot.admin('bob').catch(async () => {
        writeFileSync(
          join(dovecot.root, 'users'),
          readFileSync(join(dovecot.root, 'users'), 'utf8').replace('changed', 'builder'),
        )
        await dovecot.restart()
        await app.screens.desktop.setPassword('bob', 'builder', new AbortController().signal)
        return await dovecot.admin('bob')
      })
      for (let at = 0; at < 14; at++) await bob.append('INBOX', message(`large${at}`, 40_000))
      await app.screens.desktop.disks.use({ path: small.dir, name: 'Small Disk' })
    })
    afterAll(async () => await small?.unmount())

    const backUpSmall = async () => {
      await app.go('home')
      await app.sees('Small Disk')
      await app.press('Back up', '.disk-card[aria-label="Small Disk"]')
      await app.page.waitForSelector('.ended')
    }

    it('the disk is full: what was saved is safe, make room', async () => {
      await backUpSmall()
      await app.sees('The disk is full')
      await app.sees('bob could not be saved to its end.')
      await app.sees('Make room on', '.ended')
      await app.sees('Add another disk', '.ended')
      await app.inspect('trouble-full')
      await app.go('home')
      await app.sees('You would lose what came since')
    })

    it('the disk goes away while it is used: plug it in again', async () => {
      await small.killDriver()
      await app.screens.desktop.tick()
      await app.go('home')
      await app.sees('Not plugged in', '.disk-card[aria-label="Small Disk"]')
      await small.remount()
      await app.screens.desktop.tick()
      await app.sees('Plugged in', '.disk-card[aria-label="Small Disk"]')
    })
  })
})
