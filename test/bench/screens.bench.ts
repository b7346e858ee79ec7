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
/** The list of all messages, not only of the newest. */
const wholeList = '.panes.mail .pane.list:not([aria-busy]) .option'

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
  await desktop.disks.open({ path: vault, name: 'Large Disk' })
  const browser = await startBrowser('chromium')
  try {
    const page = await browser.browser.newPage()
    await page.setViewport({ width: 1280, height: 800 })
    console.log(`${messages} messages, ${files} files; median and slowest of five, milliseconds to the painted screen`)
    await page.goto(screens.served.url)
    await page.waitForSelector('.verdict')
    console.log('nothing runs', await rounds(page))
    const { own, whole } = await rendererMemory(browser)
    console.log(`memory of the page: ${megabytes(whole)} MB, its own ${megabytes(own)} MB`)
    const name = `more ${Date.now()}`
    await makeMail(name, more)
    await desktop.app.addAccount({ id: name, connections: [archive(name, 'mail')] })
    for (const request of [
      { kind: 'backup', request: { vault, accounts: [name] } },
      { kind: 'verify', request: { vault } },
    ] as const) {
      const job = desktop.jobs.start(request)
      await running(job.id, desktop.jobs)
      console.log(`a ${request.kind} runs`, await rounds(page), `then: ${desktop.jobs.get(job.id).state}`)
      await ended(job.id, desktop.jobs)
    }
    const { origin } = new URL(screens.served.url)
    await inside(page, browser, origin, 'nothing else runs')
    const another = `another ${Date.now()}`
    await makeMail(another, more)
    await desktop.app.addAccount({ id: another, connections: [archive(another, 'mail')] })
    const job = desktop.jobs.start({ kind: 'backup', request: { vault, accounts: [another] } })
    await running(job.id, desktop.jobs)
    await inside(page, browser, origin, 'a backup runs')
    console.log(`then: ${desktop.jobs.get(job.id).state}`)
    await ended(job.id, desktop.jobs)
  } finally {
    await browser.stop()
    await screens[Symbol.asyncDispose]()
  }
}

/** It has done something. */
async function running(id: string, jobs: { get(id: string): Job }): Promise<void> {
  while (jobs.get(id).ended === null && jobs.get(id).progress === null) await new Promise((resolve) => setTimeout(resolve, 50))
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

function megabytes(octets: number): number {
  return Math.round(octets / 1e6)
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b)
  return `${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)} (${Math.round(sorted.at(-1) ?? 0)})`
}

/** Looking inside as a person does: from Home over the overview to messages and files. `what`: what else goes on. */
async function inside(page: Page, browser: StartedBrowser, origin: string, what: string): Promise<void> {
  const times: Record<string, number[]> = { answer: [], overview: [], messages: [], allMessages: [], filesAnswer: [], files: [] }
  for (let at = 0; at < 5; at++) {
    await page.goto(origin)
    await page.waitForSelector('a[href^="/browse"]')
    // What was seen on the disk last is known: figures to answer with.
    await page.waitForFunction("performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/snapshot'))")
    const { answer, content } = await follow(page, 'a[href^="/browse"]', { first: '.opening .tile', ready: 'main h1' })
    times['answer']?.push(answer)
    times['overview']?.push(content)
    const first = await click(page, 'a[href="#/mail"]', '.mail-line')
    times['messages']?.push(first)
    // Nothing is clicked: the rest of the same list.
    times['allMessages']?.push(first + (await click(page, '.none', wholeList)))
    const files = await click(page, 'a[href="#/files"]', 'main h1')
    times['filesAnswer']?.push(files)
    times['files']?.push(files + (await click(page, '.none', '.file-line')))
  }
  const said = Object.entries(times).map(([name, all]) => `${name} ${spread(all)}`)
  console.log(`looking inside, ${what}: ${said.join(', ')}`)
  await page.evaluate("location.hash = '#/mail?folder=all'")
  await page.waitForSelector(wholeList)
  const open: number[] = []
  for (let at = 2; at < 12; at++)
    open.push(await click(page, `.option:nth-child(${at})`, `.option:nth-child(${at})[aria-selected="true"]`))
  console.log(`choosing a message: ${spread(open)} ms; scrolling through messages, frames: ${await scroll(page)}`)
  await page.evaluate("location.hash = '#/files'")
  await page.waitForSelector('.file-line')
  await page.type('input.find', 'file')
  await page.waitForSelector(`[aria-setsize="${files}"]`)
  console.log(`scrolling through ${files} files, frames: ${await scroll(page)}`)
  const { own, whole } = await rendererMemory(browser)
  console.log(`memory while looking inside: ${megabytes(whole)} MB, the page's own ${megabytes(own)} MB`)
}

/**
 * Milliseconds from the click on a link to another page to the first that answers it, still in this page, and to that page with
 * its content; each as painted. No answer in this page: as late as the content.
 */
async function follow(page: Page, selector: string, { first, ready }: { first: string; ready: string }) {
  const clicked = Number(
    await page.evaluate(`(() => {
      const now = performance.timeOrigin + performance.now()
      sessionStorage.removeItem('answered')
      document.querySelector(${JSON.stringify(selector)}).click()
      const look = () => {
        if (!document.querySelector(${JSON.stringify(first)})) return requestAnimationFrame(look)
        requestAnimationFrame(() => setTimeout(() => sessionStorage.setItem('answered', performance.timeOrigin + performance.now())))
      }
      look()
      return now
    })()`),
  )
  await page.waitForFunction(`location.pathname === '/browse' && document.querySelector(${JSON.stringify(ready)}) !== null`)
  const painted = (await page.evaluate(`(async () => {
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)))
    const content = performance.timeOrigin + performance.now()
    return { content, answer: Number(sessionStorage.getItem('answered') ?? content) }
  })()`)) as { readonly answer: number; readonly content: number }
  return { answer: painted.answer - clicked, content: painted.content - clicked }
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
