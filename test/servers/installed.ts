import { existsSync } from 'node:fs'
import { join } from 'node:path'

export function isInstalled(tool: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, tool)))
}
