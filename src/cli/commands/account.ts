import type { AccountSummary, ConnectionSummary } from '../../api/contract.ts'
import { errorTexts, exitCodes } from '../../core/messages.ts'
import type { TestFinding } from '../../core/provider.ts'
import { serviceWords, table } from '../format.ts'
import { interruptible } from '../interrupt.ts'
import { printResult } from '../print-result.ts'
import { printable, printableJson } from '../printable.ts'
import type { Session } from '../session.ts'

export interface JsonOption {
  readonly json?: boolean
}

export async function listAccounts({ terminal, loadApp }: Session, options: JsonOption): Promise<number> {
  const app = await loadApp()
  const accounts = await app.listAccounts()
  if (options.json) await terminal.stdout.write(`${printableJson({ accounts })}\n`)
  else if (accounts.length === 0) await terminal.stdout.write('There is no account yet. Add one: lifeboat account add --help\n')
  else await terminal.stdout.write(`${accountTable(accounts).join('\n')}\n`)
  return exitCodes.ok
}

/** One row for each provider of an account; its name stands in the first. */
function accountTable(accounts: readonly AccountSummary[]): string[] {
  const columns = [
    { title: 'Account' },
    { title: 'Kind', limit: 60 },
    { title: 'What' },
    { title: 'Where', limit: 80 },
    { title: 'Password' },
  ]
  const rows = accounts.flatMap(({ id, connections }) =>
    connections.map((connection, n) => {
      const what = connection.services.map((service) => serviceWords[service]).join(', ')
      // What it may consist of is said where it is added.
      const kind = connection.providerName.replace(/ \(.*,.*\)$/, '')
      return [n === 0 ? id : '', kind, what, place(connection), connection.secretPlace].map(printable)
    }),
  )
  return table(columns, rows)
}

function place({ settings }: ConnectionSummary): string {
  const { host, user, path, carddav, caldav, webdav } = settings
  if (typeof path === 'string') return path
  const addresses = [host, ...[carddav, caldav, webdav].map(hostOf)].filter((part) => typeof part === 'string')
  return [user, [...new Set(addresses)].join(', ')].filter((part) => typeof part === 'string' && part !== '').join(' on ')
}

function hostOf(url: unknown): string | undefined {
  return typeof url === 'string' && URL.canParse(url) ? new URL(url).host : undefined
}

export async function testAccount({ terminal, loadApp }: Session, id: string, options: JsonOption): Promise<number> {
  const app = await loadApp()
  const findings: TestFinding[] = []
  const say = (text: string) => void terminal.stderr.write(`${text}\n`)
  await interruptible(say, async (signal) => {
    for await (const finding of app.testAccount(id, signal)) {
      findings.push(finding)
      if (!options.json) await terminal.stdout.write(`${finding.ok ? '✓' : '✗'} ${printable(finding.text)}\n`)
    }
  })
  const ok = findings.every((finding) => finding.ok)
  if (options.json) await terminal.stdout.write(`${printableJson({ account: id, ok, findings })}\n`)
  return ok ? exitCodes.ok : testFailedCode(findings)
}

function testFailedCode(findings: readonly TestFinding[]): number {
  const code = findings.find((finding) => !finding.ok)?.code ?? 'auth'
  return errorTexts[code].exitCode
}

export async function removeAccount({ terminal, loadApp }: Session, id: string, options: JsonOption): Promise<number> {
  const app = await loadApp()
  await app.removeAccount(id)
  const text = options.json
    ? printableJson({ removed: id })
    : `Account ${printable(id)} and its password are forgotten. What is in the vaults stays there.`
  await terminal.stdout.write(`${text}\n`)
  return exitCodes.ok
}

export interface GoalsOptions {
  readonly recoverHours?: number
  readonly loseDays?: number
  readonly json?: boolean
}

export async function setGoals({ terminal, loadApp }: Session, id: string, options: GoalsOptions): Promise<number> {
  const app = await loadApp()
  const { recoverHours, loseDays } = options
  const goals = await app.setGoals(id, {
    ...(recoverHours === undefined ? {} : { recoverHours }),
    ...(loseDays === undefined ? {} : { loseDays }),
  })
  const text = `${printable(id)}: back within ${goals.recoverHours} hours, at most ${goals.loseDays} days lost.`
  await printResult(terminal.stdout, options, goals, () => [text])
  return exitCodes.ok
}
