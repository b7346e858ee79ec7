/**
 * How quickly the app answers with a large vault: every screen and the pages that open the disk, while nothing runs, while a backup
 * runs and while the disk is checked; how smoothly lists scroll, and how much memory the page takes.
 * `--messages` and `--files`: how much to make (100,000 and 50,000 by default); `--in FOLDER` keeps and uses what was made there.
 */
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'puppeteer-core'
import { createApp } from '../../src/api/app.ts'
import type { Job } from '../../src/api/jobs/job.ts'
import { serveScreens } from '../../src/api/screens.ts'
import { type StartedBrowser, startBrowser } from '../viewer/page/browsers.ts'
import { rendererMemory } from '../viewer/page/memory.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '100000' },
    files: { type: 'string', default: '50000' },
    in: { type: 'string' },
    small: { type: 'boolean', default: false },
  },
})
const [messages, files, more] = values.small ? [2_000, 1_000, 2_000] : [Number(values.messages), Number(values.files), 20_000]
const folder = values.in === undefined ? mkdtempSync(join(tmpdir(), 'lifeboat-screens-')) : resolve(values.in)
const vault = join(folder, 'vault')
process.env.LIFEBOAT_HOME = join(folder, 'home')

if (!existsSync(join(vault, 'bagit.txt'))) await makeVault()
await measure()
if (values.in === undefined) rmSync(folder, { recursive: true, force: true })

async function makeVault(): Promise<void> {
  await makeMail('mail', messages)
  for (let at = 0; at < files; at++) {
    const place = join(folder, 'files', `folder ${Math.floor(at / 500)}`)
    if (at % 500 === 0) mkdirSync(place, { recursive: true })
    writeFileSync(join(place, `file ${at}.txt`), `File ${at}\n`)
  }
  const app = createApp()
  await app.addAccount({ id: 'mail', connections: [archive('mail', 'mail')] })
  await app.addAccount({ id: 'papers', connections: [archive('files', 'files')] })
  await app.backup({ vault }, new AbortController().signal, () => undefined)
}

async function makeMail(name: string, count: number): Promise<void> {
  mkdirSync(join(folder, name), { recursive: true })
  const out = createWriteStream(join(folder, name, 'Inbox.mbox'))
  for (let at = 0; at < count; at++) {
    const date = new Date(Date.UTC(2015, 0, 1) + at * 3_000_000).toUTCString()
    const head = `From: Person ${at % 500} <p${at % 500}@example.net>\nSubject: Message ${at} about ${at % 777}\nMessage-ID: <${name}${at}@example.net>\nDate: ${date}`
    const text = `From a@b Thu Jan  1 00:00:00 2015\n${head}\n\nMessage ${at}. ${'Some words. '.repeat(12)}\n\n`
    if (!out.write(text)) await new Promise((done) => out.once('drain', () => done(null)))
  }
  await new Promise<void>((done) => out.end(() => done()))
}

function archive(name: string, service: 'mail' | 'files') {
  return { provider: 'archive', services: [service], settings: { path: join(folder, name) } } as const
}

async function measure(): Promise<void> {
  const screens = await serveScreens(0, { mounts: async () => [] })
  const { desktop } = screens
  await desktop.setEvery('never')
  const { id } = await desktop.disks.open({ path: vault, name: 'Large Disk' })
  const browser = await startBrowser('chromium')
  try {
    const page = await browser.browser.newPage()
    await page.setViewport({ width: 1280, height: 800 })
    console.log(`${messages} messages, ${files} files; median and slowest of five, milliseconds to the painted screen`)
    await page.goto(screens.served.url)
    await page.waitForSelector('.verdict')
    console.log('nothing runs', await rounds(page))
    console.log(`memory of the page: ${Math.round((await rendererMemory(browser)).whole / 1e6)} MB`)
    const name = `more ${Date.now()}`
    await makeMail(name, more)
    await desktop.app.addAccount({ id: name, connections: [archive(name, 'mail')] })
    for (const request of [
      { kind: 'backup', request: { vault, accounts: [name] } },
      { kind: 'verify', request: { vault } },
    ] as const) {
      const job = desktop.jobs.start(request)
      await new Promise((resolve) => setTimeout(resolve, 500))
      console.log(`a ${request.kind} runs`, await rounds(page), `then: ${desktop.jobs.get(job.id).state}`)
      await ended(job.id, desktop.jobs)
    }
    await browse(page, browser, new URL(screens.served.url).origin, id)
  } finally {
    await browser.stop()
    await screens[Symbol.asyncDispose]()
  }
}

