/** The life of the app over days: a disk that comes and goes, sleep and wake, problems that call for a person, the tray. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Home, Job } from '../../src/api/desktop/contract.ts'
import { describeUnless } from '../fixtures/corpus.ts'
import { until } from '../fixtures/patience.ts'
import { browserMissing, type StartedBrowser, startBrowser } from '../viewer/page/browsers.ts'
import { type StandIn, standIn } from './stand-in.ts'

const day = 86_400_000

describeUnless(browserMissing('chromium'), 'the desktop shell over days', () => {
  let folder: string
  let disk: string
  let started: StartedBrowser
  let electron: StandIn
  let later = 0
  let isThere = true
  const away = () => join(folder, 'drawer')

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-life-'))
    disk = join(folder, 'media', 'BLUE')
    for (const path of ['home', 'mail', 'bin', 'media/BLUE']) mkdirSync(join(folder, path), { recursive: true })
    vi.stubEnv('HOME', join(folder, 'home'))
    vi.stubEnv('LIFEBOAT_HOME', join(folder, 'settings'))
    vi.stubEnv('XDG_CONFIG_HOME', join(folder, 'config'))
    vi.stubEnv('PATH', `${join(folder, 'bin')}${delimiter}${process.env['PATH']}`)
    writeFileSync(join(folder, 'mail', 'one.eml'), 'Subject: One\r\n\r\nHello\r\n')
    started = await startBrowser('chromium')
    electron = await standIn(started.browser)
    vi.doMock('electron', () => electron.module)
    const { runShell } = await import('../../electron/shell.ts')
    runShell({
      now: () => new Date(Date.now() + later),
      mounts: async () => (isThere ? [{ path: disk, label: 'BLUE', kind: 'external', fileSystem: 'exfat' }] : []),
    })
    await until(() => electron.noted.windows[0]?.page, 'the window')
    const settings = { path: join(folder, 'mail') }
    await ask('POST', 'connect', { id: 'Old mail', connections: [{ provider: 'archive', settings }], keep: 'file' })
  })
  afterAll(async () => {
    let isOver = false
    if (electron !== undefined) {
      electron.app.once('quit', () => (isOver = true))
      ;(electron.module['app'] as { quit(): void }).quit()
      await until(() => isOver, 'the end')
      await electron.stop()
    }
    await started?.stop()
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  async function ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { 'content-type': 'application/json', origin: 'app://lifeboat' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await electron.noted.handler?.(new Request(`app://lifeboat/api/${path}`, { method, headers, ...sent }))
    if (!response?.ok) throw new Error(await response?.text())
    return (response.status === 204 ? null : await response.json()) as T
  }
  const backups = async () => (await ask<Job[]>('GET', 'jobs')).filter(({ kind }) => kind === 'backup')
  const page = () => electron.noted.windows.at(-1)?.page as Page
  const sees = async (words: string) => {
    await expect.poll(() => page().evaluate(() => document.body.innerText)).toContain(words)
  }
  const labels = () => electron.noted.menus.at(-1)?.map(({ label, type }) => label ?? type) ?? []
  const choose = async (label: string) => {
    const item = await until(() => electron.noted.menus.at(-1)?.find((one) => one.label === label), `"${label}" in the menu`)
    item.click?.(...([] as unknown as [never, never, never]))
  }
  const begun = async (count: number) => {
    await expect.poll(async () => (await backups()).length).toBe(count)
  }
  const ended = async (count: number) => {
    await expect.poll(async () => (await backups()).filter((job) => job.ended !== null).length).toBe(count)
    return (await backups()).at(-1)
  }
  const told = (words: string) => electron.noted.notifications.filter(({ title, body }) => `${title} ${body}`.includes(words))
  /** What the person looks at after the click. */
  const focused = () => page().evaluate(() => document.activeElement?.getAttribute('aria-label'))
  const wake = () => (electron.module['powerMonitor'] as { emit(name: string): void }).emit('resume')

  it('backs up to the disk from the tray, shows that it does, and says that the disk may go', async () => {
    // Not by itself: the tray is to do it.
    await ask('PATCH', 'settings', { every: 'never' })
    await ask('POST', 'disks', { path: disk, name: 'Blue Disk' })
    const { promise, resolve } = Promise.withResolvers<void>()
    electron.noted.held = promise
    await choose('Back up now (Blue Disk)')
    await expect.poll(labels).toContain('Backing up …')
    resolve()
    expect((await ended(1))?.state).toBe('done')
    await sees('You can unplug “Blue Disk” now')
    expect(told('')).toEqual([])
  })

  it('asks the system to eject the disk, and says why where the system does not', async () => {
    const asked = join(folder, 'asked')
    const gio = (code: number) => {
      writeFileSync(join(folder, 'bin', 'gio'), `#!/bin/sh\necho "$@" >>"${asked}"\nexit ${code}\n`)
      chmodSync(join(folder, 'bin', 'gio'), 0o755)
    }
    gio(1)
    await choose('Eject Blue Disk')
    await expect.poll(() => told('another program is using it')).toHaveLength(1)
    gio(0)
    await choose('Eject Blue Disk')
    await expect.poll(() => told('You can unplug “Blue Disk” now.')).toHaveLength(1)
    const command = `mount --unmount ${disk}\n`
    expect(readFileSync(asked, 'utf8')).toBe(command + command)
  })

  it('never asks to eject the computer’s own disk', async () => {
    const { folder: own } = await ask<{ folder: string }>('POST', 'practice', { name: 'Practice' })
    const { disks } = await ask<Home>('GET', 'home')
    const practice = disks.find((one) => one.folder === own)
    await expect(ask('POST', `disks/${practice?.id}/eject`)).rejects.toThrow('no disk that can be ejected')
    await ask('DELETE', `disks/${practice?.id}`)
    await ask('POST', 'disconnect', { account: 'Practice' })
  })

  it('backs up on wake what came due while the computer slept, and nothing that did not', async () => {
    await ask('PATCH', 'settings', { every: 'day' })
    wake()
    later = 2 * day
    wake()
    // The engine goes by the computer's clock: afterwards it is as if nobody had slept.
    await begun(2)
    later = 0
    expect((await ended(2))?.state).toBe('done')
    wake()
    await ask('GET', 'home')
    expect(await backups()).toHaveLength(2)
  })

  it('starts nothing while it is paused from the tray, and goes on when told to', async () => {
    // The pause is for a day of the computer's own clock.
    await ask('PATCH', 'settings', { pausedUntil: new Date(Date.now() + 5 * day).toISOString() })
    later = 4 * day
    wake()
    await choose('Go on')
    await begun(3)
    later = 0
    expect((await ended(3))?.state).toBe('done')
  })

  it('calls once for an account that cannot be saved, and the click leads to its card', async () => {
    renameSync(join(folder, 'mail'), join(folder, 'mail-away'))
    await choose('Back up now (Blue Disk)')
    await ended(4)
    await expect.poll(() => told('Old mail:')).toHaveLength(1)
    told('Old mail:')[0]?.click()
    await expect.poll(focused).toBe('Old mail')
    // It stays on Home until it is solved.
    await choose('Back up now (Blue Disk)')
    await ended(5)
    expect(told('Old mail:')).toHaveLength(1)
    renameSync(join(folder, 'mail-away'), join(folder, 'mail'))
    await choose('Back up now (Blue Disk)')
    expect((await ended(6))?.state).toBe('done')
  })

  it('reminds of a disk in the drawer after 8 days, more strongly after 14, and the click leads to its card', async () => {
    mkdirSync(away())
    await expect.poll(labels).toContain('Back up now (Blue Disk)')
    const backUpNow = electron.noted.menus.at(-1)?.find(({ label }) => label === 'Back up now (Blue Disk)')
    renameSync(disk, join(away(), 'BLUE'))
    isThere = false
    // The menu was open already.
    backUpNow?.click?.(...([] as unknown as [never, never, never]))
    await expect.poll(() => told('“Blue Disk”: the backup did not begin')).toHaveLength(1)
    expect(told('the backup did not begin')[0]?.body).toContain('Plug in "Blue Disk" and try again.')
    await ask('GET', 'home')
    later = 8 * day + 60_000
    wake()
    await expect.poll(() => told('Waiting for “Blue Disk”: 8 days')).toHaveLength(1)
    expect(told('8 days')[0]?.title).toBe('Lifeboat needs you soon')
    told('8 days')[0]?.click()
    await expect.poll(focused).toBe('Blue Disk')
    later = 14 * day + 60_000
    wake()
    await expect.poll(() => told('Waiting for “Blue Disk”: 14 days')).toHaveLength(1)
    expect(told('14 days')[0]?.title).toBe('Lifeboat needs you now')
    // The program starts anew: nobody is called twice for the same.
    const { showReminders } = await import('../../electron/reminders.ts')
    const [home, followers] = [await ask<Home>('GET', 'home'), [] as (() => void)[]]
    const [blue] = home.disks
    let disks = home.disks
    const anew = { home: async () => ({ ...home, disks }), follow: (follower: () => void) => followers.push(follower) }
    showReminders(anew as unknown as Parameters<typeof showReminders>[0], () => undefined)
    const notice = () => followers.forEach((follower) => void follower())
    notice()
    disks = [...home.disks, ...(blue === undefined ? [] : [{ ...blue, id: 'red', name: 'Red Disk' }])]
    notice()
    await expect.poll(() => told('Waiting for “Red Disk”')).toHaveLength(1)
    expect(told('Waiting for “Blue Disk”: 14 days')).toHaveLength(1)
    // An empty place where the disk used to be is no disk.
    mkdirSync(disk)
    isThere = true
    wake()
    await ask('GET', 'home')
    expect(existsSync(join(disk, 'Lifeboat'))).toBe(false)
    rmSync(disk, { recursive: true })
  })

  it('backs up by itself once the disk is back', async () => {
    renameSync(join(away(), 'BLUE'), disk)
    wake()
    await begun(7)
    later = 0
    expect((await ended(7))?.state).toBe('done')
  })

  it('keeps quiet where no notifications are wished', async () => {
    await ask('PATCH', 'settings', { notifications: false })
    const { length } = electron.noted.notifications
    renameSync(disk, join(away(), 'BLUE'))
    isThere = false
    later = 9 * day + 60_000
    wake()
    await expect.poll(async () => (await ask<Home>('GET', 'home')).disks[0]?.waitingDays).toBe(9)
    expect(electron.noted.notifications).toHaveLength(length)
  })

  it('starts with the computer where that is wished, without a window, and not any more where it is not', async () => {
    const entry = join(folder, 'config', 'autostart', 'lifeboat.desktop')
    await ask('PATCH', 'settings', { startAtLogin: true })
    if (process.platform === 'linux') {
      // As the Desktop Entry Specification writes the quotes of a path.
      await expect
        .poll(() => readFileSync(entry, 'utf8'))
        .toContain(`"${process.execPath}" "/opt/Lifeboat \\\\"here\\\\"" "--hidden"\n`)
    } else await expect.poll(() => electron.noted.loginItem).toEqual({ openAtLogin: true, args: ['--hidden'] })
    await ask('PATCH', 'settings', { startAtLogin: false })
    if (process.platform === 'linux') await expect.poll(() => existsSync(entry)).toBe(false)
    else await expect.poll(() => electron.noted.loginItem).toEqual({ openAtLogin: false, args: ['--hidden'] })
    const { isStartedHidden } = await import('../../electron/login.ts')
    expect([isStartedHidden(['lifeboat', '--hidden']), isStartedHidden(['lifeboat'])]).toEqual([true, false])
  })

  it('speaks as the window does, in the tray and in notifications', async () => {
    const speak = async (language: string) => {
      const field = 'select:has(option[value="de"])'
      await page().evaluate(() => location.assign('#/settings'))
      await page().waitForSelector(field)
      await page().select(field, language)
    }
    await ask('PATCH', 'settings', { notifications: true })
    await expect.poll(() => told('Waiting for “Blue Disk”: 9 days')).toHaveLength(1)
    await ask('PATCH', 'settings', { notifications: false })
    await speak('de')
    await expect.poll(labels).toEqual(expect.arrayContaining(['Pause bis morgen', 'Lifeboat öffnen', 'Beenden']))
    expect(labels()[0]).toMatch(/^Sicher bis: \d+\.\d+\.\d{4}, /)
    await ask('PATCH', 'settings', { notifications: true })
    await expect.poll(() => told('Es wird auf „Blue Disk“ gewartet: 9 Tage ohne Sicherung.')).toHaveLength(1)
    await speak('en')
    await expect.poll(labels).toContain('Pause until tomorrow')
    await page().evaluate(() => location.assign('#/home'))
  })

  it('goes on without a window, and the tray opens it again', async () => {
    await electron.noted.windows.at(-1)?.close()
    electron.app.emit('window-all-closed')
    expect(electron.noted.quits).toBe(0)
    await choose('Open Lifeboat')
    expect(electron.noted.windows).toHaveLength(2)
    await expect.poll(() => electron.noted.windows.at(-1)?.page ?? null).not.toBeNull()
    await sees('Waiting for “Blue Disk”')
  })
})
