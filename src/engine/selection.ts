/** What a person asks for of an account: services, one collection, words. */

import type { Service } from '../core/account.ts'
import { AppError } from '../core/errors.ts'
import type { CollectionRecord, ItemRecord } from '../vault/state-rows.ts'

export interface Selection {
  /** All when absent. */
  readonly services?: readonly Service[]
  /** Path joined with `/`, in any case; what lies below it belongs to it. */
  readonly collection?: string
  /** Every word has to occur: in subject or name, sender, recipient, Message-ID or UID, or path. In any case. */
  readonly search?: string
}

/** @throws AppError `not-found` when there is no collection of that name */
export function selectCollections(collections: readonly CollectionRecord[], selection: Selection): CollectionRecord[] {
  const living = collections.filter(
    ({ gone, service }) => !gone && (selection.services === undefined || selection.services.includes(service)),
  )
  const { collection } = selection
  if (collection === undefined) return living
  const wanted = folded(collection).replace(/\/+$/, '')
  const chosen = living.filter(({ path }) => {
    const own = folded(path.join('/'))
    return own === wanted || own.startsWith(`${wanted}/`)
  })
  if (chosen.length > 0) return chosen
  throw new AppError(
    'not-found',
    `There is no folder, address book or calendar "${collection}" in what was saved of the account.`,
    {
      advice: 'lifeboat list shows what there is; with --at also what there was.',
    },
  )
}

/** True for every item where nothing was asked for. */
export function matcher(search: string | undefined): (item: ItemRecord) => boolean {
  const words = folded(search ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return () => true
  return ({ head, meta }) => {
    const path = Array.isArray(meta['path']) ? meta['path'].join('/') : ''
    const text = folded([head.subject, head.from, head.to, head.messageId, path].join('\n'))
    return words.every((word) => text.includes(word))
  }
}

/** In a few words, for a person. */
export function titleOf({ head, meta, key }: ItemRecord): string {
  if (head.subject !== '') return head.subject
  const path = meta['path']
  if (Array.isArray(path) && path.length > 0) return path.join('/')
  return head.from !== '' ? `(no subject) from ${head.from}` : head.messageId || key
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
