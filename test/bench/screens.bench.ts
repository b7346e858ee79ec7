/**
 * How quickly the app answers with a large vault: every screen, while nothing runs and while a check of the disk runs.
 * `--messages` and `--files`: how much to make (100,000 and 50,000 by default); `--in FOLDER` keeps and uses what was made there.
 */
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { createApp } from '../../src/api/app.ts'
import { serveScreens } from '../../src/api/screens.ts'
import { startBrowser } from '../viewer/page/browsers.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    files: { type: 'string', default: '50000' },
    in: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
})
const [messages, files] = values.small ? [2_000, 1_000] : [Number(values.messages), Number(values.files)]
const folder = values.in === undefined ? mkdtempSync(join(tmpdir(), 'lifeboat-screens-')) : resolve(values.in)
const vault = join(folder, 'vault')
process.env.LIFEBOAT_HOME = join(folder, 'home')

if (!existsSync(join(vault, 'bagit.txt'))) await makeVault()
await measure()
if (values.in === undefined) rmSync(folder, { recursive: true, force: true })

async function makeVault(): Promise<void> {
  mkdirSync(join(folder, 'mail'), { recursive: true })
  const out = createWriteStream(join(folder, 'mail', 'Inbox.mbox'))
  for (let at = 0; at < messages; at++) {
    const date = new Date(Date.UTC(2015, 0, 1) + at * 3_000_000).toUTCString()
    const head = `From: Person ${at % 500} <p${at % 500}@example.net>\nSubject: Message ${at} about ${at % 777}\nMessage-ID: <m${at}@example.net>\nDate: ${date}`
    const text = `From a@b Thu Jan  1 00:00:00 2015\n${head}\n\nMessage ${at}. ${'Some words. '.repeat(12)}\n\n`
    if (!out.write(text)) await new Promise((done) => out.once('drain', () => done(null)))
  }
  await new Promise<void>((done) => out.end(() => done()))
  for (let at = 0; at < files; at++) {
    const place = join(folder, 'files', `folder ${Math.floor(at / 500)}`)
    if (at % 500 === 0) mkdirSync(place, { recursive: true })
    writeFileSync(join(place, `file ${at}.txt`), `File ${at}\n`)
  }
  const app = createApp()
  await app.addAccount({
    id: 'mail',
    connections: [{ provider: 'archive', services: ['mail'], settings: { path: join(folder, 'mail') } }],
  })
  await app.addAccount({
    id: 'papers',
    connections: [{ provider: 'archive', services: ['files'], settings: { path: join(folder, 'files') } }],
  })
  await app.backup({ vault, viewer: false }, new AbortController().signal, () => undefined)
}

async function measure(): Promise<void> {
  const screens = await serveScreens(0, { mounts: async () => [] })
  await screens.desktop.setEvery('never')
  await screens.desktop.openDisk({ path: vault, name: 'Large Disk' })
  const browser = await startBrowser('chromium')
  try {
    const page = await browser.browser.newPage()
    await page.goto(screens.served.url)
    await page.waitForSelector('.verdict')
    /** Milliseconds from the click to the screen with its content, as painted. */
    const click = async (selector: string, ready: string): Promise<number> =>
      Number(
        await page.evaluate(`(async () => {
          const start = performance.now()
          document.querySelector(${JSON.stringify(selector)})?.click()
          while (!document.querySelector(${JSON.stringify(ready)})) await new Promise((next) => requestAnimationFrame(next))
          await new Promise((next) => requestAnimationFrame(() => setTimeout(next)))
          return performance.now() - start
        })()`),
      )
    const round = async (): Promise<Record<string, number>> => ({
      proof: await click('a[href="#/proof"]', '.proofs, .page .empty'),
      restore: await click('a[href="#/restore"]', '.restore-form'),
      collect: await click('a[href="#/collect"]', '.restore-form select'),
      settings: await click('a[href="#/settings"]', '.disk-settings'),
      lockout: await click('a[href="#/lockout"]', '.lockout-steps'),
      home: await click('a[href="#/home"]', '.verdict'),
    })
    const rounds = async () => {
      const all: Record<string, number>[] = []
      for (let at = 0; at < 5; at++) all.push(await round())
      return Object.fromEntries(
        Object.keys(all[0] ?? {}).map((name) => [
          name,
          `${Math.round(all.map((one) => one[name] ?? 0).toSorted((a, b) => a - b)[2] ?? 0)} ms (worst ${Math.round(Math.max(...all.map((one) => one[name] ?? 0)))})`,
        ]),
      )
    }
    console.log(`${messages} messages, ${files} files; median of five clicks to the painted screen`)
    console.log('nothing runs', await rounds())
    const job = screens.desktop.jobs.start({ kind: 'verify', request: { vault } })
    await new Promise((resolve) => setTimeout(resolve, 500))
    console.log('a check of the disk runs', await rounds(), screens.desktop.jobs.get(job.id).state)
    const { JSHeapUsedSize = 0 } = await page.metrics()
    console.log(`memory of the page: ${Math.round(JSHeapUsedSize / 1e6)} MB of JavaScript`)
  } finally {
    await browser.stop()
    await screens[Symbol.asyncDispose]()
  }
}
