/** Options that several commands share. */
import { InvalidArgumentError, Option } from 'commander'

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

export function parsePort(value: string): number {
  const port = Number(value)
  if (!/^\d{1,5}$/.test(value) || port < 1 || port > 65_535) throw new InvalidArgumentError('A port is a number from 1 to 65535.')
  return port
}
