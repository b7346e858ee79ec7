/** `Mail/index.csv`: one row per message, for a spreadsheet. Derived: written anew whenever something changed. */
import type { Disk } from './disk.ts'
import { mailIndex } from './layout.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'
import { writeTable } from './table.ts'

const columns = [
  'Folder',
  'Date',
  'From',
  'To',
  'Subject',
  'Flags',
  'Labels',
  'Status',
  'Size',
  'Message-ID',
  'File',
  'Offset',
  'Length',
  'SHA-256',
]
/** Answers the table's checksum. */
export function writeMailIndex(disk: Disk, root: string, state: AccountState): Promise<string> {
  return writeTable(disk, root, mailIndex, columns, rows(state))
}

function* rows(state: AccountState): Generator<(string | number)[]> {
  for (const folder of state.collections()) {
    if (folder.service === 'mail') for (const item of state.items(folder.c, true)) yield toRow(folder, item)
  }
}

function toRow(collection: CollectionRecord, item: ItemRecord): (string | number)[] {
  const { flags, labels } = item.meta
  const list = (value: unknown) => (Array.isArray(value) ? value.join(' ') : '')
  const status = item.removed === null ? 'in the account' : `removed, noticed ${item.removed}`
  return [
    ...[collection.path.join('/'), item.date, item.head.from, item.head.to, item.head.subject, list(flags), list(labels), status],
    ...[item.size, item.head.messageId, item.path, item.offset, item.length, item.sha256],
  ]
}
