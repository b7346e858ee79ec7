/**
 * A vault's page with data that was written by hand: what no real account holds (or should never hold) can be put in front of
 * the page without a parser in between. One segment per service.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Service } from '../../../src/core/account.ts'
import { scriptCall } from '../../../src/viewer/codec.ts'
import {
  formatVersion,
  type Manifest,
  overviewShard,
  type Segment,
  type ShardKind,
  shardFile,
  shardId,
} from '../../../src/viewer/format.ts'
import {
  type AttachmentInfo,
  type ContactDetail,
  type EventPart,
  type FileColumns,
  type MailDetail,
  marks,
} from '../../../src/viewer/format-documents.ts'
import type { CollectionInfo, Overview } from '../../../src/viewer/format-overview.ts'
import type { PlaceMeta } from '../../../src/viewer/format-places.ts'
import { fillStartPage, makeStartPage } from '../../../src/viewer/start-page.ts'

/** Where `Stay.origin` is. */
export const mboxFile = 'data/hannah@example.com/Mail/Inbox/2026.mbox'

const dataFolder = 'viewer-0123456789abcdef0123456789abcdef'

/** Where and when something was; `removed`: the run that noticed it was gone. */
export interface Stay {
  readonly collection?: number
  readonly run?: number
  readonly removed?: { readonly run: number; readonly reason: 0 | 1; readonly path?: string }
  readonly meta?: PlaceMeta
  /** In the vault's one mbox file. */
  readonly origin?: { readonly offset: number; readonly length: number }
}

export interface HandmadeMessage extends Stay {
  readonly from: string
  readonly subject: string
  readonly text?: string
  readonly html?: string
  /** Seconds. */
  readonly date?: number
  readonly headers?: string
  readonly attachments?: readonly Partial<AttachmentInfo>[]
  readonly thread?: number
  readonly images?: readonly Uint8Array[]
}

export interface HandmadeContact extends Stay {
  readonly name: string
  readonly fields: ContactDetail['fields']
  readonly groups?: readonly string[]
  readonly photo?: { readonly type: string; readonly octets: Uint8Array }
  readonly source?: string
}

export interface HandmadeEvent extends Stay {
  readonly part: Partial<EventPart>
  /** Seconds, as in `Occurrences`. */
  readonly occurrences: readonly { readonly start: number; readonly end: number; readonly timing?: 0 | 1 | 2 }[]
  /** VEVENT unless told. */
  readonly component?: 'VTODO'
  readonly source?: string
}

export interface HandmadeFile extends Stay {
  readonly folder: readonly string[]
  readonly name: string
  readonly size?: number
  readonly modified?: number
  readonly kind: FileColumns['kind'][number]
  readonly path: string
}

export interface Handmade {
  readonly collections: readonly {
    readonly service: Service
    readonly path: readonly string[]
    readonly role?: CollectionInfo['role']
  }[]
  /** Ids, ascending. */
  readonly runs?: readonly string[]
  readonly mail?: readonly HandmadeMessage[]
  readonly contacts?: readonly HandmadeContact[]
  readonly events?: readonly HandmadeEvent[]
  readonly files?: readonly HandmadeFile[]
  readonly overview?: Partial<Overview>
}

const baseTime = Date.UTC(2026, 10, 20, 8, 0, 0) / 1000

/**
 * Writes `START HERE.html` and its data into the folder, which must be there.
 * @param template another page than the one that the build made
 */
export async function writeHandmade(folder: string, vault: Handmade, template?: string): Promise<void> {
  const calls = new Map<string, Uint8Array[]>()
  const put = (file: string, id: string, content: unknown): void => {
    const octets = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content))
    calls.set(file, [...(calls.get(file) ?? []), scriptCall(id, gzipSync(octets))])
  }
  const segments = [mailSegment, contactSegment, eventSegment, fileSegment].map((make, at) => make(vault, at + 1, put))
  const { file, shard } = overviewShard(1)
  put(file, shard, overviewOf(vault))
  const manifest: Manifest = {
    ...{ format: formatVersion, generation: 1, vault: 'handmade', program: 'test', written: '2026-11-22T07:45:00Z', overview: 1 },
    segments,
    covered: {},
  }
  put('m1.js', 'm1', manifest)
  mkdirSync(join(folder, dataFolder), { recursive: true })
  for (const [name, parts] of calls) writeFileSync(join(folder, dataFolder, name), Buffer.concat(parts))
  const start = { dataFolder, vaultName: 'Handmade' }
  const page = template === undefined ? await makeStartPage(start) : fillStartPage(template, start)
  writeFileSync(join(folder, 'START HERE.html'), page)
}

type Put = (file: string, id: string, content: unknown) => void

