/** `node build-viewer.ts MAIL VAULT COUNT…`: brings START HERE.html and its data up to date with the first COUNT messages. */
import { hash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DiskViewerFolder } from '../../src/engine/viewer-folder.ts'
import { realDisk } from '../../src/vault/disk.ts'
import type { ViewerChange, ViewerInput } from '../../src/viewer/input.ts'
import { makeStartPage } from '../../src/viewer/start-page.ts'
import { useJoinedBlobs } from '../../src/viewer/write/joined-blob.ts'
import { updateViewer } from '../../src/viewer/write/update.ts'
import { dateOf, MailFile } from './viewer-mail.ts'

// As the program does it.
useJoinedBlobs()

const dataFolder = 'viewer-0123456789abcdef0123456789abcdef'

const [, , mailFolder = '', vault = '', ...counts] = process.argv
const mail = MailFile.open(mailFolder)
const runs = counts.map(Number)

function put(run: number, n: number): ViewerChange {
  const bytes = mail.read(n)
  return {
    ...{ kind: 'put', service: 'mail', collection: { account: 'a', c: 1 }, key: String(n), run: `2026-01-0${run + 1}T000000Z` },
    ...{ sha256: hash('sha256', bytes, 'hex'), size: bytes.length, date: new Date(dateOf(n)).toISOString() },
    meta: { flags: n % 50 === 0 ? [] : ['\\Seen'] },
    ...{ origin: { file: 'data/a/Mail/Inbox/2026.mbox', offset: n, length: bytes.length }, content: async () => bytes },
  }
}

async function* changes(done: number): AsyncGenerator<ViewerChange> {
  for (const [run, until] of runs.entries()) {
    if (run < done) continue
    // A commit of a backup holds so many.
    for (let n = runs[run - 1] ?? 0; n < until; n += 2_000) {
      for (let one = n; one < Math.min(until, n + 2_000); one++) yield put(run, one)
      yield { kind: 'position', account: 'a', position: String(run + (n + 2_000 >= until ? 1 : 0)) }
    }
  }
}

const live = runs.at(-1) ?? 0
const input: ViewerInput = {
  ...{ vault: 'bench', program: 'bench', now: () => '2026-01-01T00:00:00Z', document: async () => '' },
  changes: async ({ a = '0' }) => changes(Number(a)),
  overview: async () => ({
    accounts: [{ key: 'a', id: 'a', folder: 'data/a', services: ['mail'], asOf: '2026-01-01T00:00:00Z', lastRun: '' }],
    collections: [
      { account: 'a', c: 1, service: 'mail', path: ['Inbox'], role: 'inbox', meta: null, live, removed: 0, unread: 0, bytes: 0 },
    ],
    ...{ pending: [], proof: null, verified: null, documents: true, notices: [] },
  }),
}
await updateViewer(new DiskViewerFolder(realDisk, join(vault, dataFolder)), input, {
  signal: new AbortController().signal,
  anew: false,
})
writeFileSync(join(vault, 'START HERE.html'), await makeStartPage({ dataFolder, vaultName: 'Benchmark' }))
