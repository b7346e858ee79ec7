/** Mail: folders, the list, the message or conversation. */
import { useMemo, useRef, useState } from 'preact/hooks'
import { marks as markBits } from '../../format-documents.ts'
import { useSpeech } from '../context.tsx'
import {
  conversation,
  type MailData,
  type MailRow,
  type MailShow,
  type MailSort,
  mailList,
  mailShows,
  mailSorts,
} from '../data/mail.ts'
import { useMail, useVault } from '../data/vault.tsx'
import { Empty, Unreadable } from '../parts/empty.tsx'
import { FolderTree } from '../parts/folder-tree.tsx'
import { Icon } from '../parts/icon.tsx'
import { MailRowView, rowHeight, shortName } from '../parts/mail-row.tsx'
import { MessageView } from '../parts/message-view.tsx'
import { NewestMail, type NewestMailProps } from '../parts/newest-mail.tsx'
import { type Marker, Name } from '../parts/text.tsx'
import { type ListMemory, VirtualList } from '../parts/virtual-list.tsx'
import { goTo, type Params, routeHref } from '../route.ts'

/** `folder`: position of a collection, or `all`; else the first inbox. */
export function MailScreen({ params }: { readonly params: Params }) {
  const { t } = useSpeech()
  const { library } = useVault()
  const mail = useMail()
  const memory = useRef<ListMemory['current']>(null)
  const { collections } = library.overview
  const hasMail = collections.some(({ service }) => service === 'mail')
  const folder = params['folder'] ?? firstFolder(collections)
  if (!hasMail) {
    return (
      <Empty icon="mail" title={t('mail.none')}>
        <p>{t('service.none')}</p>
      </Empty>
    )
  }
  if (mail.state === 'failed') return <Unreadable whole />
  const list = { folder, params, memory }
  const at = params['doc'] !== undefined ? 'at-detail' : params['view'] === 'folders' ? 'at-folders' : ''
  return (
    <div class={`panes mail ${at}`}>
      <nav class="pane folders" aria-label={t('mail.folders')}>
        <FolderTree current={folder} />
      </nav>
      {mail.state === 'ready' ? <MailPanes data={mail.value} {...list} /> : <NewestMail {...list} />}
    </div>
  )
}

function firstFolder(collections: ReturnType<typeof useVault>['library']['overview']['collections']): string {
  const inbox = collections.findIndex(({ service, role }) => service === 'mail' && role === 'inbox')
  const first = inbox >= 0 ? inbox : collections.findIndex(({ service, live }) => service === 'mail' && live > 0)
  return first >= 0 ? String(first) : 'all'
}

function MailPanes({ data, folder, params, memory }: NewestMailProps & { readonly data: MailData }) {
  const { t, compare } = useSpeech()
  const { library, asOf } = useVault()
  const [sort, setSort] = useState<MailSort>('date')
  const [show, setShow] = useState<MailShow>('all')
  const [threads, setThreads] = useState(false)
  const chosen = useMemo(() => chosenCollections(library.overview.collections, folder), [library, folder])
  const label = params['label']
  const list = useMemo(
    () => mailList(data, { collections: chosen, asOf, sort, show, threads, ...(label === undefined ? {} : { label }) }, compare),
    [data, chosen, asOf, sort, show, threads, label, compare],
  )
  const doc = params['doc'] === undefined ? null : Number(params['doc'])
  const selected = useMemo(
    () => (doc === null ? -1 : list.places.findIndex((place) => data.places.doc[place] === doc)),
    [data, list, doc],
  )
  const open = (place: number): void =>
    goTo('mail', { folder, label, doc: data.places.doc[place] }, doc === null ? 'push' : 'replace')
  const title = label ?? library.overview.collections[Number(folder)]?.path.at(-1) ?? t('mail.all')
  return (
    <>
      <section class="pane list" aria-label={t('mail.list')}>
        <div class="pane-head">
          <a
            class="button quiet icon-only only-narrow"
            href={routeHref('mail', { folder, label, view: 'folders' })}
            aria-label={t('mail.folders')}
          >
            <Icon name="folder" />
          </a>
          <h1 class="ellipsis">
            <Name text={title} />
          </h1>
          <span class="faint number">{t('mail.count', { n: list.places.length })}</span>
        </div>
        <ListTools {...{ sort, setSort, show, setShow, threads, setThreads }} />
        {list.places.length === 0 ? (
          <Empty icon="mail" title={t(show === 'all' ? 'mail.folderEmpty' : 'mail.nothingShown')}>
            {show !== 'all' && (
              <button type="button" class="button" onClick={() => setShow('all')}>
                {t('mail.showAll')}
              </button>
            )}
          </Empty>
        ) : (
          <VirtualList
            rows={list.places}
            label={t('mail.listOf', { folder: title })}
            height={rowHeight}
            selected={selected}
            onSelect={open}
            memory={memory}
          >
            {(place) => <MailRowView table={data.table} places={data.places} place={place} count={list.countOf(place)} />}
          </VirtualList>
        )}
      </section>
      <section class="pane detail" aria-label={t('mail.message')}>
        {doc === null ? (
          <Empty icon="mail" title={t('mail.choose')}>
            <p>{t('mail.chooseHint')}</p>
          </Empty>
        ) : (
          <Detail
            data={data}
            doc={doc}
            place={list.places[selected]}
            back={routeHref('mail', { folder, label })}
            grouped={threads}
          />
        )}
      </section>
    </>
  )
}

