/** Documents: every attachment and file of a year in one list, by type, person and words. What an accountant needs. */
import { useMemo, useState } from 'preact/hooks'
import type { DocumentKind } from '../../format-documents.ts'
import { fold } from '../../tokens.ts'
import { useSpeech } from '../context.tsx'
import { useLater } from '../data/async.ts'
import { allDocuments, type DocumentRow } from '../data/documents.ts'
import { useMail, useVault } from '../data/vault.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Empty, Unreadable } from '../parts/empty.tsx'
import { Choice, FindField } from '../parts/fields.tsx'
import { Icon } from '../parts/icon.tsx'
import { documentKinds, kindIcon } from '../parts/kind.tsx'
import { shortName } from '../parts/mail-row.tsx'
import { OpenFile } from '../parts/open-file.tsx'
import { canPreview, Preview, type PreviewSource } from '../parts/preview.tsx'
import { ScreenLoading } from '../parts/screen-loading.tsx'
import { Name } from '../parts/text.tsx'
import { VirtualList } from '../parts/virtual-list.tsx'
import { goTo, type Params, routeHref } from '../route.ts'

export function DocumentsScreen({ params }: { readonly params: Params }) {
  const { library, asOf } = useVault()
  const mail = useMail()
  const mailData = mail.state === 'ready' ? mail.value : null
  const documents = useLater(
    async () => (mailData ? await allDocuments(library, mailData, asOf) : null),
    [library, mailData, asOf],
  )
  if (mail.state === 'failed' || documents.state === 'failed') return <Unreadable whole />
  if (documents.state === 'loading' || !documents.value) return <ScreenLoading screen="documents" />
  return <List documents={documents.value} params={params} />
}

function List({ documents, params }: { readonly documents: readonly DocumentRow[]; readonly params: Params }) {
  const { t } = useSpeech()
  const [opened, setOpened] = useState<DocumentRow | null>(null)
  const years = useMemo(() => [...new Set(documents.map(yearOf))].sort((a, b) => b - a), [documents])
  const year = params['year'] ?? String(years[0] ?? 'all')
  const kind = documentKinds.find((known) => known === params['kind'])
  const { who = '', q = '' } = params
  const set = (change: Partial<Params>): void => goTo('documents', { year, kind, who, q, ...change }, 'replace')
  const shown = useMemo(() => filtered(documents, year, kind, who, q), [documents, year, kind, who, q])
  return (
    <div class="page wide column">
      <div class="page-head">
        <div>
          <h1>{t('nav.documents')}</h1>
          <p>{t('documents.explain')}</p>
        </div>
      </div>
      <div class="filters">
        <Choice
          label={t('documents.year')}
          values={[...years.map(String), 'all']}
          chosen={year}
          wordOf={(one) => (one === 'all' ? t('documents.allYears') : one)}
          onChoose={(one) => set({ year: one })}
        />
        <Choice
          label={t('documents.kind')}
          values={['', ...documentKinds]}
          chosen={kind ?? ''}
          wordOf={(one) => t(one === '' ? 'documents.allKinds' : `kind.${one}`)}
          onChoose={(one) => set({ kind: one })}
        />
        <FindField label={t('documents.who')} value={who} onFind={(words) => set({ who: words })} />
        <FindField label={t('documents.words')} value={q} onFind={(words) => set({ q: words })} />
        <span class="faint number" role="status">
          {t('documents.count', { n: shown.length })}
        </span>
      </div>
      {shown.length === 0 ? (
        <Empty icon="documents" title={t('documents.nothing')} />
      ) : (
        <div class="sheet">
          <VirtualList rows={shown} label={t('documents.list')} height={62} selected={-1} onSelect={setOpened}>
            {(row) => <Line row={row} />}
          </VirtualList>
        </div>
      )}
      {opened && <DocumentDialog row={opened} onClose={() => setOpened(null)} />}
    </div>
  )
}

const yearOf = ({ date }: DocumentRow): number => new Date(date * 1000).getFullYear()

function filtered(
  documents: readonly DocumentRow[],
  year: string,
  kind: DocumentKind | undefined,
  who: string,
  q: string,
): DocumentRow[] {
  const people = fold(who).split(/\s+/).filter(Boolean)
  const words = fold(q).split(/\s+/).filter(Boolean)
  return documents.filter((row) => {
    if (year !== 'all' && String(yearOf(row)) !== year) return false
    if (kind && row.kind !== kind) return false
    if (people.length > 0 && !holds(row.person, people)) return false
    return words.length === 0 || holds(`${row.name} ${row.context}`, words)
  })
}

function holds(text: string, words: readonly string[]): boolean {
  const folded = fold(text)
  return words.every((word) => folded.includes(word))
}

function Line({ row }: { readonly row: DocumentRow }) {
  const { t, size, listDate } = useSpeech()
  return (
    <div class={`file-line ${row.isRemoved ? 'removed' : ''}`}>
      <Icon name={kindIcon(row.kind)} />
      <span class="two-lines">
        <b class="ellipsis">
          <Name text={row.name || t('mail.unnamed')} />
        </b>
        <span class="faint ellipsis">
          {row.isRemoved && `${t('removed')} `}
          <Name text={[shortName(row.person), row.context].filter(Boolean).join(' · ')} />
        </span>
      </span>
      <span class="faint number">{listDate(row.date * 1000)}</span>
      <span class="faint number">{size(row.size)}</span>
    </div>
  )
}

function DocumentDialog({ row, onClose }: { readonly row: DocumentRow; readonly onClose: () => void }) {
  const { t, size, date } = useSpeech()
  const { library } = useVault()
  const [preview, setPreview] = useState<PreviewSource | null>(null)
  const source = { name: row.name, kind: row.kind, path: row.path, address: library.store.fileAddress(row.path) }
  return (
    <Dialog title={<Name text={row.name || t('mail.unnamed')} />} onClose={onClose}>
      <dl class="facts">
        <dt>{t('file.kind')}</dt>
        <dd>{t(`kind.${row.kind}`)}</dd>
        <dt>{t('file.size')}</dt>
        <dd>{size(row.size)}</dd>
        <dt>{t('documents.date')}</dt>
        <dd>{date(row.date * 1000)}</dd>
        {row.person && (
          <>
            <dt>{t('documents.from')}</dt>
            <dd>
              <Name text={row.person} />
            </dd>
          </>
        )}
        {row.path && (
          <>
            <dt>{t('file.place')}</dt>
            <dd>
              <Name text={row.path} />
            </dd>
          </>
        )}
      </dl>
      {!row.path && <p class="notice">{t('documents.inMessage')}</p>}
      <div class="row end">
        {row.path && canPreview(source) && (
          <button type="button" class="button" onClick={() => setPreview(source)}>
            {t('action.preview')}
          </button>
        )}
        {row.path && <OpenFile path={row.path} name={row.name} size={row.size} onPreview={setPreview} />}
        {row.message !== null && (
          <a class="button" href={routeHref('mail', { folder: 'all', doc: row.message })}>
            {t('documents.message')}
          </a>
        )}
        <button type="button" class="button primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
      {preview && <Preview source={preview} onClose={() => setPreview(null)} />}
    </Dialog>
  )
}
