import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { backupReportLines } from '../backup-report.ts'
import { backupExitCode, verifyExitCode } from '../exit-code.ts'
import { countOf, formatBytes, formatPath } from '../format.ts'
import { printable } from '../printable.ts'
import { backupProgress, progressMode, verifyProgress, watched } from '../progress.ts'
import type { Session } from '../session.ts'
import { givenFolder } from '../vault-path.ts'
import { verifyReportLines } from '../verify-report.ts'

const account = 'sample'
const sampleAccount = fileURLToPath(new URL('../../../assets/sample-account', import.meta.url))

export interface DemoOptions {
  readonly out: string
}

/** Uses settings of its own that vanish at the end: the person's accounts stay as they are. */
export async function demo(session: Session, options: DemoOptions): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'lifeboat-demo-'))
  try {
    return await runDemo(session, home, givenFolder(options.out, '--out'))
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

async function runDemo({ terminal, loadApp }: Session, home: string, vault: string): Promise<number> {
  const { stdout, stderr } = terminal
  const app = await loadApp(home)
  await app.addAccount({
    id: account,
    connections: [{ provider: 'archive', settings: { path: sampleAccount, name: 'My Drive' } }],
  })
  await stdout.write(`Backing up the sample account into ${printable(vault)}\n`)
  const mode = progressMode({}, terminal)
  const saving = backupProgress(mode === 'live' ? 'live' : 'none', stderr)
  const report = await watched(saving, (signal, show) => app.backup({ vault }, signal, show))
  await stdout.write(`${backupReportLines(report).join('\n')}\n\n`)
  if (backupExitCode(report) !== 0) return backupExitCode(report)

  await stdout.write('Verifying it\n')
  const checking = verifyProgress(mode === 'live' ? 'live' : 'none', stderr)
  const check = await watched(checking, (signal, show) => app.verify(vault, signal, show))
  await stdout.write(`${verifyReportLines(check).join('\n')}\n\n`)

  const { accounts } = await app.list({ vault })
  const held = accounts.flatMap(({ collections }) =>
    collections.map(
      (collection) =>
        `  ${formatPath(collection.path)}: ${countOf(collection.service, collection.items)}, ${formatBytes(collection.bytes)}, in ${printable(collection.folder)}`,
    ),
  )
  await stdout.write(`What it holds:\n${held.join('\n')}\n\n${whereToLook(vault)}\n`)
  return verifyExitCode(check)
}

function whereToLook(vault: string): string {
  const path = printable(vault)
  return [
    'Where to look:',
    `  ${join(path, 'START HERE.html')}`,
    '      shows everything in any browser, without a network: open it with a double click.',
    `  ${join(path, 'READ ME FIRST.txt')}`,
    '      says in plain words what is here.',
    `  ${join(path, 'data', account, 'Mail')}`,
    '      holds the mail: open any .mbox file in a mail program, index.csv in a spreadsheet.',
    `  ${join(path, 'data', account, 'Contacts')}`,
    `  ${join(path, 'data', account, 'Calendars')}`,
    '      hold contacts and calendars: any address book or calendar program opens them.',
    `  ${join(path, 'data', account, 'Files')}`,
    '      holds the documents as they are.',
    `  (cd "${path}" && sha256sum -c --quiet manifest-sha256.txt)`,
    '      checks every file without Lifeboat.',
    'Run the demo again: it finds nothing new, and saves nothing twice.',
  ].join('\n')
}
