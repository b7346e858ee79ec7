/** What a page in the window may do: show our own screens, and nothing else. */
import { app, type BrowserWindowConstructorOptions, type Session, shell, type WebContents } from 'electron'

export const scheme = 'app'
export const ownOrigin = `${scheme}://lifeboat`

/** Where providers explain app passwords, let people register programs, sign in, or ask for a locked account. */
const openable: readonly string[] = [
  ...[
    'google.com',
    'apple.com',
    'icloud.com',
    'microsoft.com',
    'microsoftonline.com',
    'live.com',
    'yahoo.com',
    'aol.com',
    'fastmail.com',
  ],
  ...['fastmail.help', 'mailbox.org', 'posteo.de', 'gmx.net', 'gmx.com', 'web.de', 'zoho.com', 'nextcloud.com', 'synology.com'],
  ...['ionos.com', 'ionos.de', 't-online.de', 'telekom.de', 'freenet.de', 'mail.com', 'proton.me', 'yandex.com', 'mail.ru'],
  ...['strato.de', 'gandi.net', 'ovhcloud.com', 'tuta.com'],
]

export function isOwnPage(url: string | undefined): boolean {
  return url !== undefined && URL.canParse(url) && url.startsWith(`${ownOrigin}/`)
}

/** What every window has: no more power than a browser's. */
export const walls = {
  ...{ sandbox: true, contextIsolation: true, nodeIntegration: false, nodeIntegrationInWorker: false },
  ...{ webSecurity: true, allowRunningInsecureContent: false, webviewTag: false, spellcheck: false },
} as const

/** A file of a disk, or what our own page took out of one: it is shown in a window of its own, in which nothing of it can run. */
function isOwnFile(url: string): boolean {
  return url.startsWith(`${ownOrigin}/disk/`) || url.startsWith(`blob:${ownOrigin}/`)
}

const fileWindow: BrowserWindowConstructorOptions = {
  ...{ width: 900, height: 1000, autoHideMenuBar: true, title: 'Lifeboat' },
  webPreferences: { ...walls },
}

/** Only over TLS, only to known hosts; to this computer where a practice account is signed in to. */
function mayOpen(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, hostname, username } = new URL(url)
  if (protocol !== 'https:' || username !== '') return false
  return hostname === '127.0.0.1' || openable.some((host) => hostname === host || hostname.endsWith(`.${host}`))
}

export function lockDown(session: Session): void {
  // Copying the diagnostics is all that a page may ask for.
  session.setPermissionRequestHandler((contents, permission, answer) => {
    answer(permission === 'clipboard-sanitized-write' && isOwnPage(contents.getURL()))
  })
  session.setPermissionCheckHandler((_, permission, origin) => {
    return permission === 'clipboard-sanitized-write' && isOwnPage(`${origin.replace(/\/$/, '')}/`)
  })
  app.on('web-contents-created', (_, contents) => lockContents(contents))
}

function lockContents(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    if (isOwnFile(url)) return { action: 'allow', overrideBrowserWindowOptions: fileWindow }
    if (mayOpen(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  for (const name of ['will-navigate', 'will-redirect'] as const) {
    contents.on(name as 'will-navigate', (event) => {
      if (!isOwnPage(event.url)) event.preventDefault()
    })
  }
}
