import { printableJson } from './printable.ts'
import type { Output } from './terminal.ts'

/** One JSON document where that is wanted, else lines for a person. */
export async function printResult<Result>(
  stdout: Output,
  { json = false }: { readonly json?: boolean },
  result: Result,
  lines: (result: Result) => readonly string[],
): Promise<void> {
  await stdout.write(`${json ? printableJson(result) : lines(result).join('\n')}\n`)
}
