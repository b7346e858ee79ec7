/** `Mail/index.csv`: one row per message, for a spreadsheet. Derived: written anew whenever something changed. */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { csvByteOrderMark, csvRow, csvRows } from '../formats/csv.ts'
import { type Disk, temporarySuffix } from './disk.ts'
import { mailIndex, systemPath } from './layout.ts'
import type { AccountState } from './state.ts'
import type { CollectionRecord, ItemRecord } from './state-rows.ts'

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
const rowsAtOnce = 500

/** Streams the table to a scratch file and puts it in place; answers its checksum. */
export async function writeMailIndex(disk: Disk, root: string, state: AccountState): Promise<string> {
  const path = systemPath(root, mailIndex)
  const temporary = `${path}${temporarySuffix}`
  await disk.makeDirectory(systemPath(root, mailIndex.slice(0, mailIndex.lastIndexOf('/'))))
  const sum = createHash('sha256')
  const file = await disk.open(temporary, 'write')
  try {
    await file.truncate(0)
    let length = 0
    for (const text of tableText(state)) {
      const bytes = Buffer.from(text)
      sum.update(bytes)
      await file.write([bytes], length)
      length += bytes.length
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, path)
  await disk.syncDirectory(dirname(path))
  return sum.digest('hex')
}

function* tableText(state: AccountState): Generator<string> {
  yield csvByteOrderMark + csvRow(columns)
  let rows: (string | number)[][] = []
  for (const collection of state.collections()) {
    if (collection.service !== 'mail') continue
    for (const item of state.items(collection.c, true)) {
      rows.push(toRow(collection, item))
      if (rows.length < rowsAtOnce) continue
      yield csvRows(rows)
      rows = []
    }
  }
  if (rows.length > 0) yield csvRows(rows)
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
