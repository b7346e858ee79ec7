/** Documents of a year, a person, some words: into one folder. */
import { useState } from 'preact/hooks'
import type { CollectReport } from '../../api/contract.ts'
import { arrived, useLater } from '../../viewer/page/data/async.ts'
import { get } from '../api.ts'
import { useWords } from '../context.tsx'
import { startJob } from '../jobs.ts'
import { useDoing } from '../parts/action.tsx'
import { CollectEnd } from '../parts/collect-end.tsx'
import { type DiskProps, WithDisk } from '../parts/disk-choice.tsx'
import { FailureNote } from '../parts/failure.tsx'
import { FolderField } from '../parts/folder-field.tsx'
import { JobHere } from '../parts/job-here.tsx'
import type { Params } from '../route.ts'

const kinds = {
  all: [],
  pdf: ['pdf'],
  office: ['doc', 'docx', 'odt', 'rtf', 'xls', 'xlsx', 'ods', 'csv', 'ppt', 'pptx', 'odp'],
  pictures: ['jpg', 'jpeg', 'png', 'gif', 'webp', 'heic', 'tif', 'tiff'],
} as const
type Kind = keyof typeof kinds

export function CollectScreen({ params }: { readonly params: Params }) {
  const { t } = useWords()
  return (
    <WithDisk screen="collect" title={t('collect.title')} lead={t('collect.lead')} params={params}>
      {(props) => <Collect {...props} />}
    </WithDisk>
  )
}

function Collect({ disk, home }: DiskProps) {
  const { t } = useWords()
  const thisYear = new Date(home.now).getFullYear()
  const [year, setYear] = useState('')
  const [from, setFrom] = useState('')
  const [search, setSearch] = useState('')
  const [kind, setKind] = useState<Kind>('all')
  const [messages, setMessages] = useState(false)
  const [folder, setFolder] = useState<string | null>(null)
  const [job, setJob] = useState<string | null>(null)
  const doing = useDoing()
  const suggestion = arrived(
    useLater(() => get<{ readonly folder: string }>(`/suggest?name=${encodeURIComponent(t('collect.title'))}`), [t, job]),
  )
  const out = folder ?? suggestion?.folder ?? ''
  const collect = () =>
    doing.run(async () => {
      const request = {
        ...{ vault: disk.folder, out },
        ...(year === '' ? {} : { year: Number(year) }),
        ...(from.trim() === '' ? {} : { from: from.trim() }),
        ...(search.trim() === '' ? {} : { search: search.trim() }),
        ...(kind === 'all' ? {} : { types: kinds[kind] }),
        ...(messages ? { messages } : {}),
      }
      setJob((await startJob({ kind: 'collect', request })).id)
    })
  if (job !== null) {
    const again = (
      <button type="button" class="button" onClick={() => setJob(null)}>
        {t('collect.again')}
      </button>
    )
    return (
      <JobHere id={job} otherwise={again}>
        {({ report }) => (
          <section class="card ended">
            <CollectEnd report={report as CollectReport} />
            <div class="row">{again}</div>
          </section>
        )}
      </JobHere>
    )
  }
  return (
    <form
      class="card restore-form"
      onSubmit={(event) => {
        event.preventDefault()
        if (out !== '') void collect()
      }}
    >
      <div class="row fields">
        <label class="labelled">
          <span>{t('collect.year')}</span>
          <select class="field" value={year} onChange={(event) => setYear(event.currentTarget.value)}>
            <option value="">{t('collect.anyYear')}</option>
            {Array.from({ length: 30 }, (_, back) => (
              <option key={back}>{thisYear - back}</option>
            ))}
          </select>
        </label>
        <label class="labelled">
          <span>{t('collect.types')}</span>
          <select class="field" value={kind} onChange={(event) => setKind(event.currentTarget.value as Kind)}>
            {(Object.keys(kinds) as Kind[]).map((one) => (
              <option key={one} value={one}>
                {t(`collect.type.${one}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label class="labelled">
        <span>
          {t('collect.from')} <span class="faint">{t('hand.optional')}</span>
        </span>
        <input
          class="field"
          value={from}
          placeholder={t('collect.fromHint')}
          onInput={(event) => setFrom(event.currentTarget.value)}
        />
      </label>
      <label class="labelled">
        <span>
          {t('collect.words')} <span class="faint">{t('hand.optional')}</span>
        </span>
        <input class="field" value={search} onInput={(event) => setSearch(event.currentTarget.value)} />
      </label>
      <label class="tick">
        <input type="checkbox" checked={messages} onChange={(event) => setMessages(event.currentTarget.checked)} />
        {t('collect.messages')}
      </label>
      <FolderField label={t('collect.out')} value={out} onChange={setFolder} />
      {doing.failure && <FailureNote failure={doing.failure} />}
      <div class="row">
        <button type="submit" class="button primary" disabled={out === ''} aria-disabled={doing.busy}>
          {t('collect.go')}
        </button>
      </div>
    </form>
  )
}
