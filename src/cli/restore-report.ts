/** The report of a restore for a person: what came back, what the target holds differently, what is missing, and why. */
import type { RestoreRemark, RestoreReport } from '../api/contract.ts'
import { formatBytes, formatCount, formatDate, formatPath, plural, serviceWords, table } from './format.ts'
import { printable } from './printable.ts'

/** More items than this are counted, not named; `--json` names them all. */
const remarksShown = 20

export function restoreReportLines(report: RestoreReport): readonly string[] {
  const would = report.dryRun ? 'To restore' : 'Restored'
  const rows = report.collections.map((collection) => [
    formatPath(collection.path),
    collection.target === null ? '–' : formatPath(collection.target),
    ...[collection.items, collection.created, collection.alreadyThere, collection.conflicts, collection.failed].map(formatCount),
  ])
  const columns = [
    { title: 'In the vault', limit: 36 },
    { title: 'At the target', limit: 36 },
    { title: 'Items', align: 'right' },
    { title: would, align: 'right' },
    { title: 'There already', align: 'right' },
    { title: 'Left alone', align: 'right' },
    { title: 'Failed', align: 'right' },
  ] as const
  return [
    `Account ${printable(report.account)} as of ${report.run}, to ${printable(report.target)}`,
    ...(rows.length === 0 ? [] : table(columns, rows).map((line) => `  ${line}`)),
    ...report.collections.flatMap(({ path, failure, examples }) => [
      ...(report.dryRun && examples.length > 0 ? [`  ${formatPath(path)}: for example ${examples.map(quoted).join(', ')}`] : []),
      ...(failure === undefined ? [] : [`  ${formatPath(path)}: ${printable(failure.message)} ${printable(failure.advice)}`]),
    ]),
    ...lossLines(report),
    ...report.skipped.map(
      ({ service, items, reason }) => `  ${plural(items, 'item')} of ${serviceWords[service]} left out: ${printable(reason)}`,
    ),
    ...remarks('Not restored', report.failures),
    ...remarks('Something else is there', report.conflicts),
    ...remarks('Not quite as it was', report.losses),
    ...(report.failure === undefined ? [] : [printable(report.failure.message), printable(report.failure.advice)]),
    '',
    ...conclusion(report),
  ]
}

/** What collections lose as such; what is so in several of them stands once. */
function lossLines({ collections }: RestoreReport): string[] {
  const all = collections.flatMap(({ path, losses }) => losses.map((loss) => ({ path, loss })))
  return [...Map.groupBy(all, ({ loss }) => loss)].map(([loss, places]) => {
    const [first, ...others] = places
    const more = others.length === 0 ? '' : ` and ${formatCount(others.length)} more`
    return `  ${formatPath(first?.path ?? [])}${more}: ${printable(loss)}`
  })
}

function quoted(title: string): string {
  return `"${printable(title)}"`
}

function remarks(label: string, all: readonly RestoreRemark[]): string[] {
  const lines = all.slice(0, remarksShown).map(({ collection, title, date, texts }) => {
    const when = date === '' ? '' : `, ${formatDate(date)}`
    return `  ${label}: ${formatPath(collection)}${when}, ${quoted(title)}: ${printable(texts.join(' '))}`
  })
  const more = all.length - lines.length
  return more > 0 ? [...lines, `  … and ${formatCount(more)} more; --json names them all.`] : lines
}

function conclusion(report: RestoreReport): string[] {
  const sum = (of: (collection: RestoreReport['collections'][number]) => number) =>
    report.collections.reduce((total, collection) => total + of(collection), 0)
  const noun = (count: number) => plural(count, 'item')
  const [created, there, conflicts, failed] = [
    sum((c) => c.created),
    sum((c) => c.alreadyThere),
    sum((c) => c.conflicts),
    sum((c) => c.failed),
  ]
  const size = formatBytes(sum((c) => c.bytes))
  const counts = `${noun(created)} (${size}) ${report.dryRun ? 'would be ' : ''}restored, ${formatCount(there)} there already`
  if (report.stopped)
    return [
      `Stopped before the end: ${counts}.`,
      'Run the same command again: it goes on where it stopped and adds nothing twice.',
    ]
  if (report.dryRun) return [`Nothing was changed. ${counts}, ${formatCount(conflicts)} left alone for what is in their place.`]
  const differing = report.losses.length === 0 ? '' : ` ${noun(report.losses.length)} not quite as before, named above.`
  const failures = failed > 0 || report.failure !== undefined || report.collections.some(({ failure }) => failure !== undefined)
  if (failures) {
    return [
      `Not complete: ${counts}, ${formatCount(failed)} failed.${differing}`,
      'See above for what to do, then run the same command again: it adds only what is missing.',
    ]
  }
  const alone = conflicts === 0 ? '' : ` ${noun(conflicts)} left alone for what is in their place (--conflict says what to do).`
  return [`Complete: ${counts}.${alone}${differing}`]
}
