/** Search in mail, as one types. */
import { useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { highlights } from '../../highlight.ts'
import { parseQuery, type Query } from '../../query.ts'
import { useSpeech } from '../context.tsx'
import type { MailData } from '../data/mail.ts'
import { searchMail } from '../data/mail-search.ts'
import { useMail, useVault } from '../data/vault.tsx'
import { Empty, Loading, Unreadable } from '../parts/empty.tsx'
import { MailRowView, rowHeight } from '../parts/mail-row.tsx'
import { MessagePane } from '../parts/message-pane.tsx'
import type { Marker } from '../parts/text.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { goTo, type Params, routeHref } from '../route.ts'

export function SearchScreen({ params }: { readonly params: Params }) {
  const { t } = useSpeech()
  const mail = useMail()
  const text = params['q'] ?? ''
  if (mail.state === 'failed') return <Unreadable whole />
  if (text.trim() === '') return <Hints />
  if (mail.state === 'loading') return <Loading />
  return (
    <div class={`panes two ${params['doc'] === undefined ? '' : 'at-detail'}`}>
      <h1 class="hidden-text">{t('nav.search')}</h1>
      <Results data={mail.value} text={text} params={params} />
    </div>
  )
}

interface Progress {
  readonly query: Query
  /** Places. */
  readonly found: Uint32Array
  readonly isDone: boolean
  readonly failed: boolean
}

const none = new Uint32Array()

function useResults(data: MailData, query: Query): Progress {
  const { library, asOf } = useVault()
  const [progress, setProgress] = useState<Progress | null>(null)
  // At once, not after the next frame.
  useLayoutEffect(() => {
    const stop = new AbortController()
    const run = async (): Promise<void> => {
      for await (const { found, isDone } of searchMail(library, data, query, asOf, stop.signal)) {
        if (!stop.signal.aborted) setProgress({ query, found, isDone, failed: false })
      }
    }
    run().catch(() => {
      if (!stop.signal.aborted) setProgress({ query, found: none, isDone: true, failed: true })
    })
    return () => stop.abort()
  }, [library, data, query, asOf])
  // What was found for fewer letters stays until the next answer is there.
  return progress ?? { query, found: none, isDone: false, failed: false }
}

function Results({ data, text, params }: { readonly data: MailData; readonly text: string; readonly params: Params }) {
  const { t } = useSpeech()
  const { library } = useVault()
  const query = useMemo(() => parseQuery(text, true), [text])
  const { query: shownQuery, found, isDone, failed } = useResults(data, query)
  const marks = useMemo((): Marker => (shown) => highlights(shown, shownQuery), [shownQuery])
  const doc = params['doc'] === undefined ? null : Number(params['doc'])
  const selected = doc === null ? -1 : found.findIndex((place) => data.places.doc[place] === doc)
  const isBusy = !isDone || shownQuery !== query
  const folderOf = (place: number): string => library.overview.collections[data.places.collection[place] ?? -1]?.path.at(-1) ?? ''
  if (failed) return <Unreadable />
  return (
    <>
      <section class="pane list" aria-label={t('search.results')} aria-busy={isBusy} data-done={!isBusy} data-query={text}>
        <div class="pane-head">
          <h2 class="ellipsis" aria-live="polite">
            {isBusy && found.length === 0
              ? t('search.busy')
              : t(isBusy ? 'search.countSoFar' : 'search.count', { n: found.length })}
          </h2>
        </div>
        {found.length === 0 && !isBusy ? (
          <Empty icon="search" title={t('search.nothing')}>
            <p>{t('search.nothingAdvice')}</p>
          </Empty>
        ) : (
          <VirtualList
            rows={found}
            label={t('search.results')}
            height={rowHeight}
            selected={selected}
            onSelect={(place) => goTo('search', { q: text, doc: data.places.doc[place] }, doc === null ? 'push' : 'replace')}
          >
            {(place) => (
              <MailRowView table={data.table} places={data.places} place={place} marks={marks} note={folderOf(place)} />
            )}
          </VirtualList>
        )}
      </section>
      <MessagePane {...{ data, doc, marks }} place={found[selected]} back={routeHref('search', { q: text })} />
    </>
  )
}

const examples = ['from:', 'subject:', 'has:attachment', 'type:pdf', 'after:2025', 'before:2026-06-01', 'in:', '"…"'] as const

function Hints() {
  const { t } = useSpeech()
  return (
    <div class="page">
      <h1 class="hidden-text">{t('nav.search')}</h1>
      <Empty icon="search" title={t('search.start')}>
        <p>{t('search.startAdvice')}</p>
        <p class="row examples">
          {examples.map((example) => (
            <code key={example}>{example}</code>
          ))}
        </p>
        <p>
          <a href={routeHref('help')}>{t('search.more')}</a>
        </p>
      </Empty>
    </div>
  )
}
