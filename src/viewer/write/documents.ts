/** Makes documents of what changes bring: rows, blocks and terms of the open segment of their service. */
import type { Service } from '../../core/account.ts'
import type { PutChange } from '../input.ts'
import { contactDocument } from './contact-document.ts'
import type { DocumentContext, Streams } from './document-context.ts'
import { eventDocument } from './event-document.ts'
import { fileDocument } from './file-document.ts'
import { mailDocument } from './mail-document.ts'

/** Answers the document's number in its service. */
type DocumentMaker = (change: PutChange, streams: Streams, context: DocumentContext) => Promise<number>

export const documentMakers: { readonly [S in Service]: DocumentMaker } = {
  mail: mailDocument,
  contacts: contactDocument,
  calendar: eventDocument,
  files: fileDocument,
}
