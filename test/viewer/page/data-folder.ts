import { readdirSync } from 'node:fs'
import { join } from 'node:path'

/** The folder of a vault that holds the viewer's data. */
export function dataFolderOf(vault: string): string {
  const name = readdirSync(vault).find((entry) => /^viewer-[0-9a-f]{32}$/.test(entry))
  if (name === undefined) throw new Error('The vault has no viewer data')
  return join(vault, name)
}
