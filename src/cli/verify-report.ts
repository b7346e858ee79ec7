/** The report of a check for a person. */

import type { FindingKind, VerifyReport } from '../api/contract.ts'
import { assertNever } from '../core/errors.ts'
import { formatBytes, formatDate, formatPath, plural } from './format.ts'
import { printable } from './printable.ts'

export function verifyReportLines(report: VerifyReport): readonly string[] {
  const findings = report.findings.flatMap((finding) => {
    const lines = [`${label(finding.kind)}: ${printable(finding.path)}: ${printable(finding.text)}`]
    if (finding.item !== undefined) {
      const { account, collection, title, date } = finding.item
      const subject = title === '' ? '(no name known)' : `"${printable(title)}"`
      lines.push(`  concerns ${printable(account)}, ${formatPath(collection)}, ${formatDate(date)}, ${subject}`)
    }
    return lines
  })
  return [...findings, ...(findings.length > 0 ? [''] : []), ...conclusion(report)]
}

function label(kind: FindingKind): string {
  switch (kind) {
    case 'damaged':
      return 'Damaged'
    case 'missing':
      return 'Missing'
    case 'replaced':
      return 'Saved anew'
    case 'derived':
      return 'Out of date'
    case 'foreign':
      return 'Not ours'
    case 'interrupted':
      return 'Interrupted'
    default:
      return assertNever(kind)
  }
}

function conclusion(report: VerifyReport): string[] {
  const checked = `${plural(report.items, 'item')} in ${plural(report.files, 'file')} (${formatBytes(report.bytes)}) checked`
  const count = (...kinds: readonly FindingKind[]) => report.findings.filter((finding) => kinds.includes(finding.kind)).length
  if (report.sound) {
    const what = count('replaced') > 0 ? 'and what was found damaged was saved anew' : 'all as they were saved'
    return [`The vault is sound: ${checked}, ${what}.`]
  }
  const lost = count('damaged', 'missing')
  if (lost === 0) {
    return [
      `Everything that was saved is sound: ${checked}. ${plural(count('derived'), 'file')} that Lifeboat makes from them differ.`,
      'The next backup writes them anew.',
    ]
  }
  return [
    `The vault is damaged: ${plural(lost, 'finding')}. ${checked}.`,
    report.healable
      ? 'Do not delete anything. Run lifeboat backup: what the provider still has is fetched anew.'
      : 'Do not delete anything. The account does not have it any more either, so no backup can fetch it anew.',
    'If you have another copy of this vault, take the files named above from there.',
  ]
}
