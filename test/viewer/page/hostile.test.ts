/**
 * Hostile mail, contacts and events in front of the page. Each wall is tried: the page as it is must let nothing happen at all;
 * with the sanitiser taken away the frame and its policy still let no script run and nothing navigate.
 */
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { renderPage } from '../../../build/page.mjs'
import { corpusMissing, describeUnless } from '../../fixtures/corpus.ts'
import { type BrowserName, browserMissing, browserNames, startBrowser } from './browsers.ts'
import { type Handmade, type HandmadeMessage, writeHandmade } from './handmade.ts'
import { corpusPayloads, inParts, loadPayloads } from './hostile.ts'
import { goTo } from './settled.ts'
import { walkMessages } from './walk.ts'
import { watch } from './watch.ts'

let folder: string
let server: Server
/** Connections that arrived: nothing may. */
let arrived = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lifeboat-hostile-'))
  server = createServer((socket) => {
    arrived++
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Every other address has a name, so that looking it up is seen; the others reach the server. */
function payloads(): string[] {
  const { port } = server.address() as AddressInfo
  const toServer = loadPayloads((way) => `http://127.0.0.1:${port}/${way}`)
  const toName = loadPayloads((way) => `http://${way}.lifeboat-attack.example/`)
  return [...toServer, ...toName, ...corpusPayloads()]
}

function hostileVault(all: readonly string[]): Handmade {
  const line = (payload: string): string => payload.replaceAll(/\s+/g, ' ').slice(0, 1000)
  const mail = all.map(
    (payload): HandmadeMessage => ({
      from: `${line(payload)} <${line(payload)}>`,
      subject: line(payload),
      html: payload,
      headers: payload,
      attachments: [{ name: line(payload), type: line(payload).slice(0, 200), kind: 'other' }],
    }),
  )
  const parts = Array.from({ length: Math.ceil(all.length / 25) }, (_, at) =>
    all
      .slice(at * 25, (at + 1) * 25)
      .map(line)
      .join('\n'),
  )
  const day = Date.UTC(2026, 10, 25, 9) / 1000
  return {
    collections: [
      { service: 'mail', path: ['INBOX'], role: 'inbox' },
      { service: 'contacts', path: [line(all[0] ?? '')] },
      { service: 'calendar', path: [line(all[1] ?? '')] },
      { service: 'files', path: [line(all[2] ?? '')] },
    ],
    mail,
    contacts: parts.map((text, at) => ({
      ...{ collection: 1, name: line(all[at] ?? ''), groups: [line(all[at] ?? '')], source: text },
      fields: ['FN', 'NOTE', 'URL', 'ADR', line(all[at] ?? '')].map((name) => ({
        name,
        types: [line(all[at] ?? '')],
        label: text,
        value: [text],
      })),
      photo: { type: at % 2 === 0 ? 'image/svg+xml' : 'text/html', octets: Buffer.from(text) },
    })),
    events: parts.map((text, at) => ({
      collection: 2,
      part: {
        summary: line(all[at] ?? ''),
        location: text,
        description: text,
        url: text,
        organizer: text,
        attendees: [text],
        more: [[text, text]],
      },
      occurrences: [{ start: day, end: day + 3600 }],
      source: text,
    })),
    files: all.slice(0, 200).map((payload, at) => ({
      ...{ collection: 3, folder: [], name: line(payload), kind: 'other' as const, path: `data/${at}/${line(payload)}` },
    })),
    overview: {
      notices: all.slice(0, 60),
      pending: all.slice(0, 60).map((payload) => ({ account: 0, collection: 0, title: payload, reason: payload })),
    },
  }
}

interface Outcome {
  readonly events: readonly string[]
  readonly opened: number
  /** Addresses that the sanitiser left in messages. */
  readonly foreign: readonly string[]
}

/** Opens every message, contact and event, and clicks at what can be clicked in messages. */
async function visitAll(name: BrowserName, vault: string, count: number, logFile: string | null): Promise<Outcome> {
  const started = await startBrowser(name, { logFile })
  try {
    const page = await started.newPage()
    await page.setViewport({ width: 1280, height: 800 })
    const watched = await watch(page)
    const start = pathToFileURL(join(vault, 'START HERE.html')).href
    await page.goto(`${start}#/mail?folder=all`)
    const walked = await walkMessages(
      page,
      Array.from({ length: count }, (_, at) => at),
      true,
    )
    for (const screen of ['overview', 'documents', 'files', 'contacts', 'calendar?view=agenda&date=2026-11-25']) {
      await goTo(page, `#/${screen}`)
      await openEach(page)
    }
    await new Promise((resolve) => setTimeout(resolve, 700))
    return {
      events: await watched.all(),
      opened: walked.filter(({ look }) => look === 'html').length,
      foreign: walked.flatMap(({ foreign }) => foreign),
    }
  } finally {
    await started.stop()
  }
}

/** Rows of lists and events: one after another, dialogs closed again. */
async function openEach(
  page: Awaited<ReturnType<Awaited<ReturnType<typeof startBrowser>>['browser']['newPage']>>,
): Promise<void> {
  await page.evaluate(async () => {
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 25))
    const count = document.querySelectorAll('.option, .event').length
    for (let at = 0; at < count; at++) {
      document.querySelectorAll<HTMLElement>('.option, .event')[at]?.click()
      await pause()
      for (const details of document.querySelectorAll('details')) details.open = true
      await pause()
      for (const dialog of document.querySelectorAll('dialog')) dialog.close()
    }
  })
}