function ended(id: string, jobs: { get(id: string): Job }): Promise<void> {
  return new Promise((resolve) => {
    const look = () => (jobs.get(id).ended === null ? setTimeout(look, 200) : resolve())
    look()
  })
}

/** Milliseconds from the click to the screen with its content, as painted. */
async function click(page: Page, selector: string, ready: string): Promise<number> {
  return Number(
    await page.evaluate(`(async () => {
      const start = performance.now()
      document.querySelector(${JSON.stringify(selector)})?.click()
      while (!document.querySelector(${JSON.stringify(ready)})) await new Promise((next) => requestAnimationFrame(next))
      await new Promise((next) => requestAnimationFrame(() => setTimeout(next)))
      return performance.now() - start
    })()`),
  )
}

async function rounds(page: Page): Promise<Record<string, string>> {
  const all: Record<string, number>[] = []
  for (let at = 0; at < 5; at++)
    all.push({
      proof: await click(page, 'a[href="#/proof"]', '.proofs, .page .empty'),
      restore: await click(page, 'a[href="#/restore"]', '.restore-form'),
      collect: await click(page, 'a[href="#/collect"]', '.restore-form select'),
      settings: await click(page, 'a[href="#/settings"]', '.disk-settings'),
      lockout: await click(page, 'a[href="#/lockout"]', '.lockout-steps'),
      home: await click(page, 'a[href="#/home"]', '.verdict'),
    })
  return Object.fromEntries(Object.keys(all[0] ?? {}).map((name) => [name, spread(all.map((one) => one[name] ?? 0))]))
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)} (${Math.round(sorted.at(-1) ?? 0)})`
}

/** The pages that open the disk: the list of all messages, messages, files, and scrolling. */
async function browse(page: Page, browser: StartedBrowser, origin: string, disk: string): Promise<void> {
  const opened = performance.now()
  await page.goto(`${origin}/browse?disk=${encodeURIComponent(disk)}#/mail?folder=all`)
  await page.waitForSelector('.option[aria-setsize]', { timeout: 60_000 })
  console.log(`looking inside: all messages after ${Math.round(performance.now() - opened)} ms`)
  const open: number[] = []
  for (let at = 2; at < 12; at++)
    open.push(await click(page, `.option:nth-child(${at})`, `.option:nth-child(${at})[aria-selected="true"]`))
  console.log(`choosing a message in the list: ${spread(open)} ms`)
  console.log(`scrolling through messages, frames: ${await scroll(page)}`)
  await page.goto(`${origin}/browse?disk=${encodeURIComponent(disk)}#/files`)
  await page.waitForSelector('.option[aria-setsize], .file-line, table tbody tr', { timeout: 60_000 }).catch(() => null)
  console.log(`memory while looking inside: ${Math.round((await rendererMemory(browser)).whole / 1e6)} MB`)
}

/** A hundred steps of a wheel, a step a frame: milliseconds between frames. */
async function scroll(page: Page): Promise<string> {
  const frames = (await page.evaluate(`(async () => {
    const list = document.querySelector('.virtual')
    const frames = []
    let last = performance.now()
    for (let at = 0; at < 100; at++) {
      list.scrollTop += 400
      await new Promise((next) => requestAnimationFrame(next))
      frames.push(performance.now() - last)
      last = performance.now()
    }
    return frames
  })()`)) as number[]
  return `${spread(frames)} ms`
}
