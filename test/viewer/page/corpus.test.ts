/** All mail of the corpus in one vault: the page opens every message, and shows the text that Python reads. */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { refreshViewer } from '../../../src/engine/viewer.ts'
import { DiskViewerFolder } from '../../../src/engine/viewer-folder.ts'
import { archive as archiveProvider } from '../../../src/providers/archive/provider.ts'
import { realDisk } from '../../../src/vault/disk.ts'
import { messageOfRecord } from '../../../src/viewer/page/data/original.ts'
import { corpus, corpusMissing, describeUnless } from '../../fixtures/corpus.ts'
import { runProvider } from '../../fixtures/vaults.ts'
import { Built } from '../built.ts'
import { browserMissing, type StartedBrowser, startBrowser } from './browsers.ts'
import { dataFolderOf } from './data-folder.ts'
import { type WalkedMessage, walkMessages } from './walk.ts'
import { type Watched, watch } from './watch.ts'

interface PythonText {
  readonly plain: string | null
  readonly html: string | null
  readonly defects: boolean
}

describeUnless(corpusMissing() ?? browserMissing('chromium'), 'the corpus in one vault', () => {
  let folder: string
  let vault: string
  let started: StartedBrowser
  let page: Page
  let watched: Watched
  let walked: WalkedMessage[]
  let originals: Buffer[]

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lifeboat-corpus-'))
    vault = join(folder, 'vault')
    const archive = join(folder, 'archive')
    mkdirSync(archive)
    for (const [at, { path }] of corpus('mail').entries()) copyFileSync(path, join(archive, `${String(at).padStart(4, '0')}.eml`))
    for (const [at, { path }] of corpus('mbox').entries())
      copyFileSync(path, join(archive, `${String(at).padStart(4, '0')}.mbox`))
    const account = { id: 'corpus', provider: 'archive', services: ['mail'], settings: { path: archive } } as const
    const report = await runProvider(vault, account, archiveProvider, {
      afterwards: (open) => refreshViewer(open, { signal: new AbortController().signal, onProgress: () => undefined }),
    })
    expect(report.notices).toEqual([])
    originals = await originalsOf(vault)
    started = await startBrowser('chromium')
    page = await started.browser.newPage()
    watched = await watch(page)
    await page.setViewport({ width: 1280, height: 800 })
    await page.goto(`${pathToFileURL(join(vault, 'START HERE.html')).href}#/mail?folder=all`)
    walked = await walkMessages(
      page,
      originals.map((_, doc) => doc),
      false,
    )
  }, 400_000)
  afterAll(async () => {
    await started?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('opens every message, throws nothing and asks for nothing', async () => {
    expect(walked.length).toBeGreaterThan(600)
    expect(walked.filter(({ look }) => look === 'unreadable')).toEqual([])
    expect(await watched.all()).toEqual([])
  })

  it('shows the text that Python reads, in every charset', () => {
    const input = originals.map((octets) => octets.toString('base64')).join('\n')
    const output = execFileSync('python3', [join(import.meta.dirname, 'plain-texts.py')], {
      input,
      maxBuffer: 2 ** 28,
    }).toString()
    const read = output
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PythonText)
    expect(read).toHaveLength(walked.length)
    const different: string[] = []
    let compared = 0
    for (const [doc, python] of read.entries()) {
      const shown = walked[doc]
      const text = shown?.look === 'html' ? python.html : python.plain
      if (!shown || text === null || python.defects || text.includes('\ufffd')) continue
      compared++
      const missing = wordsOf(text).filter((word) => !wordsIn(shown.text).has(word))
      if (missing.length > 0) different.push(`${doc} ${shown.heading} (${shown.look}): ${missing.slice(0, 5).join(' ')}`)
    }
    expect(compared).toBeGreaterThan(400)
    expect(different).toEqual([])
  })
})

/** Words that are not plain ASCII: what a wrong charset would spoil. */
function wordsOf(text: string): string[] {
  return [...wordsIn(text)].filter((word) => /[^\u0000-\u007f]/.test(word))
}

function wordsIn(text: string): Set<string> {
  return new Set(text.normalize('NFC').split(/[^\p{L}\p{N}\p{M}\p{S}]+/u))
}

/** Exact octets of each document, out of the mbox files. */
async function originalsOf(vault: string): Promise<Buffer[]> {
  const built = await Built.open(new DiskViewerFolder(realDisk, dataFolderOf(vault)))
  const { files } = await built.overview()
  const events = await built.events('mail')
  const origins = await built.shards<{ file: number[]; offset: number[]; length: number[] }>('mail', 'o', () => 1)
  const originals: Buffer[] = []
  for (const [at, { file, offset, length }] of origins.entries()) {
    for (const [row, number] of file.entries()) {
      const doc = events[at]?.put.doc[row] ?? -1
      if (originals[doc]) continue
      const start = offset[row] ?? 0
      const record = readFileSync(join(vault, files[number] ?? '')).subarray(start, start + (length[row] ?? 0))
      originals[doc] = Buffer.from(await messageOfRecord(record))
    }
  }
  return originals
}
