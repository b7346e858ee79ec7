/** OneNote as far as Graph gives it: each page as one HTML file with its pictures and attachments in it. */
import type { OnenotePage, OnenoteSection, SectionGroup } from '@microsoft/microsoft-graph-types'
import { AppError, hasCode } from '../../core/errors.ts'
import type { Collection, Item } from '../../core/items.ts'
import type { Change, Cursor, Fetched } from '../../core/source.ts'
import { whole } from '../shared/whole.ts'
import { linkCheckpoint } from './link-cursor.ts'
import type { Session } from './session.ts'

export const notes: Collection = { service: 'files', key: 'notes', path: ['OneNote'] }

/** Of a page with all that is in it. */
const largestPage = 96 << 20
const pageSize = 100

interface Section {
  readonly id: string
  readonly path: readonly string[]
  readonly modified: string
}

/** @throws AppError `cursor-expired` where something was changed since: a section tells that, not which page of it */
export async function* noteChanges(
  session: Session,
  since: Cursor | null,
  now: Date,
  signal: AbortSignal,
): AsyncGenerator<Change, void, undefined> {
  const sections = await sectionsOf(session, signal)
  const link = JSON.stringify(sections.map(({ id, path, modified }) => [id, path, modified]).sort())
  const checkpoint = linkCheckpoint({ link, listed: now.toISOString() })
  if (since?.includes(JSON.stringify(link))) {
    yield checkpoint
    return
  }
  if (since !== null) throw new AppError('cursor-expired', 'Notebooks have changed, so all pages are listed again.')
  for (const section of sections) {
    const path = `${session.me}/onenote/sections/${encodeURIComponent(section.id)}/pages?$select=id,title,lastModifiedDateTime,links&$top=${pageSize}`
    for await (const { value } of session.pages<OnenotePage>('notes', path, signal))
      for (const page of value) if (page.id) yield { kind: 'item', item: itemOf(page.id, page, section) }
  }
  yield { kind: 'all-listed' }
  yield checkpoint
}

/** Nothing where the account has no OneNote, or it was not allowed to be read. */
async function sectionsOf(session: Session, signal: AbortSignal): Promise<Section[]> {
  const expand = 'parentNotebook($select=displayName),parentSectionGroup($select=displayName)'
  const path = `${session.me}/onenote/sections?$select=id,displayName,lastModifiedDateTime&$expand=${encodeURIComponent(expand)}`
  const found: Section[] = []
  try {
    for await (const { value } of session.pages<OnenoteSection>('notes', path, signal))
      for (const section of value) if (section.id) found.push(placed(section.id, section))
  } catch (error) {
    if (!hasCode(error, 'not-found', 'permission', 'unsupported')) throw error
    return []
  }
  return found
}

function placed(id: string, { displayName, parentNotebook, parentSectionGroup, lastModifiedDateTime }: OnenoteSection): Section {
  const group: SectionGroup | null | undefined = parentSectionGroup
  const names = [parentNotebook?.displayName || 'Notebook', group?.displayName, displayName || 'Section']
  return { id, path: names.filter((name): name is string => Boolean(name)), modified: lastModifiedDateTime ?? '' }
}

function itemOf(id: string, { title, lastModifiedDateTime, links }: OnenotePage, { path }: Section): Item {
  const name = `${title || 'Untitled page'}.html`
  const modified = lastModifiedDateTime ?? '1970-01-01T00:00:00Z'
  const link = links?.oneNoteWebUrl?.href
  const meta = { path: [...path, name], modified, mime: 'text/html', ...(link ? { link } : {}) }
  return { key: id, version: modified, date: modified, title: name, meta }
}

export async function noteContent(session: Session, { key }: Pick<Item, 'key'>, signal: AbortSignal): Promise<Fetched> {
  try {
    const path = `${session.me}/onenote/pages/${encodeURIComponent(key)}/content`
    const html = (await octetsOf(session, path, signal)).octets.toString('utf8')
    return { key, content: Buffer.from(await withResources(session, html, signal)) }
  } catch (error) {
    if (error instanceof AppError && hasCode(error, 'not-found', 'permission', 'unsupported', 'network')) return { key, error }
    throw error
  }
}

async function octetsOf(session: Session, path: string, signal: AbortSignal): Promise<{ octets: Buffer; type: string }> {
  return await session.patiently(signal, async () => {
    const { headers, content } = await session.open('notes', path, signal)
    const type = /^[\w.+-]+\/[\w.+-]+/.exec(headers.get('content-type') ?? '')?.[0] ?? 'application/octet-stream'
    return { octets: Buffer.from(await whole(content, largestPage)), type }
  })
}

/** Addresses that only the signed-in person can open give way to what lies there. What is not to be had keeps its address. */
async function withResources(session: Session, html: string, signal: AbortSignal): Promise<string> {
  const addresses = new Set(
    [...html.matchAll(/"(https:\/\/[^"\s]+\/onenote\/resources\/[^"\s]+)"/g)].map(([, address = '']) => address),
  )
  let text = html
  for (const address of addresses) {
    try {
      const { octets, type } = await octetsOf(session, address.replaceAll('&amp;', '&'), signal)
      if (text.length + octets.length > largestPage) continue
      text = text.replaceAll(`"${address}"`, `"data:${type};base64,${octets.toString('base64')}"`)
    } catch (error) {
      if (!hasCode(error, 'not-found', 'permission', 'unsupported', 'suspicious')) throw error
    }
  }
  return text
}
