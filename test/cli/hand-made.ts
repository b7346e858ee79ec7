/** A terminal that remembers what was written, and an `App` that answers what a test hands it. */
import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import type { App } from '../../src/api/contract.ts'
import { run } from '../../src/cli/run.ts'
import type { Output, Terminal } from '../../src/cli/terminal.ts'
import type { AccountReport, BackupReport, CollectionReport } from '../../src/engine/report.ts'
import type { VerifyReport } from '../../src/vault/verify-report.ts'

export interface RecordedOutput extends Output {
  text(): string
}

export function recordedOutput(options: { isTerminal?: boolean; columns?: number; closesAfter?: number } = {}): RecordedOutput {
  const parts: Buffer[] = []
  return {
    isTerminal: options.isTerminal ?? false,
    failure: null,
    columns: options.columns ?? 80,
    write(data) {
      if (parts.length >= (options.closesAfter ?? Number.POSITIVE_INFINITY)) return Promise.resolve(false)
      parts.push(Buffer.from(data))
      return Promise.resolve(true)
    },
    text: () => Buffer.concat(parts).toString('utf8'),
  }
}

export interface RecordedTerminal extends Terminal {
  readonly stdout: RecordedOutput
  readonly stderr: RecordedOutput
}

export function recordedTerminal(outputs: { stdout?: RecordedOutput; stderr?: RecordedOutput } = {}): RecordedTerminal {
  const stdin = Object.assign(new PassThrough(), { isTTY: false }) as unknown as ReadStream
  return { stdin, stdout: outputs.stdout ?? recordedOutput(), stderr: outputs.stderr ?? recordedOutput(), env: {} }
}

/** Anything the test has not given fails the test. */
function handMadeApp(given: Partial<App>): App {
  const missing = (name: string) => (): never => {
    throw new Error(`The test gave no ${name}.`)
  }
  return {
    findServer: missing('findServer'),
    findPreset: missing('findPreset'),
    signIn: missing('signIn'),
    signInAgain: missing('signInAgain'),
    registration: missing('registration'),
    checkRegistration: missing('checkRegistration'),
    readKeyFile: missing('readKeyFile'),
    members: missing('members'),
    renewSecret: missing('renewSecret'),
    addAccount: missing('addAccount'),
    listAccounts: missing('listAccounts'),
    removeAccount: missing('removeAccount'),
    chooseServices: missing('chooseServices'),
    choose: missing('choose'),
    testAccount: missing('testAccount'),
    backup: missing('backup'),
    verify: missing('verify'),
    restore: missing('restore'),
    rebuildViewer: missing('rebuildViewer'),
    drill: missing('drill'),
    collect: missing('collect'),
    status: missing('status'),
    setGoals: missing('setGoals'),
    list: missing('list'),
    listItems: missing('listItems'),
    show: missing('show'),
    ...given,
  }
}

export function runWith(argv: readonly string[], app: Partial<App>, terminal: Terminal): Promise<number> {
  return run(argv, terminal, () => Promise.resolve(handMadeApp(app)))
}

export function collectionReport(changed: Partial<CollectionReport> = {}): CollectionReport {
  const nothing = { added: 0, copied: 0, changed: 0, removed: 0, heldBack: 0, bytes: 0, pending: 0 }
  return { service: 'mail', path: ['Inbox'], said: 10, stored: 10, ...nothing, ...changed }
}

export function accountReport(changed: Partial<AccountReport> = {}): AccountReport {
  const base = { account: 'home', provider: 'imap', run: '2026-11-22T073105Z' }
  return { ...base, collections: [collectionReport()], pending: [], failedServices: [], counts: [], ...changed }
}

export function backupReport(changed: Partial<BackupReport> = {}): BackupReport {
  const times = { started: '2026-11-22T07:31:05Z', ended: '2026-11-22T07:32:00Z' }
  return { vault: '/backup', ...times, stopped: false, accounts: [accountReport()], notices: [], ...changed }
}

export function verifyReport(changed: Partial<VerifyReport> = {}): VerifyReport {
  const times = { started: '2026-11-22T07:31:05Z', ended: '2026-11-22T07:32:00Z' }
  return { vault: '/backup', ...times, sound: true, healable: false, files: 3, bytes: 1_000, items: 10, findings: [], ...changed }
}