describeUnless(corpusMissing(), 'hostile content in the page', () => {
  for (const name of browserNames) {
    describeUnless(browserMissing(name), name, () => {
      it('runs no script, opens no dialog, leads nowhere, sends nothing and looks up no name', async () => {
        const all = payloads()
        const vault = join(folder, `${name} whole`)
        mkdirSync(vault)
        await writeHandmade(vault, hostileVault(all))
        arrived = 0
        const log = join(folder, `${name}.log`)
        const outcome = await visitAll(name, vault, all.length, log)
        expect(outcome.events).toEqual([])
        expect(outcome.opened).toBe(all.length)
        expect(outcome.foreign).toEqual([])
        expect(arrived).toBe(0)
        expect(lookedUp(name, log)).toEqual([])
      })

      it('runs no script and leads nowhere even without the sanitiser', async () => {
        const all = inParts(payloads(), 3)
        const vault = join(folder, `${name} bare`)
        mkdirSync(vault)
        const bare = await renderPage({ 'clean-html.ts': join(import.meta.dirname, 'without-sanitiser.ts') })
        await writeHandmade(vault, hostileVault(all), bare)
        const { events, opened } = await visitAll(name, vault, all.length, null)
        expect(events.filter((event) => /^(?:script|dialog|navigation|window)/.test(event))).toEqual([])
        expect(opened).toBe(all.length)
      })
    })
  }

  for (const name of browserNames) {
    it(`would be noticed in ${name}: the same in a bare page runs, asks the server and looks up names`, async () => {
      arrived = 0
      const log = join(folder, `bare-${name}.log`)
      const started = await startBrowser(name, { logFile: log })
      try {
        const page = await started.newPage()
        const watched = await watch(page)
        await page.goto('about:blank')
        await page.evaluate(
          (server) => {
            window.ran ??= []
            const frame = document.createElement('iframe')
            frame.srcdoc = `<img src="http://127.0.0.1:${server}/x" onerror="top.ran.push(1)"><img src="http://noticed.lifeboat-attack.example/" onerror="top.ran.push(2)">`
            document.body.append(frame)
          },
          (server.address() as AddressInfo).port,
        )
        await page.waitForFunction(() => window.ran.length > 1)
        await expect
          .poll(async () => (await watched.all()).map((event) => event.split(':')[0]))
          .toEqual(expect.arrayContaining(['request', 'script']))
      } finally {
        await started.stop()
      }
      expect(arrived).toBeGreaterThan(0)
      expect(lookedUp(name, log)).toEqual(['noticed.lifeboat-attack.example'])
    })
  }
})

/** Names that the browser asked for, out of its own logs; its maker's are its own affair. */
function lookedUp(name: BrowserName, log: string): string[] {
  // Firefox adds an ending, and a file per process.
  const files = readdirSync(folder).filter((file) => join(folder, file).startsWith(log))
  expect(files).not.toEqual([])
  const pattern = name === 'firefox' ? /Resolving host \[?([a-z0-9.-]+)/gi : /"host":"(?:https?:\/\/)?([a-z0-9.-]+)/gi
  const names = files.flatMap((file) =>
    [...readFileSync(join(folder, file), 'latin1').matchAll(pattern)].map((match) => match[1] ?? ''),
  )
  return [...new Set(names)].filter((host) => !makers.test(host))
}

const makers = /(?:^|\.)(?:mozilla\.(?:com|net|org)|firefox\.com|google(?:apis)?\.com|gstatic\.com)$|^localhost$|^127\.0\.0\.1$/
