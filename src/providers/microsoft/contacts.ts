/** The calls for contacts that are needed here, all of them reading. */
import type { Contact, ContactFolder } from '@microsoft/microsoft-graph-types'
import { AppError, hasCode } from '../../core/errors.ts'
import { whole } from '../shared/whole.ts'
import { type Batched, batch } from './batch.ts'
import type { Picture } from './contact-card.ts'
import { contactExpands } from './contact-fields.ts'
import { pagesSince } from './link-cursor.ts'
import type { Session } from './session.ts'

export interface ContactsDelta {
  /** Ids; may name one twice, and also as gone. */
  readonly changed: readonly string[]
  readonly removed: readonly string[]
  readonly link: string | null
}

interface Tracked {
  readonly id?: string
  readonly '@removed'?: object
}

interface Photo {
  readonly '@odata.mediaEtag'?: string
  readonly '@odata.mediaContentType'?: string
  readonly id?: string
  readonly width?: number
  readonly height?: number
}

const pageSize = 200
const deltaPage = 'odata.maxpagesize=500'
const largestPhoto = 16 << 20

type Properties = NonNullable<Contact['singleValueExtendedProperties']>

const expands = contactExpands.map((expand) => `$expand=${encodeURIComponent(expand)}`)

export class Contacts {
  readonly session: Session
  readonly #signal: AbortSignal

  constructor(session: Session, signal: AbortSignal) {
    this.session = session
    this.#signal = signal
  }

  /** The person's main folder first. Folders nest. */
  async folders(): Promise<readonly ContactFolder[]> {
    const { me } = this.session
    const main = await this.session.get<ContactFolder>('outlook', `${me}/contactFolders/contacts`, this.#signal)
    const found = new Map<string, ContactFolder>([[main.id ?? '', main]])
    for await (const { value } of this.session.pages<ContactFolder & Tracked>(
      'outlook',
      `${me}/contactFolders/delta`,
      this.#signal,
    ))
      for (const folder of value)
        if (folder.id && folder['@removed'] === undefined && !found.has(folder.id)) found.set(folder.id, folder)
    return [...found.values()]
  }

  /** Everything without a link. @throws AppError `cursor-expired` */
  async delta(folder: string, link: string | null): Promise<ContactsDelta> {
    const how = { prefer: [deltaPage] }
    const all = () =>
      this.session.pages<Tracked>('outlook', `${this.#folder(folder)}/contacts/delta?$select=changeKey`, this.#signal, how)
    const since = (from: string) => pagesSince<Tracked>(this.session, 'outlook', from, this.#signal, how)
    const changed: string[] = []
    const removed: string[] = []
    let end: string | null = null
    for await (const page of link === null ? all() : since(link)) {
      for (const { id, '@removed': gone } of page.value) if (id) (gone === undefined ? changed : removed).push(id)
      end = page.deltaLink ?? end
    }
    return { changed, removed, link: end }
  }

  /** Whole contacts, a page at a time. */
  async *list(folder: string): AsyncGenerator<readonly Contact[], void, undefined> {
    const path = `${this.#folder(folder)}/contacts?$top=${pageSize}`
    const [first = '', ...others] = expands
    const more = new Map<string, Properties>()
    for (const expand of others)
      for await (const { value } of this.session.pages<Contact>('outlook', `${path}&$select=id&${expand}`, this.#signal))
        for (const { id, singleValueExtendedProperties: found } of value)
          if (id && found?.length) more.set(id, [...(more.get(id) ?? []), ...found])
    for await (const { value } of this.session.pages<Contact>('outlook', `${path}&${first}`, this.#signal))
      yield value.map((contact) => withMore(contact, more.get(contact.id ?? '') ?? []))
  }

  /** Whole contacts in the order of `ids`. */
  async contacts(folder: string, ids: readonly string[]): Promise<readonly Batched<Contact>[]> {
    const paths = ids.flatMap((id) =>
      expands.map((expand, n) => `${this.#contact(folder, id)}?${n === 0 ? '' : '$select=id&'}${expand}`),
    )
    const answers = await batch<Contact>(this.session, 'outlook', paths, this.#signal)
    return ids.map((_, n) => together(answers.slice(n * expands.length, (n + 1) * expands.length)))
  }

  /** What tells one picture from another, in the order of `ids`; null without a picture. */
  async photoTags(folder: string, ids: readonly string[]): Promise<readonly (string | null)[]> {
    const paths = ids.map((id) => `${this.#contact(folder, id)}/photo`)
    const answers = await batch<Photo>(this.session, 'outlook', paths, this.#signal)
    return answers.map((answer) => {
      if ('body' in answer) {
        const { id, width, height } = answer.body
        // "The contents of a response when a photo hasn't already been uploaded."
        if (width === 1 && height === 1) return null
        return answer.body['@odata.mediaEtag'] || `${id} ${width} ${height}`
      }
      if (hasCode(answer.error, 'not-found')) return null
      // "Metadata operation is not supported for personal Microsoft accounts": it shows when the picture is wanted.
      if (hasCode(answer.error, 'network', 'unsupported', 'permission')) return 'unknown'
      throw answer.error
    })
  }

  /** Null where there is none. */
  async photo(folder: string, id: string): Promise<Picture | null> {
    return await this.session.patiently(this.#signal, async () => {
      try {
        const { headers, content } = await this.session.open('outlook', `${this.#contact(folder, id)}/photo/$value`, this.#signal)
        const mime = /^image\/[\w.+-]+/.exec(headers.get('content-type') ?? '')?.[0] ?? 'image/jpeg'
        return { mime, octets: Buffer.from(await whole(content, largestPhoto)) }
      } catch (error) {
        if (error instanceof AppError && hasCode(error, 'not-found', 'unsupported', 'permission')) return null
        throw error
      }
    })
  }

  #folder(id: string): string {
    return `${this.session.me}/contactFolders/${encodeURIComponent(id)}`
  }

  #contact(folder: string, id: string): string {
    return `${this.#folder(folder)}/contacts/${encodeURIComponent(id)}`
  }
}

function withMore(contact: Contact, more: Properties): Contact {
  if (more.length === 0) return contact
  return { ...contact, singleValueExtendedProperties: [...(contact.singleValueExtendedProperties ?? []), ...more] }
}

/** One contact that was asked for in parts; the first holds all but the rest of its extended properties. */
function together([first, ...others]: readonly Batched<Contact>[]): Batched<Contact> {
  if (first === undefined || 'error' in first) return first ?? { error: new AppError('network', 'Microsoft gave no answer.') }
  const more: Properties = []
  for (const one of others) {
    if ('error' in one) return one
    more.push(...(one.body.singleValueExtendedProperties ?? []))
  }
  return { body: withMore(first.body, more) }
}
