/** The desktop shell: one window on the same screens that a browser gets, a tray, and nothing of its own to decide. */
import { app, type BrowserWindow, dialog, ipcMain, powerMonitor, protocol, session, shell } from 'electron'
import { createApp } from '../src/api/app.ts'
import { Desktop } from '../src/api/desktop/desktop.ts'
import { createSite } from '../src/api/http/site.ts'
import { Jobs } from '../src/api/jobs/jobs.ts'
import { isOwnPage, lockDown, ownOrigin, scheme } from './guard.ts'
import { routeFor, routeIn } from './open-file.ts'
import { lookInUtility, spawnInUtility } from './processes.ts'
import { answerWith } from './protocol.ts'
import { showReminders } from './reminders.ts'
import { createTray } from './tray.ts'
import { followUpdates } from './updates.ts'
import { createWindow } from './window.ts'

protocol.registerSchemesAsPrivileged([
  { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true } },
])
app.enableSandbox()

let window: BrowserWindow | null = null
let quitting = false
let isRunning = false
/** What somebody opened before the window could be there. */
let asked: string | null = null

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

async function run(): Promise<void> {
  // macOS names the file so, perhaps before everything else.
  app.on('open-file', (event, path) => {
    event.preventDefault()
    asked = routeFor(path)
    if (asked !== null && isRunning) show(asked)
  })
  await app.whenReady()
  const jobs = new Jobs(spawnInUtility, () => new Date())
  const desktop = new Desktop({
    ...{ app: createApp(), jobs, look: lookInUtility },
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
  powerMonitor.on('resume', () => void desktop.tick())
  const tray = createTray({ desktop, show, quit: () => app.quit() })
  void followUpdates((version) => tray.offer(version))
  showReminders(desktop, show)
  desktop.follow(
    () => void desktop.home().then(({ settings }) => app.setLoginItemSettings({ openAtLogin: settings.startAtLogin })),
  )
  app.on('second-instance', (_, argv) => show(routeIn(argv) ?? ''))
  app.on('activate', () => show())
  // The work goes on without a window; the tray opens it again.
  app.on('window-all-closed', () => undefined)
  app.on('before-quit', (event) => {
    if (quitting) return
    event.preventDefault()
    quitting = true
    void jobs
      .close()
      .then(() => desktop.close())
      .finally(() => app.quit())
  })
  const opened = asked ?? routeIn(process.argv)
  asked = null
  isRunning = true
  if (opened !== null || !process.argv.includes('--hidden')) show(opened ?? '')
}

if (app.requestSingleInstanceLock()) void run()
else app.quit()
