/** A file becomes a row and terms of the index; its content stays where it is. */
import type { PutChange } from '../input.ts'
import { documentKind } from '../kinds.ts'
import { fieldBits } from '../terms.ts'
import type { DocumentContext, Streams } from './document-context.ts'

export async function fileDocument(change: PutChange, streams: Streams, _: DocumentContext): Promise<number> {
  const { writer, index } = streams.files
  const { meta, origin, size } = change
  const path = Array.isArray(meta['path']) ? meta['path'].map(String) : origin.file.split('/')
  // A folder that holds nothing.
  const name = `${path.at(-1) ?? ''}${meta['folder'] === true ? '/' : ''}`
  const folder = path.slice(0, -1)
  const modified = Date.parse(String(meta['modified'] ?? change.date))
  const mime = typeof meta['mime'] === 'string' ? meta['mime'] : ''
  const doc = writer.nextDoc
  const row = { name, folder, size, modified: Number.isNaN(modified) ? 0 : Math.floor(modified / 1000) }
  await writer.document({ ...row, kind: documentKind(name, mime), path: origin.file }, change.sha256)
  index.add(doc, fieldBits.subject, name)
  index.add(doc, fieldBits.body, folder.join(' '))
  return doc
}
