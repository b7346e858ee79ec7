/** The report of a run for a person: reconciled per folder, what is missing by name, and one clear last sentence. */
import type { AccountReport, BackupReport, CollectionReport, CountReport } from '../api/contract.ts'
import type { Service } from '../core/account.ts'
import { isIncomplete } from './exit-code.ts'
import { type Column, countOf, formatBytes, formatCount, formatPath, plural, serviceWords, shorten, table } from './format.ts'
import { printable } from './printable.ts'

/** More pending items than this are counted, not named; `--json` names them all. */
const pendingShown = 50

export function backupReportLines(report: BackupReport): readonly string[] {
  return [
    ...report.notices.map(printable),
    ...report.accounts.flatMap((account) => accountLines(account, report.stopped)),
    '',
    ...conclusion(report),
  ]
}

const columns: readonly Column[] = [
  { title: 'Folder', limit: 40 },
  { title: 'Server says', align: 'right' },
  { title: 'In the vault', align: 'right' },
  { title: 'Pending', align: 'right' },
  { title: 'New', align: 'right' },
  { title: 'Copied', align: 'right' },
  { title: 'Changed', align: 'right' },
  { title: 'Removed', align: 'right' },
]

function accountLines(account: AccountReport, isStopped: boolean): string[] {
  const lines = ['', `Account ${printable(account.account)}`]
  if (account.collections.length > 0) {
    const isMixed = new Set(account.collections.map(({ service }) => service)).size > 1
    const rows = account.collections.map((collection) => collectionRow(collection, isMixed))
    lines.push(...table(columns, rows).map((line) => `  ${line}`))
  }
  const broken = new Set(account.failedServices.map(({ service }) => service))
  const isUnfinished = ({ service }: CollectionReport) => isStopped || account.failure !== undefined || broken.has(service)
  lines.push(...account.collections.flatMap((collection) => remarks(collection, isUnfinished(collection))))
  lines.push(...pendingLines(account), ...account.counts.map(countLine))
  lines.push(...failureLines(account))
  return lines
}

