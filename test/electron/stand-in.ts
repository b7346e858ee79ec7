/**
 * Stands in for the module `electron`: a `BrowserWindow` is a real page of Chromium, `app://lifeboat` is answered by the handler
 * that the shell gave, a utility process is a real process. What is asked of it is noted, so that a test can look.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { BrowserWindowConstructorOptions, ForkOptions, MenuItemConstructorOptions, Privileges } from 'electron'
import type { Browser, Page } from 'puppeteer-core'
import { patience } from '../fixtures/patience.ts'

type Handler = (request: Request) => Response | Promise<Response>

export interface Noted {
  readonly windows: FakeWindow[]
  readonly opened: string[]
  readonly shownPaths: string[]
  readonly schemes: { readonly scheme: string; readonly privileges?: Privileges }[]
  readonly notifications: { readonly title: string; readonly body: string; click(): void }[]
  readonly menus: MenuItemConstructorOptions[][]
  readonly ipc: Map<string, (event: { readonly senderFrame: { readonly url: string } }) => unknown>
  readonly forked: { readonly path: string; readonly v8Flags: readonly string[] }[]
  handler: Handler | null
  sandboxed: boolean
  appId: string
  quits: number
  loginItem: unknown
  permissionRequest: ((contents: { getURL(): string }, permission: string, answer: (granted: boolean) => void) => void) | null
  permissionCheck: ((contents: null, permission: string, origin: string) => boolean) | null
  /** What the dialog answers. */
  picked: string | null
  /** Processes get nothing to do before. */
  held: Promise<unknown> | null
}

export interface StandIn {
  readonly noted: Noted
  readonly module: Record<string, unknown>
  readonly app: EventEmitter
  stop(): Promise<void>
}

class FakeContents extends EventEmitter {
  openHandler: ((details: { readonly url: string }) => { readonly action: string }) | null = null
  url = ''
  setWindowOpenHandler(handler: (details: { readonly url: string }) => { readonly action: string }): void {
    this.openHandler = handler
  }
  getURL(): string {
    return this.url
  }
}

export class FakeWindow extends EventEmitter {
  readonly webContents = new FakeContents()
  readonly options: BrowserWindowConstructorOptions
  shown = 0
  page: Page | null = null
  readonly loads: string[] = []
  #isClosed = false
  readonly #open: (window: FakeWindow, url: string) => Promise<Page>
  constructor(options: BrowserWindowConstructorOptions, open: (window: FakeWindow, url: string) => Promise<Page>) {
    super()
    this.options = options
    this.#open = open
  }
  async loadURL(url: string): Promise<void> {
    this.loads.push(url)
    this.webContents.url = url
    this.page = await this.#open(this, url)
    this.emit('ready-to-show')
  }
  isDestroyed = () => this.#isClosed
  /** As a person closes it. */
  async close(): Promise<void> {
    await this.page?.close()
    this.page = null
    this.#isClosed = true
    this.emit('closed')
  }
  isMinimized = () => false
  restore = () => undefined
  focus = () => undefined
  show = () => {
    this.shown++
  }
}

/** In the child: what Electron gives a utility process, over Node's own channel. */
const utilityShim = `
import { EventEmitter } from 'node:events'
const port = new EventEmitter()
port.postMessage = (message) => process.send(message)
process.parentPort = port
process.on('message', (data) => port.emit('message', { data }))
await import(process.env.UTILITY_MODULE)
`

