/** Microsoft's sign-in as a person goes through it: from the address over Microsoft's own pages, in the same browser, to the backup. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { filesBelow } from '../cli/command.ts'
import { type CommandLineWatch, watchCommandLines } from '../cli/command-lines.ts'
import { isWriting, Microsoft } from '../emulators/microsoft/microsoft.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { patience } from '../fixtures/patience.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled } from '../viewer/page/settled.ts'
import { type AppWindow, openWindow } from './window.ts'

describeUnless(browserMissing('chromium'), 'an account at Microsoft, through the screens', () => {
  let app: AppWindow
  let microsoft: Microsoft
  let watch: CommandLineWatch

  beforeAll(async () => {
    watch = watchCommandLines()
    process.env.LIFEBOAT_DEBUG = '1'
    microsoft = await Microsoft.start()
    const alice = microsoft.addUser('alice@outlook.com')
    for (let at = 0; at < 12; at++) alice.mail.add(`Subject: Letter ${at}\r\nMessage-ID: <${at}@x>\r\n\r\nHello.\r\n`)
    alice.contacts.add({ displayName: 'Ada Lovelace', emailAddresses: [{ address: 'ada@example.net' }] })
    alice.drive.add('List.csv', Buffer.from('Name,Amount\nBread,3\n'))
    const to = Array.from({ length: 5 }, (_, at) => `Person ${at} <p${at}@example.net>`).join(', ')
    alice.mail.add(`From: alice@outlook.com\r\nTo: ${to}\r\nSubject: To all\r\n\r\nHello.\r\n`, 'sentitems')
    microsoft.addUser('bob@outlook.com').mail.add('Subject: of Bob\r\n\r\nHello.\r\n')
    app = await openWindow({}, 'en', { trusting: true })
    app.plugIn('BLUE')
  })
  afterAll(async () => {
    watch.stop()
    delete process.env.LIFEBOAT_DEBUG
    await app?.close()
    await microsoft?.stop()
  })

  /** Opens the link that is offered, in a tab of its own as the browser does, and answers on Microsoft's page. */
  async function atMicrosoft(email: string, answer: 'accept' | 'cancel'): Promise<void> {
    const link = await app.page.waitForSelector('.browser-sign-in a')
    const browser = app.page.browser()
    // Its sign-in page knows nobody yet, as after "Use another account".
    const cookies = await browser.cookies()
    await browser.deleteCookie(...cookies.filter(({ name }) => /^_(?:session|interaction)/.test(name)))
    const opened = browser.waitForTarget((target) => target.url().startsWith(microsoft.origin), { timeout: patience })
    await link?.click()
    const tab = await (await opened).page()
    if (tab === null) throw new Error('no tab was opened')
    const field = await tab.waitForSelector('input[name=email]', polled)
    await field?.evaluate((input) => {
      ;(input as HTMLInputElement).value = ''
    })
    await field?.type(email)
    const words = answer === 'accept' ? 'You are signed in.' : 'You are not signed in.'
    await tab.click(`button[value=${answer}]`)
    await tab.waitForFunction((what) => document.body?.innerText.includes(what), polled, words)
    expect(new URL(tab.url()).hostname).toBe('localhost')
    await tab.close()
    await app.page.bringToFront()
  }

  it('is found by its address, and says what is wrong with an id that is none', async () => {
    await app.press('Set up in three steps')
    await app.fill('E-mail address', 'alice@outlook.com')
    await app.press('Find')
    await app.sees('Found: Microsoft')
    await app.sees('Public client/native')
    await app.inspect('connect-microsoft')
    await app.fill('The application ID', 'nonsense')
    await app.press('Sign in with Microsoft')
    await app.sees('looks like 11111111-2222-3333-4444-555555555555')
    await app.inspect('connect-microsoft-wrong-id')
  })

  it('says what to do when the person pressed Cancel at Microsoft', async () => {
    await app.fill('The application ID', JSON.stringify(microsoft.practiceFile()))
    await app.press('Sign in with Microsoft')
    await app.press('Yes, in a file')
    await app.sees('Waiting until you have signed in there')
    await app.inspect('connect-microsoft-waiting')
    // The person has closed the page, thinks better of it, and begins anew.
    await app.press('Cancel', '.browser-sign-in')
    await app.page.waitForFunction(() => document.querySelector('.browser-sign-in a') === null)
    await app.press('Sign in with Microsoft')
    await app.sees('Waiting until you have signed in there')
    await atMicrosoft('alice@outlook.com', 'cancel')
    await app.sees('The sign-in was cancelled in the browser.')
    await app.sees('press Accept')
    await app.inspect('connect-microsoft-cancelled')
  })

  it('signs in with the account that is chosen there, and saves it', async () => {
    await app.press('Sign in with Microsoft')
    await atMicrosoft('alice@outlook.com', 'accept')
    await app.sees('Which disk?')
    await app.press('BLUE')
    await app.fill('What do you call it?', 'Blue Disk')
    await app.press('Use this disk')
    await app.sees('Everything in alice@outlook.com goes to “Blue Disk”')
    await app.press('Start', '.begin-card')
    await app.sees('Finished. Everything is saved.')
    await app.press('Home', '.side')
    await app.sees('13 messages')
    await app.sees('1 contact')
    await app.sees('1 file')
    await app.sees('Nothing is missing')
    await app.inspect('home-microsoft')
    expect(microsoft.requests.filter(isWriting)).toEqual([])
    expect(microsoft.signIn.authorizations.at(-1)?.get('prompt')).toBe('select_account')
  })

  it('asks for the sign-in again when Microsoft ends it, and takes nobody else’s', async () => {
    microsoft.signIn.kill('alice@outlook.com', 'inactive-90-days')
    microsoft.signIn.expireAccessTokens()
    await app.press('Back up', '.disk-card')
    await app.sees('could not be saved to its end')
    await app.inspect('backup-microsoft-ended')
    await app.press('Home', '.side')
    await app.press('Sign in again')
    await app.press('Sign in with Microsoft')
    await atMicrosoft('bob@outlook.com', 'accept')
    await app.sees('you signed in as bob@outlook.com. Nothing has changed.')
    await app.inspect('microsoft-somebody-else')
    await app.press('Sign in with Microsoft')
    await atMicrosoft('alice@outlook.com', 'accept')
    await app.sees('Signed in. Backups go on as before.')
    await app.press('Home', '.side')
    await app.press('Back up', '.disk-card')
    await app.sees('Finished. Everything is saved.')
  })

  it('shows inside what stands in a table, and how many a message went to', async () => {
    await app.press('Look inside', '.side')
    // The answer to the click has the same heading.
    await app.sees('Everything here is from your accounts')
    await app.page.evaluate(() => location.assign('#/files'))
    await app.sees('List.csv', '.file-line')
    await app.page.$eval('.option', (option) => (option as HTMLElement).click())
    await app.press('Show as text', 'dialog')
    await app.sees('Bread,3', '.preview')
    await app.page.evaluate(() => location.assign('#/mail?folder=all'))
    await app.sees('Person 0, Person 1, Person 2 and 2 more', '.mail-who')
  })

  it('leaves nothing of the sign-ins in settings, log, arguments, screen or disk', async () => {
    const canaries = microsoft.signIn.secretsGivenOut().filter((text) => text.length > 20)
    expect(canaries.length).toBeGreaterThan(10)
    const files = filesBelow(app.folder)
    const places = [
      ...files.filter(({ path }) => !path.endsWith('/secrets.json')),
      ...[...watch.seen].map((text) => ({ path: 'argv', text })),
      { path: 'screen', text: await app.page.content() },
    ]
    // The search went over the vault and the settings; a log is there where something was noted.
    for (const known of [/BLUE.*\.mbox$/, /\/config\/[\w.-]+\.json$/])
      expect(
        places.some(({ path }) => known.test(path)),
        String(known),
      ).toBe(true)
    for (const canary of canaries) expect(places.filter(({ text }) => text.includes(canary)).map(({ path }) => path)).toEqual([])
    const kept = files.find(({ path }) => path.endsWith('/secrets.json'))
    expect(canaries.some((canary) => kept?.text.includes(canary))).toBe(true)
  })
})
