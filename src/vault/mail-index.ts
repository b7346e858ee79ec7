/** `Mail/index.csv`: one row per message, for a spreadsheet. Derived: written anew whenever something changed. */
import type { SQLOutputValue } from 'node:sqlite'
import type { JsonObject } from '../core/json.ts'
import type { Disk } from './disk.ts'
import { mailIndex } from './layout.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord } from './state-rows.ts'
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

/** All messages of a folder, former ones too, oldest first. */
const messages = `SELECT date, sender, recipient, subject, meta, removed, size, message_id, path, start, length, sha256
  FROM items WHERE c = ? ORDER BY date, id`

function* rows(state: AccountState): Generator<(string | number)[]> {
  // As arrays, and only what is shown: as items they would take half of a run over few changes.
  const statement = state.database.prepare(messages)
  statement.setReturnArrays(true)
  for (const folder of state.collections())
    if (folder.service === 'mail')
      for (const row of statement.iterate(folder.c)) yield toRow(folder, row as unknown as readonly SQLOutputValue[])
}

function toRow({ path }: CollectionRecord, row: readonly SQLOutputValue[]): (string | number)[] {
  const [date, sender, recipient, subject, meta, removed, size, messageId, file, start, length, sha256] = row
  const { flags, labels } = JSON.parse(String(meta)) as JsonObject
  const list = (value: unknown) => (Array.isArray(value) ? value.join(' ') : '')
  const status = removed === null ? 'in the account' : `removed, noticed ${removed}`
  return [
    ...[path.join('/'), String(date), String(sender), String(recipient), String(subject), list(flags), list(labels), status],
    ...[Number(size), String(messageId), String(file), Number(start), Number(length), String(sha256)],
  ]
}
