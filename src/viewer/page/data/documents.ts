/** Attachments of mail and files of drives as one list. */
import type { DocumentKind } from '../../format-documents.ts'
import { filesBelow, fileTree } from './files.ts'
import type { Library } from './library.ts'
import type { MailData } from './mail.ts'
import { attachmentsOf, filesOf } from './tables.ts'

export interface DocumentRow {
  readonly name: string
  readonly kind: DocumentKind
  readonly size: number
  /** Seconds: when it was sent, or last modified. */
  readonly date: number
  /** Who sent it; '' for files. */
  readonly person: string
  /** The message's subject, or the file's folder. */
  readonly context: string
  /** The ordinary file, relative to the vault's root; '' where it is only in its message. */
  readonly path: string
  readonly message: number | null
  readonly isRemoved: boolean
}

/** Newest first. */
export async function allDocuments(library: Library, { table, places }: MailData, asOf: number): Promise<DocumentRow[]> {
  const [attachments, files] = await Promise.all([attachmentsOf(library), filesOf(library)])
  const documents: DocumentRow[] = []
  for (const { doc, name, kind, size, file } of attachments) {
    const known = places.ofDoc(doc).filter((place) => (places.run[place] ?? 0) <= asOf)
    if (known.length === 0) continue
    documents.push({
      ...{ name, kind, size },
      date: table.date[doc] ?? 0,
      person: table.sender(doc),
      context: table.subject[doc] ?? '',
      path: file,
      message: doc,
      isRemoved: !known.some((place) => places.isThere(place, asOf)),
    })
  }
  const tree = fileTree(library, files, asOf)
  for (const { row, path, isRemoved } of filesBelow(tree.root).map(tree.item)) {
    const { name, kind, size, modified, folder } = row
    documents.push({
      ...{ name, kind, size, path, isRemoved },
      date: modified,
      person: '',
      context: folder.join(' / '),
      message: null,
    })
  }
  return documents.sort((a, b) => b.date - a.date)
}
