/** The outcome of a drill for a person in a terminal; the page says more. */
import type { AccountProof, Proof, ProofFinding } from '../api/contract.ts'
import {
  type Column,
  formatBytes,
  formatCount,
  formatDate,
  formatDuration,
  formatPath,
  plural,
  serviceWords,
  table,
  withoutServices,
} from './format.ts'
import { printable } from './printable.ts'

const findingsShown = 20

const verdicts = { proven: 'Proven', 'proven-with-exceptions': 'Proven with exceptions', 'not-proven': 'Not proven' } as const

export function drillReportLines(proof: Proof, page: string | null): readonly string[] {
  return [
    ...proof.accounts.flatMap(accountLines),
    '',
    `${verdicts[proof.verdict]}: ${formatCount(proof.files)} files (${formatBytes(proof.bytes)}) read, restored to ${printable(proof.target)}.`,
    ...(page === null ? [] : [`The proof to read, print and keep: ${printable(page)}`]),
  ]
}

const columns: readonly Column[] = [
  { title: 'Kind' },
  { title: 'On the disk', align: 'right' },
  { title: 'Restored', align: 'right' },
  { title: 'As it was', align: 'right' },
  { title: 'Pending', align: 'right' },
  { title: 'Size', align: 'right' },
  { title: 'All takes', align: 'right' },
]

function accountLines(account: AccountProof): string[] {
  const rows = account.services.map(({ service, items, restored, identical, pending, bytes, fullSeconds }) => [
    serviceWords[service],
    ...[items, restored, identical, pending].map(formatCount),
    formatBytes(bytes),
    items > 0 && restored === 0 ? '–' : formatDuration(fullSeconds),
  ])
  const { provider, lossSeconds, goals } = account
  const asked = provider.asked
    ? `  The provider lists ${formatCount(provider.listed)}; ${formatCount(provider.identical)} of ${formatCount(provider.sampled)} fetched again are exactly on the disk; since the last backup ${formatCount(provider.arrived)} new, ${formatCount(provider.changed)} changed, ${formatCount(provider.removed)} removed.`
    : `  Not asked: ${printable(provider.reason)}`
  const loss = lossSeconds === null ? 'everything' : `what came in the last ${formatDuration(lossSeconds)}`
  return [
    `Account ${printable(account.account)}: ${verdicts[account.verdict]}`,
    ...table(columns, rows).map((line) => `  ${line}`),
    `  Back in ${formatDuration(account.recoverySeconds)}${withoutServices(account.untimed)} (you want ${plural(goals.recoverHours, 'hour')}); lost would be ${loss} (you want ${plural(goals.loseDays, 'day')}).`,
    asked,
    ...findings('Wrong', account.faults),
    ...findings('Exception', account.exceptions),
    ...account.untested.map((text) => `  Not tested: ${printable(text)}`),
  ]
}

function findings(label: string, all: readonly ProofFinding[]): string[] {
  const lines = all.slice(0, findingsShown).map(({ service, collection, title, date, text }) => {
    const where = [
      ...(service === null ? [] : [serviceWords[service]]),
      ...(collection.length === 0 ? [] : [formatPath(collection)]),
      ...(date === '' ? [] : [formatDate(date)]),
      ...(title === '' ? [] : [`"${printable(title)}"`]),
    ]
    return `  ${label}: ${where.length === 0 ? '' : `${where.join(', ')}: `}${printable(text)}`
  })
  const more = all.length - lines.length
  return more > 0 ? [...lines, `  … and ${formatCount(more)} more; --json names them.`] : lines
}
