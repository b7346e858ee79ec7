/** What takes long, watched while it runs: counting, amounts, the window closed on the way, a pause, an end at a safe point. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { forkJob, type SpawnJob } from '../../src/api/jobs/spawn.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { patience, until } from '../fixtures/patience.ts'
import { type Dovecot, dovecotMissing, startDovecot } from '../servers/dovecot.ts'
import { type ImapProxy, startImapProxy } from '../servers/imap-proxy.ts'
import { browserMissing } from '../viewer/page/browsers.ts'
import { polled, resize } from '../viewer/page/settled.ts'
import { type AppWindow, openWindow } from './window.ts'

const messages = 80
const message = (subject: string) =>
  Buffer.from(
    `From: a@example.net\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@x>\r\n\r\n${'A line of some length.\r\n'.repeat(2_000)}`,
  )

/** Something that waits until it is let go. */
class Hold {
  promise: Promise<void> | undefined
  #go: () => void = () => undefined
  set(): void {
    this.promise ??= new Promise((resolve) => (this.#go = resolve))
  }
  letGo(): void {
    this.promise = undefined
    this.#go()
  }
}

describeUnless(browserMissing('chromium') ?? dovecotMissing(), 'progress', () => {
  let app: AppWindow
  let dovecot: Dovecot
  let proxy: ImapProxy
  /** The server's answers; and how a job ended, as the app hears of it. */
  const [answers, endings] = [new Hold(), new Hold()]
  /** The client's command whose answer is held, and the server's line after which nothing more comes. */
  let [heldFrom, heldAfter]: ((line: string) => boolean)[] = []

  const spawn: SpawnJob = (request, { onMessage, onExit }) =>
    forkJob(request, {
      onMessage: (said) => {
        if (said.kind === 'progress' || endings.promise === undefined) onMessage(said)
        else void endings.promise.then(() => onMessage(said))
      },
      onExit: () => void Promise.resolve(endings.promise).then(() => onExit()),
    })

  beforeAll(async () => {
    dovecot = await startDovecot({ users: { bob: 'builder' } })
    const bob = await dovecot.admin('bob')
    for (let at = 0; at < messages; at++) await bob.append('INBOX', message(`m${at}`))
    proxy = await startImapProxy({ host: '127.0.0.1', port: dovecot.port })
    const hold = () => {
      answers.set()
      proxy.trouble.held = answers.promise as Promise<void>
    }
    proxy.trouble.rewriteCommand = (command) => {
      if (heldFrom?.(command)) hold()
      return command
    }
    proxy.trouble.rewriteAnswer = (line) => {
      if (heldAfter?.(line)) hold()
      return line
    }
    app = await openWindow({ spawn })
    const { desktop } = app.screens
    await desktop.setEvery('never')
    await desktop.disks.use({ path: app.plugIn('BLUE'), name: 'Blue Disk' })
    const settings = { host: '127.0.0.1', port: proxy.port, security: 'none', user: 'bob' }
    await desktop.addAccount(
      { id: 'bob@example.org', password: 'builder', keep: 'file', connections: [{ provider: 'imap', settings }] },
      new AbortController().signal,
    )
    await app.page.reload()
  })
  afterAll(async () => {
    goOn()
    endings.letGo()
    await app?.close()
    await proxy?.stop()
    await dovecot?.stop()
  })

  const goOn = () => {
    heldFrom = undefined
    heldAfter = undefined
    delete proxy.trouble.held
    delete proxy.trouble.delay
    answers.letGo()
  }
  const isList = (command: string) => /FETCH/.test(command) && !/BODY\.PEEK\[\]/.test(command)
  const jobs = () => app.screens.desktop.jobs.all()
  const contents = () => proxy.commands.filter((command) => /FETCH.*BODY\.PEEK\[\]/.test(command))
  const begin = async () => {
    await app.go('home')
    await app.press('Back up', '.disk-card')
    await app.page.waitForSelector('.running-card')
  }
  /** Of a window. */
  const reads = async (page: Page, expected: RegExp, within = 'main') => {
    await expect
      .poll(() => page.evaluate((where) => document.querySelector<HTMLElement>(where)?.innerText ?? '', within))
      .toMatch(expected)
  }

  it('counts first, and promises nothing meanwhile', async () => {
    heldFrom = isList
    await begin()
    await until(() => proxy.trouble.held !== undefined, 'the list to be held')
    await reads(app.page, /Counting what there is|Opening the disk|Reaching the server/, '.phase')
    expect(await app.text('.running-card')).not.toMatch(/left|per second/)
    expect(await app.page.$eval('[role="progressbar"]', (bar) => bar.getAttribute('aria-valuenow'))).toBeNull()
  })

  it('moves nothing for who wants no motion, and shows all the same that it is at work', async () => {
    const moving = (wish: 'no-preference' | 'reduce', count: number) =>
      app.page
        .emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: wish }])
        .then(() => app.page.waitForFunction((most) => document.getAnimations().length === most, polled, count))
    const sliding = () => app.page.$eval('.side', (menu) => getComputedStyle(menu).transitionDuration)
    // The bar, and the sign beside it in the menu.
    await moving('no-preference', 2)
    await resize(app.page, { width: 700, height: 700 })
    expect(await sliding()).toContain('0.18s')
    await moving('reduce', 0)
    expect(await app.page.$eval('.meter span', (bar) => bar.getBoundingClientRect().width)).toBeGreaterThan(50)
    expect(await sliding()).toBe('0s')
    await app.page.click('.top .menu')
    // At once: it does not slide.
    const open = await app.page.waitForSelector('.side.open')
    expect(await open?.evaluate((menu) => menu.getBoundingClientRect().left)).toBe(0)
    await app.page.keyboard.press('Escape')
    await app.page.waitForFunction(() => document.querySelector('.side.open') === null, polled)
    await app.page.emulateMediaFeatures([])
    await resize(app.page, { width: 1280, height: 900 })
  })