function overviewOf({ collections, runs = defaultRuns, mail = [], overview }: Handmade): Overview {
  return {
    accounts: [
      {
        ...{ id: 'hannah@example.com', folder: 'hannah@example.com', providers: ['imap'] },
        services: ['mail'],
        asOf: '2026-11-22T07:40:00Z',
        lastRun: runs.at(-1) ?? '',
      },
    ],
    collections: collections.map(({ service, path, role = null }, position) => ({
      ...{ account: 0, c: position, service, path, role, meta: null },
      ...{ since: 0, gone: null, removed: 0, unread: 0, bytes: 1_234_567 },
      live: mail.filter(({ collection = 0, removed }) => collection === position && !removed).length,
    })),
    runs: runs.map((id) => ({ id, account: 0, ended: null, status: 'finished', added: 3, removed: 1, changed: 2 })),
    files: [mboxFile],
    renames: [],
    ...{ pending: [], skipped: [], proof: null, verified: null, newest: [], documents: true, notices: [] },
    calendarRange: { from: 2020, to: 2030 },
    ...overview,
  }
}

const defaultRuns = ['2026-11-02T073105Z', '2026-11-22T073105Z']
const noMeta: PlaceMeta = { flags: ['\\Seen'], labels: [] }

function segmentOf(id: number, service: Service, count: number, more: Partial<Segment> = {}): Segment {
  return {
    ...{
      id,
      service,
      level: 0,
      sealed: false,
      firstDoc: 0,
      docs: count,
      firstPlace: 0,
      places: count,
      events: count,
      packed: true,
    },
    columns: count > 0 ? [0] : [],
    ...{ texts: [], html: [], terms: [], attachments: 0, images: [], occurrences: [] },
    ...more,
  }
}

function putPlaces(put: Put, segment: Segment, stays: readonly Stay[]): void {
  const gone = stays.flatMap(({ removed }, place) => (removed ? [{ place, ...removed }] : []))
  putShard(put, segment, 's', {
    put: {
      doc: stays.map((_, at) => at),
      collection: stays.map(({ collection = 0 }) => collection),
      run: stays.map(({ run = 0 }) => run),
      received: stays.map(() => baseTime),
      meta: stays.map((_, at) => at),
    },
    changed: { place: [], run: [], meta: [] },
    removed: {
      place: gone.map(({ place }) => place),
      run: gone.map(({ run }) => run),
      reason: gone.map(({ reason }) => reason),
      path: gone.map(({ path = '' }) => path),
    },
    metas: stays.map(({ meta = noMeta }) => meta),
  })
  putShard(put, segment, 'o', {
    file: stays.map(() => 0),
    offset: stays.map(({ origin }) => origin?.offset ?? 0),
    length: stays.map(({ origin }) => origin?.length ?? 10),
    sha256: [],
  })
}

function putShard(put: Put, segment: Segment, kind: ShardKind, content: unknown): void {
  put(shardFile(segment, kind), shardId(segment.id, kind), content)
}

function blocks(parts: readonly (readonly [doc: number, octets: Uint8Array])[]): Uint8Array {
  const index = { docs: parts.map(([doc]) => doc), lengths: parts.map(([, octets]) => octets.length) }
  return Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...parts.map(([, octets]) => octets)])
}

const jsonBlock = (doc: number, value: unknown) => [doc, Buffer.from(JSON.stringify(value))] as const

function mailSegment({ mail = [] }: Handmade, id: number, put: Put): Segment {
  const html = mail.flatMap((message, doc) => (message.html === undefined ? [] : [[doc, Buffer.from(message.html)] as const]))
  const images = mail.flatMap(({ images: list = [] }, doc) => list.map((octets) => [doc, octets] as const))
  const listed = mail.flatMap(({ attachments = [] }, doc) =>
    attachments.map((info, number) => ({ doc, number, info: fullInfo(info) })),
  )
  const segment = segmentOf(id, 'mail', mail.length, {
    ...{
      texts: mail.length > 0 ? [0] : [],
      html: html.length > 0 ? [html[0]?.[0] ?? 0] : [],
      attachments: listed.length > 0 ? 1 : 0,
    },
    images: images.length > 0 ? [images[0]?.[0] ?? 0] : [],
  })
  const people = [...new Set(mail.map(({ from }) => from))]
  putShard(put, segment, 'c', {
    people,
    date: mail.map(({ date }, at) => date ?? baseTime - at * 3600),
    from: mail.map(({ from }) => people.indexOf(from)),
    to: mail.map(() => [0]),
    toMore: mail.map(() => 0),
    subject: mail.map(({ subject }) => subject),
    size: mail.map(({ html: body = '', text = '' }) => body.length + text.length),
    marks: mail.map(
      ({ attachments = [], html: body }) => (attachments.length > 0 ? marks.attachment : 0) | (body ? marks.html : 0),
    ),
    thread: mail.map(({ thread }, at) => thread ?? at),
  })
  putShard(put, segment, 't', blocks(mail.map((message, doc) => jsonBlock(doc, mailDetail(message)))))
  if (html.length > 0) putShard(put, segment, 'h', blocks(html))
  if (images.length > 0) putShard(put, segment, 'x', blocks(images))
  putShard(put, segment, 'a', {
    doc: listed.map(({ doc }) => doc),
    number: listed.map(({ number }) => number),
    name: listed.map(({ info }) => info.name),
    kind: listed.map(({ info }) => info.kind),
    size: listed.map(({ info }) => info.size),
    file: listed.map(({ info }) => info.file),
  })
  putPlaces(put, segment, mail)
  return segment
}