/** Services that fail for the same reason, e.g. a refused password, are told together. */
function failureLines({ failure, failedServices }: AccountReport): string[] {
  const told = new Map<string, string[]>()
  for (const { service, failure: why } of failedServices) {
    const text = `${why.message}\n${why.advice}`
    told.set(text, [...(told.get(text) ?? []), serviceWords[service]])
  }
  const whole = failure === undefined ? [] : [`${failure.message}\n${failure.advice}`].filter((text) => !told.has(text))
  const services = [...told].map(([text, words]) => `${capitalised(words.join(', '))}: ${text}`)
  return [...services, ...whole].flatMap((text) => text.split('\n').map((line) => `  ${printable(line)}`))
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** `withService`: for an account that has more than mail, say, also what the folder holds. */
function collectionRow(collection: CollectionReport, withService: boolean): string[] {
  const { service, path, said, pending, skipped, added, copied, changed, removed } = collection
  const counts = [inVault(collection), pending, added, copied, changed, removed].map(formatCount)
  const unknown = skipped === undefined ? '?' : '–'
  const name = withService ? `${capitalised(serviceWords[service])}: ${formatPath(path)}` : formatPath(path)
  return [name, said === null ? unknown : formatCount(said), ...counts]
}

/** What the provider does not list any more, and nobody has said that it may be taken for removed, is there like the rest. */
function inVault({ stored, heldBack }: CollectionReport): number {
  return stored + heldBack
}

/** `isUnfinished`: it did not come to its end, for a reason that is told apart. */
function remarks(collection: CollectionReport, isUnfinished: boolean): string[] {
  const folder = formatPath(collection.path)
  const { skipped, failure, heldBack, said, stored, pending } = collection
  const lines: string[] = []
  if (skipped !== undefined) lines.push(`  ${folder}: skipped: ${printable(skipped)}`)
  if (failure !== undefined) lines.push(`  ${folder}: ${printable(failure.message)} ${printable(failure.advice)}`)
  if (collection.apart !== undefined) lines.push(`  ${folder}: ${apartText(collection.apart)}`)
  if (heldBack > 0)
    lines.push(`  ${folder}: ${plural(heldBack, 'removal')} held back: the server suddenly lists far less than before.`)
  if (failure === undefined && !isUnfinished && isIncomplete(collection) && said !== null && stored + pending < said) {
    lines.push(`  ${folder}: the server says ${formatCount(said)}, but only ${formatCount(stored + pending)} could be listed.`)
  }
  return lines
}

/** The provider's own count, with the reason of every difference. */
function countLine({ what, counted, stored, pending, apart, unexplained }: CountReport): string {
  const reasons = [
    ...(pending === 0 ? [] : [`${formatCount(pending)} pending`]),
    ...apart.map(({ count, reason }) => `${formatCount(Math.abs(count))} ${reason}`),
    ...(unexplained === 0
      ? []
      : [
          `${formatCount(Math.abs(unexplained))} ${unexplained > 0 ? 'missing' : 'too many'} for no known reason; the next run looks again`,
        ]),
  ]
  const differences = reasons.length === 0 ? '' : ` (${reasons.map(printable).join('; ')})`
  return `  The provider counts ${formatCount(counted)} ${printable(what)}; the vault has ${formatCount(stored)}${differences}.`
}

/** Names that are shown of them; `--json` has more. */
const apartShown = 5

function apartText(apart: readonly string[]): string {
  const shown = apart.slice(0, apartShown).map((name) => `"${printable(shorten(name, 60))}"`)
  const more = apart.length > apartShown ? ` and ${formatCount(apart.length - apartShown)} more` : ''
  return `${plural(apart.length, 'item')} kept as ${apart.length === 1 ? 'it is' : 'they are'}, in files of their own, because other programs might stumble over them: ${shown.join(', ')}${more}.`
}

function pendingLines(account: AccountReport): string[] {
  const shown = account.pending.slice(0, pendingShown)
  const lines = shown.map((item) => {
    const title = item.title === '' ? noTitle(item.service) : `"${printable(item.title)}"`
    return `  Pending: ${formatPath(item.collection)}, number ${printable(item.key)}, ${title}: ${printable(item.reason)}`
  })
  const more = account.pending.length - shown.length
  return more > 0 ? [...lines, `  … and ${plural(more, 'more pending item')}; --json names them all.`] : lines
}

function noTitle(service: Service): string {
  return service === 'mail' ? '(no subject known)' : '(no name known)'
}

function conclusion(report: BackupReport): string[] {
  const collections = report.accounts.flatMap((account) => account.collections)
  const sum = (of: (collection: CollectionReport) => number) =>
    collections.reduce((total, collection) => total + of(collection), 0)
  const stored = sum(inVault)
  const added = sum((c) => c.added)
  const heldBack = sum((c) => c.heldBack)
  const pending = report.accounts.reduce((total, account) => total + account.pending.length, 0)
  const failed = report.accounts.filter((account) => account.failure !== undefined || account.collections.some((c) => c.failure))
  const noun = (count: number) =>
    countOf(
      collections.map((c) => c.service),
      count,
    )
  const news = added === 0 ? 'nothing new' : `${formatCount(added)} new (${formatBytes(sum((c) => c.bytes))})`
  // Where nothing could be listed, nobody counted what is in the vault.
  const saved = collections.length === 0 ? `${news}.` : `${noun(stored)} in the vault, ${news}.`

  if (report.stopped)
    return [`Stopped before the end: ${saved}`, 'What was saved so far stays. Run the same command again to go on.']
  if (failed.length > 0) {
    const names = failed.map((account) => printable(account.account)).join(', ')
    return [
      `Not complete (${names}): ${saved}`,
      'See above for what to do, then run the same command again: it goes on where it stopped.',
    ]
  }
  if (heldBack > 0) {
    return [
      `Removals held back: ${noun(heldBack)} that the provider does not list any more. ${saved}`,
      'If you removed them yourself, run the same command with --accept-removals. If not, look at the account first. The vault keeps them either way.',
    ]
  }
  if (pending > 0) {
    return [
      `Almost complete: ${plural(pending, 'item')} pending. ${saved}`,
      'Run the same command again later: pending items are tried first.',
    ]
  }
  if (collections.some(isIncomplete)) {
    return [`Almost complete: the server did not list everything. ${saved}`, 'Run the same command again later.']
  }
  return [`Complete: ${saved}`, `To check the vault: lifeboat verify --vault "${printable(report.vault)}"`]
}
