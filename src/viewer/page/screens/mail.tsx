/** Mail: folders, the list, the message or conversation. */
import { useMemo, useRef, useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { type MailData, type MailShow, type MailSort, mailList, mailShows, mailSorts } from '../data/mail.ts'
import { useMail, useVault } from '../data/vault.tsx'
import { Empty, Unreadable } from '../parts/empty.tsx'
import { Choice } from '../parts/fields.tsx'
import { FolderTree } from '../parts/folder-tree.tsx'
import { Icon } from '../parts/icon.tsx'
import { MailRowView, rowHeight } from '../parts/mail-row.tsx'
import { MessagePane } from '../parts/message-pane.tsx'
import { NewestMail, type NewestMailProps } from '../parts/newest-mail.tsx'
import { Name } from '../parts/text.tsx'
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
      <MessagePane
        {...{ data, doc }}
        place={list.places[selected]}
        back={routeHref('mail', { folder, label })}
        grouped={threads}
      />
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
      <Choice
        label={t('mail.sort')}
        values={mailSorts}
        chosen={sort}
        wordOf={(known) => t(`mail.sort.${known}`)}
        onChoose={setSort}
      />
      <Choice
        label={t('mail.show')}
        values={mailShows}
        chosen={show}
        wordOf={(known) => t(`mail.show.${known}`)}
        onChoose={setShow}
      />
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