function fullInfo(info: Partial<AttachmentInfo>): AttachmentInfo {
  return { ...{ name: '', type: '', kind: 'other', size: 1000, contentId: '', inline: false, file: '', image: null }, ...info }
}

function mailDetail({ from, subject, text, html, headers, attachments = [] }: HandmadeMessage): MailDetail {
  const [, name = '', address = from] = /^(.*) <(.*)>$/.exec(from) ?? []
  return {
    text: text ?? (html === undefined ? '' : null),
    headers: headers ?? `From: ${from}\nSubject: ${subject}\n`,
    from: [{ name, address }],
    to: [{ name: 'Hannah Brandt', address: 'hannah@example.com' }],
    ...{ cc: [], bcc: [], replyTo: [], messageId: '', cut: false, source: null },
    attachments: attachments.map(fullInfo),
  }
}

function contactSegment({ contacts = [] }: Handmade, id: number, put: Put): Segment {
  const photos = contacts.flatMap(({ photo }, doc) => (photo ? [[doc, photo.octets] as const] : []))
  const segment = segmentOf(id, 'contacts', contacts.length, {
    texts: contacts.length > 0 ? [0] : [],
    images: photos.length > 0 ? [photos[0]?.[0] ?? 0] : [],
  })
  const values = (fields: ContactDetail['fields'], wanted: string) =>
    fields.flatMap(({ name, value }) => (name === wanted ? [value.join(' ')] : []))
  putShard(put, segment, 'c', {
    name: contacts.map(({ name }) => name),
    sort: contacts.map(({ name }) => name.toLowerCase()),
    organization: contacts.map(({ fields }) => values(fields, 'ORG')[0] ?? ''),
    emails: contacts.map(({ fields }) => values(fields, 'EMAIL')),
    phones: contacts.map(({ fields }) => values(fields, 'TEL')),
    groups: contacts.map(({ groups = [] }) => groups),
    photo: contacts.map(({ photo }) => photo?.type ?? ''),
    isGroup: contacts.map(() => false),
  })
  putShard(put, segment, 't', blocks(contacts.map(({ fields, source = '' }, doc) => jsonBlock(doc, { fields, source }))))
  if (photos.length > 0) putShard(put, segment, 'x', blocks(photos))
  putPlaces(put, segment, contacts)
  return segment
}

const emptyPart: EventPart = {
  ...{
    summary: '',
    location: '',
    description: '',
    status: '',
    organizer: '',
    attendees: [],
    url: '',
    categories: [],
    rule: '',
    more: [],
  },
}

function eventSegment({ events = [] }: Handmade, id: number, put: Put): Segment {
  const rows = events
    .flatMap(({ occurrences }, doc) => occurrences.map((occurrence) => ({ timing: 0, ...occurrence, doc })))
    .sort((a, b) => a.start - b.start)
  const segment = segmentOf(id, 'calendar', events.length, {
    texts: events.length > 0 ? [0] : [],
    occurrences: rows.length > 0 ? [{ from: rows[0]?.start ?? 0, to: Math.max(...rows.map(({ end }) => end)) }] : [],
  })
  putShard(put, segment, 'c', {
    summary: events.map(({ part }) => part.summary ?? ''),
    location: events.map(({ part }) => part.location ?? ''),
    component: events.map(({ component = 'VEVENT' }) => component),
    start: events.map(({ occurrences }) => occurrences[0]?.start ?? null),
    timing: events.map(({ occurrences }) => occurrences[0]?.timing ?? 0),
    repeats: events.map(({ occurrences }) => occurrences.length > 1),
    more: events.map(() => false),
  })
  putShard(put, segment, 'e', {
    doc: rows.map(({ doc }) => doc),
    start: rows.map(({ start }) => start),
    end: rows.map(({ end }) => end),
    timing: rows.map(({ timing }) => timing),
    offset: rows.map(() => 3600),
    zone: rows.map(() => 0),
    part: rows.map(() => 0),
    zones: ['Europe/Berlin'],
  })
  putShard(
    put,
    segment,
    't',
    blocks(events.map(({ part, source = '' }, doc) => jsonBlock(doc, { parts: [{ ...emptyPart, ...part }], source }))),
  )
  putPlaces(put, segment, events)
  return segment
}

function fileSegment({ files = [] }: Handmade, id: number, put: Put): Segment {
  const segment = segmentOf(id, 'files', files.length)
  putShard(put, segment, 'c', {
    folders: files.map(({ folder }) => folder),
    folder: files.map((_, at) => at),
    name: files.map(({ name }) => name),
    size: files.map(({ size = 1000 }) => size),
    modified: files.map(({ modified = baseTime }) => modified),
    kind: files.map(({ kind }) => kind),
    path: files.map(({ path }) => path),
  })
  putPlaces(put, segment, files)
  return segment
}