  it('then says how many of how many, how much, and how far each service of each account is', async () => {
    goOn()
    // Slower than the app is told how far it is.
    proxy.trouble.delay = 300
    let saved = 0
    heldAfter = (line) => /^\* \d+ FETCH .*BODY\[\]/.test(line) && ++saved > 15
    await until(() => proxy.trouble.held !== undefined, 'the messages to be held')
    await reads(app.page, /[1-9]\d* of 80/, '.phase')
    await reads(app.page, /[\d.]+ [kM]B of [\d.]+ MB/, '.amounts')
    await reads(app.page, /Mail bob@example\.org\s+Inbox\s+\d+ of 80/, '.tally')
    await app.page.waitForFunction(
      () => Number(document.querySelector('[role="progressbar"]')?.getAttribute('aria-valuenow')) > 0,
      polled,
    )
    await app.inspect('progress-running')
  })

  it('goes on when the window is closed, and is there again in the next', async () => {
    const window = await app.page.browser().newPage()
    window.setDefaultTimeout(patience)
    await app.page.goto('about:blank')
    expect(jobs().map(({ state }) => state)).toEqual(['running'])
    await window.goto(`http://127.0.0.1:${app.screens.served.port}/`)
    await reads(window, /Backing up\s+\d+ of 80/, '.job-strip')
    await window.close()
    await app.page.goto(`http://127.0.0.1:${app.screens.served.port}/#/progress`)
    await reads(app.page, /\d+ of 80/, '.phase')
    expect(jobs().map(({ state }) => state)).toEqual(['running'])
  })

  it('pauses at a safe point, and goes on from there', async () => {
    await app.press('Pause')
    await app.sees('Paused. What was saved is safe.')
    // Where the button stood that had the focus, the end has it now, and is read out.
    await app.page.waitForFunction(() => document.activeElement?.textContent === 'Paused. What was saved is safe.', polled)
    await app.inspect('progress-paused')
    goOn()
    proxy.forget()
    await app.press('Go on')
    await app.sees('Finished. Everything is saved.')
    const [paused, second] = jobs()
    expect([paused?.paused, second?.paused]).toEqual([true, false])
    await app.go('home')
    await app.sees('80 messages')
    expect(contents().length).toBeGreaterThan(0)
  })

  it('stops at a safe point', async () => {
    const bob = await dovecot.admin('bob')
    for (let at = 0; at < 5; at++) await bob.append('INBOX', message(`new${at}`))
    heldFrom = isList
    await begin()
    await until(() => proxy.trouble.held !== undefined, 'the answers to be held')
    await app.press('Stop')
    await app.sees('Stopped. What was saved is safe.')
    goOn()
    await app.press('Go on')
    await app.sees('Finished. Everything is saved.')
    await app.sees('5 new items')
  })

  it('shows a check, which begins anew rather than pausing', async () => {
    endings.set()
    await app.go('home')
    await app.press('Check the disk')
    await reads(app.page, /\d+ of \d+/, '.running-card')
    expect(await app.text('.running-card')).not.toContain('Pause')
    await app.inspect('progress-check')
    endings.letGo()
    await app.page.waitForSelector('.ended')
  })

  it('shows a proof', async () => {
    endings.set()
    await app.go('proof')
    await app.press('Prove it now')
    // How many of how many is there for a moment only; what it does last says whose it is.
    await reads(app.page, /bob@example\.org: /, '.running-card')
    expect(await app.text('.running-card')).not.toContain('Pause')
    endings.letGo()
    await app.page.waitForSelector('.ended')
  })

  it('shows what is brought back, which can pause', async () => {
    await app.go('restore')
    await app.page.waitForFunction(
      () => [...document.querySelectorAll('input')].some(({ value }) => value.includes('Lifeboat bob')),
      polled,
    )
    await app.press('See what would happen')
    await app.sees('This would happen')
    endings.set()
    await app.press('Bring it back')
    await reads(app.page, /\d+ of 85/, '.phase')
    await reads(app.page, /[\d.]+ MB of [\d.]+ MB/, '.amounts')
    expect(await app.text('.running-card')).toContain('Pause')
    await app.inspect('progress-restore')
    endings.letGo()
    await app.page.waitForSelector('.ended')
  })
})
