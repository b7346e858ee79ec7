/** The browsers that people have, started on an empty profile, without a window and without the network. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'
import { patience } from '../../fixtures/patience.ts'

export const browserNames = ['chromium', 'firefox'] as const
export type BrowserName = (typeof browserNames)[number]

const programs = { chromium: '/usr/bin/chromium', firefox: '/usr/bin/firefox-esr' } as const

const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/** Nothing of Firefox's own may reach for the network, or the tests that count requests would count it. */
const firefoxPreferences = {
  'app.normandy.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'datareporting.healthreport.uploadEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,none',
  // As people have it: the driver would switch these off, and the walls would not be tried.
  'network.dns.disablePrefetch': false,
  'network.dns.disablePrefetchFromHTTPS': false,
  'network.prefetch-next': true,
  'network.http.speculative-parallel-limit': 6,
}

/** Why the browser cannot be used here, or null. */
export function browserMissing(name: BrowserName): string | null {
  return existsSync(programs[name]) ? null : `no ${programs[name]}`
}

export interface StartedBrowser {
  readonly name: BrowserName
  readonly browser: Browser
  /** A page that waits as long as every test does. */
  newPage(): Promise<Page>
  /** Where files are saved. */
  readonly downloads: string
  stop(): Promise<void>
}

export interface BrowserOptions {
  /** Where the browser notes which names it looks up (Firefox: its log; Chromium: its net log). */
  readonly logFile?: string | null
  /** The computer's, as an IANA name; else what it is. */
  readonly timezone?: string | undefined
  /** It believes servers whose certificates nobody known has signed, as the emulators' are. */
  readonly trusting?: boolean
}

export async function startBrowser(
  name: BrowserName,
  { logFile = null, timezone, trusting = false }: BrowserOptions = {},
): Promise<StartedBrowser> {
  const profile = mkdtempSync(join(tmpdir(), `lifeboat-${name}-`))
  const downloads = join(profile, 'saved')
  mkdirSync(downloads)
  const browser = await puppeteer.launch({
    browser: name === 'firefox' ? 'firefox' : 'chrome',
    executablePath: programs[name],
    headless: true,
    acceptInsecureCerts: trusting,
    // A thousand messages in one call of the page.
    protocolTimeout: 10 * patience,
    userDataDir: profile,
    args: name === 'chromium' ? [...chromiumFlags, ...(logFile ? [`--log-net-log=${logFile}`] : [])] : [],
    env: {
      ...process.env,
      HOME: profile,
      ...(timezone === undefined ? {} : { TZ: timezone }),
      ...(logFile && name === 'firefox' ? { MOZ_LOG: 'nsHostResolver:5,sync', MOZ_LOG_FILE: logFile } : {}),
    },
    ...(name === 'firefox'
      ? { extraPrefsFirefox: { ...firefoxPreferences, 'browser.download.dir': downloads, 'browser.download.folderList': 2 } }
      : {}),
  })
  if (name === 'chromium') {
    const session = await browser.target().createCDPSession()
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads })
  }
  return {
    name,
    browser,
    downloads,
    async newPage() {
      const page = await browser.newPage()
      page.setDefaultTimeout(patience)
      return page
    },
    async stop() {
      await browser.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}
