/** The desktop shell: one window on the same screens that a browser gets, a tray, and nothing of its own to decide. */
import { app, type BrowserWindow, dialog, ipcMain, powerMonitor, protocol, session, shell } from 'electron'
import { createApp } from '../src/api/app.ts'
import { Desktop, type DesktopOptions } from '../src/api/desktop/desktop.ts'
import { createSite } from '../src/api/http/site.ts'
import { Jobs } from '../src/api/jobs/jobs.ts'
import { oneByOne } from '../src/core/one-by-one.ts'
import { isOwnPage, lockDown, ownOrigin, scheme } from './guard.ts'
import { isStartedHidden, startAtLogin } from './login.ts'
import { routeFor, routeIn } from './open-file.ts'
import { lookInUtility, spawnInUtility } from './processes.ts'
import { answerWith } from './protocol.ts'
import { showReminders } from './reminders.ts'
import { createTray } from './tray.ts'
import { followUpdates } from './updates.ts'
import { createWindow } from './window.ts'

/** What a test has instead: disks and a clock. */
type Surroundings = Pick<DesktopOptions, 'mounts' | 'now'>

let window: BrowserWindow | null = null
/** `closing`: what runs comes to a safe point first. */
let quitting: 'no' | 'closing' | 'done' = 'no'

/** Before Electron is ready: some of it cannot be said later. */
export function runShell(surroundings: Surroundings = {}): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
  ])
  app.enableSandbox()
  // Windows shows notifications only of programs that it knows by the name in `electron-builder.json`.
  app.setAppUserModelId('app.lifeboat')
  if (app.requestSingleInstanceLock()) void run(surroundings)
  else app.quit()
}

/** `route`: of the screens, e.g. `#/progress`. */
function show(route = ''): void {
  if (window === null || window.isDestroyed()) {
    window = createWindow(`${ownOrigin}/${route}`)
    return
  }
  if (route !== '') void window.loadURL(`${ownOrigin}/${route}`)
  if (window.isMinimized()) window.restore()
  window.show()
  window.focus()
}

async function run(surroundings: Surroundings): Promise<void> {
  const takeOpened = followOpened()
  await app.whenReady()
  const jobs = new Jobs(spawnInUtility, () => new Date())
  const desktop = new Desktop({
    ...{ app: createApp(), jobs, look: lookInUtility, ...surroundings },
    // The system says in its own words where it could not.
    open: (target) => {
      void (target.startsWith('https://') ? shell.openExternal(target) : shell.openPath(target))
      return true
    },
  })
  lockDown(session.defaultSession)
  protocol.handle(scheme, answerWith(createSite(desktop)))
  ipcMain.handle('pick-folder', async (event) => {
    if (window === null || !isOwnPage(event.senderFrame?.url)) return null
    const { filePaths } = await dialog.showOpenDialog(window, { properties: ['openDirectory', 'createDirectory'] })
    return filePaths[0] ?? null
  })

  desktop.start()
  // On wake, what came due while the computer slept is looked for at once.
  powerMonitor.on('resume', () => void desktop.tick().catch(() => undefined))
  const tray = createTray({ desktop, show, quit: () => app.quit() })
  void followUpdates((version) => tray.offer(version))
  showReminders(desktop, show)
  followLogin(desktop)
  app.on('second-instance', (_, argv, folder) => show(routeIn(argv, folder) ?? ''))
  app.on('activate', () => show())
  // The work goes on without a window; the tray opens it again.
  app.on('window-all-closed', () => undefined)
  quitAtSafePoint(jobs, desktop)
  const opened = takeOpened() ?? routeIn(process.argv)
  if (opened !== null || !isStartedHidden(process.argv)) show(opened ?? '')
}

/** macOS names the file that somebody opens so, perhaps before everything else. Answers how to take over what came by then. */
function followOpened(): () => string | null {
  let early: string | null = null
  let isTaken = false
  app.on('open-file', (event, path) => {
    event.preventDefault()
    const route = routeFor(path)
    if (!isTaken) early = route
    else if (route !== null) show(route)
  })
  return () => {
    isTaken = true
    return early
  }
}

function followLogin(desktop: Desktop): void {
  let last: boolean | null = null
  const apply = oneByOne(async () => {
    const { settings } = await desktop.home()
    if (settings.startAtLogin === last) return
    last = settings.startAtLogin
    await startAtLogin(settings.startAtLogin)
  })
  desktop.follow(apply)
}

function quitAtSafePoint(jobs: Jobs, desktop: Desktop): void {
  app.on('before-quit', (event) => {
    if (quitting === 'done') return
    event.preventDefault()
    // Whoever is impatient and quits again does not cut it short.
    if (quitting === 'closing') return
    quitting = 'closing'
    void jobs
      .close()
      .then(() => desktop.close())
      .finally(() => {
        quitting = 'done'
        app.quit()
      })
  })
}
