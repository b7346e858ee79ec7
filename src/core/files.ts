/** What an item of a drive is. */
import type { JsonObject } from './types.ts'

/** A folder that holds nothing (`FileMeta.folder`): an item as a file is, without octets. */
export function isFolder(meta: JsonObject): boolean {
  return meta['folder'] === true
}
