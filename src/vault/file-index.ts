/** `Files/index.csv`: one row per file, for a spreadsheet. Derived: written anew whenever something changed. */
import { isFolder } from '../core/items.ts'
import type { JsonObject } from '../core/json.ts'
import type { Disk } from './disk.ts'
import { filesIndex } from './layout.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'
import { writeTable } from './table.ts'

const columns = [
  'Drive',
  'Name',
  'Modified',
  'Size',
  'Type',
  'Owner',
  'Sharing',
  'Starred',
  'Description',
  'Web link',
  'Status',
  'File',
  'Id',
  'SHA-256',
]

/** Streams the table to a scratch file and puts it in place; answers its checksum. */
export function writeFileIndex(disk: Disk, root: string, state: AccountState): Promise<string> {
  return writeTable(disk, root, filesIndex, columns, rows(state))
}

function* rows(state: AccountState): Generator<(string | number)[]> {
  for (const drive of state.collections()) {
    if (drive.service === 'files') for (const item of state.items(drive.c, true)) yield toRow(drive, item)
  }
}

function toRow(drive: CollectionRecord, { key, meta, size, removed, path, sha256, head }: ItemRecord): (string | number)[] {
  const place = removed === null ? 'in the account' : `removed, noticed ${removed}`
  // Why it is not quite what the provider says, or stands there as a link only.
  const status = [place, text(meta, 'note')].filter((part) => part !== '').join('; ')
  return [
    ...[drive.path.join('/'), head.subject, text(meta, 'modified'), size, isFolder(meta) ? 'empty folder' : text(meta, 'mime')],
    ...[text(meta, 'owner'), text(meta, 'sharing'), meta['starred'] === true ? 'yes' : '', text(meta, 'description')],
    ...[text(meta, 'link'), status, path, key, sha256],
  ]
}

function text(meta: JsonObject, name: string): string {
  const value = meta[name]
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
