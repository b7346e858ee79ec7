/** What the makers of documents work with. */
import type { Service } from '../../core/account.ts'
import type { PutChange, ViewerInput } from '../input.ts'
import type { Lookup } from './lookup.ts'
import type { ReadMail } from './mail.ts'
import type { Newest } from './newest.ts'
import type { Stream } from './stream.ts'

export type Streams = { readonly [S in Service]: Stream<S> }

export interface DocumentContext {
  readonly input: ViewerInput
  readonly lookup: Lookup
  readonly newest: Newest
  /** The message of a change, read. What its attachments hold is good until the next one is asked for. */
  readonly mail: (change: PutChange) => Promise<ReadMail>
  readonly notice: (text: string) => void
}
