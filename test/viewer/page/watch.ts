/** What a page does that it must not: scripts of others, dialogs, navigations, windows, requests. */
import type { Page } from 'puppeteer-core'

declare global {
  interface Window {
    /** Grows when a hostile script ran. */
    ran: unknown[]
  }
}

export interface Watched {
  /** One line per thing that happened. */
  readonly events: string[]
  /** Those and what hostile scripts left. */
  all(): Promise<string[]>
}

/** Call before the page is opened. */
export async function watch(page: Page): Promise<Watched> {
  const events: string[] = []
  page.on('dialog', (dialog) => {
    events.push(`dialog: ${dialog.message().slice(0, 80)}`)
    void dialog.dismiss()
  })
  page.on('framenavigated', (frame) => {
    const url = frame.url()
    // Chromium's own pages: in place of a frame that the policy refused, and its PDF viewer, whose frames may have no address yet.
    if (/^(?:$|about:(?:srcdoc|blank)|chrome-error:|chrome-extension:)/.test(url) || /\/START%20HERE\.html(?:#|$)/.test(url))
      return
    // A frame in a message's frame is a part of the message that was loaded; the message's own frame must not go anywhere.
    const isInner = frame.parentFrame()?.parentFrame() != null
    events.push(`${isInner ? 'inner frame' : 'navigation'}: ${url.slice(0, 300)}`)
  })
  page.on('pageerror', (error) => {
    // Firefox's word for a picture that is damaged in the account itself; nothing failed in the page.
    if (/^(?:Error: )?Image corrupt or truncated\b/.test(String(error))) return
    events.push(`error: ${String(error).slice(0, 200)}`)
  })
  page.on('popup', (popup) => events.push(`window: ${popup?.url().slice(0, 300)}`))
  page.on('request', (request) => {
    // Chromium's PDF viewer is an extension of its own.
    if (!/^(?:file|data|blob|about|chrome|chrome-extension):/.test(request.url()))
      events.push(`request: ${request.url().slice(0, 300)}`)
    else if (request.url().startsWith('file:') && !isOurs(request.url())) events.push(`file: ${request.url().slice(0, 300)}`)
  })
  await page.evaluateOnNewDocument(() => {
    window.ran ??= []
    for (const name of ['alert', 'confirm', 'prompt', 'print'] as const) {
      window[name] = (): never => {
        ;(window.top ?? window).ran.push(name)
        throw new Error('hostile')
      }
    }
  })
  return {
    events,
    all: async () => [...events, ...(await page.evaluate(() => window.ran.map((what) => `script: ${String(what)}`)))],
  }
}

function isOurs(url: string): boolean {
  return /\/(?:START%20HERE\.html|viewer-[0-9a-f]{32}\/[a-z0-9-]+\.js)(?:#|$)/.test(url)
}
