/** `npm run pictures`: makes the pictures of the README anew, in `assets/pictures/`: the sample account, saved and proven, in a real browser. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mount } from '../../src/api/desktop/volumes.ts'
import type { JobRequest } from '../../src/api/jobs/job.ts'
import { type ServedScreens, serveScreens } from '../../src/api/screens.ts'
import { until } from '../fixtures/patience.ts'
import { browserMissing, startBrowser } from '../viewer/page/browsers.ts'
import { settled } from '../viewer/page/settled.ts'

const pictures = fileURLToPath(new URL('../../assets/pictures/', import.meta.url))
const sample = fileURLToPath(new URL('../../assets/sample-account', import.meta.url))
/** As GitHub shows them, and sharp on fine displays. */
const size = { width: 1100, height: 740, deviceScaleFactor: 2 }

const missing = browserMissing('chromium')
if (missing !== null) {
  process.stderr.write(`The pictures cannot be made here: ${missing}.\n`)
  process.exit(1)
}
const folder = mkdtempSync(join(tmpdir(), 'lifeboat-pictures-'))
process.env.HOME = folder
process.env.LIFEBOAT_HOME = join(folder, 'settings')
const disk: Mount = { path: join(folder, 'BLUE'), label: 'BLUE', kind: 'external', fileSystem: 'exfat' }
mkdirSync(disk.path)
mkdirSync(pictures, { recursive: true })
try {
  await using screens = await serveScreens(0, { mounts: async () => [disk] })
  await savedAndProven(screens)
  await takePictures(screens)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function savedAndProven({ desktop }: ServedScreens): Promise<void> {
  await desktop.setEvery('never')
  await desktop.app.addAccount({
    id: 'nora@example.org',
    connections: [{ provider: 'archive', settings: { path: sample, name: 'My Drive' } }],
  })
  const { folder: vault } = await desktop.disks.use({ path: disk.path, name: 'Blue Disk' })
  const jobs: JobRequest[] = [
    { kind: 'backup', request: { vault, attachments: true } },
    { kind: 'drill', request: { vault, language: 'en' } },
  ]
  for (const job of jobs) {
    const { id } = await desktop.startJob(job)
    await until(() => ['done', 'failed'].includes(desktop.jobs.get(id).state), `the ${job.kind}`)
    await desktop.settled()
  }
  await desktop.setEvery('day')
}

async function takePictures({ served }: ServedScreens): Promise<void> {
  const browser = await startBrowser('chromium')
  try {
    const page = await browser.newPage()
    await page.setViewport(size)
    await page.goto(served.url)
    await page.waitForSelector('.verdict.good')
    await settled(page)
    for (const theme of ['light', 'dark']) {
      await page.emulateMediaFeatures([
        { name: 'prefers-color-scheme', value: theme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ])
      await page.screenshot({ path: join(pictures, `home-${theme}.png`) })
      process.stdout.write(`${join(pictures, `home-${theme}.png`)}\n`)
    }
  } finally {
    await browser.stop()
  }
}