function chosenCollections(collections: readonly { readonly service: string }[], folder: string): ReadonlySet<number> {
  const all = collections.flatMap(({ service }, position) => (service === 'mail' ? [position] : []))
  return new Set(folder === 'all' ? all : [Number(folder)])
}

interface ListToolsProps {
  readonly sort: MailSort
  readonly setSort: (sort: MailSort) => void
  readonly show: MailShow
  readonly setShow: (show: MailShow) => void
  readonly threads: boolean
  readonly setThreads: (threads: boolean) => void
}

function ListTools({ sort, setSort, show, setShow, threads, setThreads }: ListToolsProps) {
  const { t } = useSpeech()
  return (
    <div class="list-tools">
      <select
        class="field"
        aria-label={t('mail.sort')}
        value={sort}
        onChange={(event) => setSort(mailSorts.find((known) => known === event.currentTarget.value) ?? 'date')}
      >
        {mailSorts.map((known) => (
          <option key={known} value={known}>
            {t(`mail.sort.${known}`)}
          </option>
        ))}
      </select>
      <select
        class="field"
        aria-label={t('mail.show')}
        value={show}
        onChange={(event) => setShow(mailShows.find((known) => known === event.currentTarget.value) ?? 'all')}
      >
        {mailShows.map((known) => (
          <option key={known} value={known}>
            {t(`mail.show.${known}`)}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="button icon-only"
        aria-pressed={threads}
        title={t('mail.threads')}
        aria-label={t('mail.threads')}
        onClick={() => setThreads(!threads)}
      >
        <Icon name="threads" />
      </button>
    </div>
  )
}

export interface DetailProps {
  readonly data: MailData
  readonly doc: number
  readonly place: number | undefined
  /** Address of the list, for narrow screens. */
  readonly back: string
  readonly grouped?: boolean
  readonly marks?: Marker | undefined
}

/** The message, and the rest of its conversation to unfold. */
export function Detail({ data, doc, place, back, grouped, marks }: DetailProps) {
  const { t } = useSpeech()
  const { asOf } = useVault()
  const { table, places } = data
  const rows = useMemo(() => conversation(data, doc, asOf), [data, doc, asOf])
  const known = place ?? rows.find((row) => row.doc === doc)?.place ?? places.ofDoc(doc)[0]
  if (known === undefined || table.date[doc] === undefined) return <Empty icon="mail" title={t('mail.gone')} />
  const others = rows.filter((row) => row.doc !== doc)
  return (
    <>
      <p class="back">
        <a class="button quiet" href={back}>
          <Icon name="back" />
          {t('action.back')}
        </a>
      </p>
      <MessageView key={doc} {...{ table, places, doc, marks }} place={known} />
      {others.length > 0 && (
        <section class="conversation" aria-label={t('mail.conversation')}>
          <h3>{t('mail.conversationMore', { n: others.length })}</h3>
          {others.map((row) => (
            <Folded key={row.doc} data={data} row={row} open={grouped === true && others.length <= 3} />
          ))}
        </section>
      )}
    </>
  )
}

function Folded({ data, row, open }: { readonly data: MailData; readonly row: MailRow; readonly open: boolean }) {
  const { t, dateTime } = useSpeech()
  const [isOpen, setOpen] = useState(open)
  const { table, places } = data
  const hasAttachment = ((table.marks[row.doc] ?? 0) & markBits.attachment) !== 0
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b>
          <Name text={shortName(table.sender(row.doc))} />
        </b>
        <span class="faint">{dateTime((table.date[row.doc] ?? 0) * 1000)}</span>
        {hasAttachment && (
          <span>
            <Icon name="attachment" />
            <span class="hidden-text">{t('mail.hasAttachment')}</span>
          </span>
        )}
      </summary>
      {isOpen && <MessageView table={table} places={places} doc={row.doc} place={row.place} withSubject={false} />}
    </details>
  )
}
