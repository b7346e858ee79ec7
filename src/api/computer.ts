/** What tells this computer from others of the same name. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { readPrivateFile, writePrivateFile } from './private-file.ts'

/** Random, made once for the person and kept with the settings; null where it cannot be kept. Never throws. */
export async function computerId(configFolder: string): Promise<string | null> {
  const path = join(configFolder, 'computer-id')
  const known = async () => /^[0-9a-f-]{36}$/.exec((await readPrivateFile(path))?.trim() ?? '')?.[0] ?? null
  try {
    const id = await known()
    if (id !== null) return id
    await writePrivateFile(path, `${randomUUID()}\n`)
    // Another process may have made one at the same moment: the one that lies there counts.
    return await known()
  } catch {
    return null
  }
}
