/** A derived table: streamed to a scratch file and put in place. */
import { createHash } from 'node:crypto'
import { dirname } from 'node:path'
import { csvByteOrderMark, csvRow } from '../formats/csv.ts'
import { type Disk, temporarySuffix } from './disk.ts'
import { systemPath } from './layout.ts'

type Row = readonly (string | number)[]

/** Characters. */
const writtenAtOnce = 64 << 10
/** Octets of a character at most. */
const mostOctets = 3

/** Answers the checksum. `path`: relative to the account's folder `root`. */
export async function writeTable(
  disk: Disk,
  root: string,
  path: string,
  columns: readonly string[],
  rows: Iterable<Row>,
): Promise<string> {
  const target = systemPath(root, path)
  const temporary = `${target}${temporarySuffix}`
  await disk.makeDirectory(dirname(target))
  const sum = createHash('sha256')
  const file = await disk.open(temporary, 'write')
  try {
    await file.truncate(0)
    let length = 0
    // Used again for each piece: as garbage they would be collected too late.
    const memory = Buffer.allocUnsafeSlow(2 * writtenAtOnce * mostOctets)
    for (const text of tableText(columns, rows)) {
      const fits = text.length * mostOctets <= memory.length
      const bytes = fits ? memory.subarray(0, memory.write(text)) : Buffer.from(text)
      sum.update(bytes)
      await file.write([bytes], length)
      length += bytes.length
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, target)
  await disk.syncDirectory(dirname(target))
  return sum.digest('hex')
}

function* tableText(columns: readonly string[], rows: Iterable<Row>): Generator<string> {
  let text = csvByteOrderMark + csvRow(columns)
  for (const row of rows) {
    text += csvRow(row)
    if (text.length < writtenAtOnce) continue
    yield text
    text = ''
  }
  yield text
}
