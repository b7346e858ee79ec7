/** Options that several commands share. */
import { Option } from 'commander'

export function progressOption(): Option {
  return new Option(
    '--progress <form>',
    'plain: lines, json: JSON Lines, both on stderr (default: one updated line in a terminal, else plain; none with --json)',
  ).choices(['json', 'plain', 'none'])
}

/** Of an option that can be repeated. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}