export async function standIn(browser: Browser): Promise<StandIn> {
  const app = new EventEmitter()
  const noted: Noted = {
    ...{ windows: [], opened: [], shownPaths: [], schemes: [], notifications: [], menus: [], ipc: new Map(), forked: [] },
    ...{
      handler: null,
      sandboxed: false,
      appId: '',
      quits: 0,
      loginItem: null,
      permissionRequest: null,
      permissionCheck: null,
      picked: null,
      held: null,
    },
  }
  const server = await serveHandler(noted)
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const toOwn = (url: string): string => (url.startsWith(origin) ? url.replace(origin, 'app://lifeboat') : url)
  const children = new Set<ChildProcess>()

  const open = async (window: FakeWindow, url: string): Promise<Page> => {
    if (window.page) {
      await window.page.goto(url.replace('app://lifeboat', origin))
      return window.page
    }
    const page = await browser.newPage()
    page.setDefaultTimeout(patience)
    await page.exposeFunction('electronInvoke', (name: string) =>
      noted.ipc.get(name)?.({ senderFrame: { url: toOwn(page.url()) } }),
    )
    await page.evaluateOnNewDocument(preloadScript(String(window.options.webPreferences?.preload)))
    await page.setRequestInterception(true)
    page.on('request', (request) => {
      const isVisit = request.isNavigationRequest() && request.frame() === page.mainFrame() && page.url() !== 'about:blank'
      let prevented = false
      const event = { url: toOwn(request.url()), preventDefault: () => (prevented = true) }
      if (isVisit) window.webContents.emit('will-navigate', event)
      // No content: the page stays as it is.
      void (prevented ? request.respond({ status: 204 }) : request.continue())
    })
    page.on('popup', (popup) => {
      if (!popup) return
      const wanted = popup.url()
      void popup.close().catch(() => undefined)
      window.webContents.openHandler?.({ url: wanted })
    })
    await page.goto(url.replace('app://lifeboat', origin))
    return page
  }

  const module = {
    app: Object.assign(app, {
      enableSandbox: () => (noted.sandboxed = true),
      setAppUserModelId: (id: string) => (noted.appId = id),
      whenReady: async () => undefined,
      requestSingleInstanceLock: () => true,
      getLocale: () => 'en-GB',
      ...{
        isPackaged: false,
        getAppPath: () => '/opt/Lifeboat "here"',
        getLoginItemSettings: () => ({ wasOpenedAtLogin: false }),
      },
      setLoginItemSettings: (settings: unknown) => (noted.loginItem = settings),
      quit: () => {
        noted.quits++
        let prevented = false
        app.emit('before-quit', { preventDefault: () => (prevented = true) })
        if (!prevented) app.emit('quit')
      },
    }),
    BrowserWindow: class extends FakeWindow {
      constructor(options: BrowserWindowConstructorOptions) {
        super(options, open)
        noted.windows.push(this)
        app.emit('web-contents-created', {}, this.webContents)
      }
    },
    protocol: {
      registerSchemesAsPrivileged: (schemes: Noted['schemes']) => noted.schemes.push(...schemes),
      handle: (_scheme: string, handler: Handler) => (noted.handler = handler),
    },
    session: {
      defaultSession: {
        setPermissionRequestHandler: (handler: Noted['permissionRequest']) => (noted.permissionRequest = handler),
        setPermissionCheckHandler: (handler: Noted['permissionCheck']) => (noted.permissionCheck = handler),
      },
    },
    ipcMain: { handle: (name: string, handler: never) => noted.ipc.set(name, handler) },
    dialog: { showOpenDialog: async () => ({ filePaths: noted.picked === null ? [] : [noted.picked] }) },
    shell: {
      openExternal: async (url: string) => noted.opened.push(url),
      openPath: async (path: string) => noted.shownPaths.push(path),
    },
    powerMonitor: new EventEmitter(),
    nativeImage: { createFromPath: (path: string) => readFileSync(path) },
    Menu: { buildFromTemplate: (template: MenuItemConstructorOptions[]) => template },
    Tray: class extends EventEmitter {
      setToolTip = () => undefined
      setContextMenu = (menu: MenuItemConstructorOptions[]) => noted.menus.push(menu)
    },
    Notification: class extends EventEmitter {
      constructor({ title, body }: { title: string; body: string }) {
        super()
        noted.notifications.push({ title, body, click: () => this.emit('click') })
      }
      show = () => undefined
    },
    utilityProcess: {
      fork(path: string, _args: readonly string[], { execArgv = [] }: ForkOptions) {
        const v8Flags = execArgv.flatMap((flag) => /^--js-flags=(.+)/.exec(flag)?.[1]?.split(' ') ?? [])
        noted.forked.push({ path, v8Flags })
        const child = fork('data:text/javascript', [], {
          execArgv: [...v8Flags, '--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', utilityShim],
          env: { ...process.env, UTILITY_MODULE: path },
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        })
        children.add(child)
        child.on('exit', () => children.delete(child))
        const postMessage = async (message: never) => {
          await noted.held
          if (child.connected) child.send(message)
        }
        return Object.assign(child, { postMessage })
      },
    },
  }
  return {
    ...{ noted, module, app },
    async stop() {
      for (const child of children) child.kill()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** `http://127.0.0.1:PORT/…` → `app://lifeboat/…`, as Chromium inside Electron would ask. */
function serveHandler(noted: Noted): Promise<Server> {
  const listener = getRequestListener(
    async (request) => {
      const url = new URL(request.url)
      const headers = new Headers(request.headers)
      if (headers.get('origin') === url.origin) headers.set('origin', 'app://lifeboat')
      const body = request.method === 'GET' ? undefined : await request.arrayBuffer()
      const own = new Request(`app://lifeboat${url.pathname}${url.search}`, {
        ...{ method: request.method, headers, signal: request.signal },
        ...(body === undefined ? {} : { body }),
      })
      return (await noted.handler?.(own)) ?? new Response('No handler', { status: 500 })
    },
    { overrideGlobalObjects: false },
  )
  const server = createServer((request, response) => void listener(request, response))
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

/** The preload script as it is, with what a sandboxed one may require. */
function preloadScript(path: string): string {
  return `(() => {
    const electron = {
      contextBridge: { exposeInMainWorld: (name, value) => Object.defineProperty(globalThis, name, { value: Object.freeze(value) }) },
      ipcRenderer: { invoke: (name) => globalThis.electronInvoke(name) },
    }
    const require = (name) => { if (name !== 'electron') throw new Error('not in the sandbox: ' + name); return electron }
    ${readFileSync(path, 'utf8')}
  })()`
}
