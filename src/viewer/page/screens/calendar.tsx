/** Calendar: month, week and agenda; events with all they hold. */
import { useMemo, useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { arrived, useLater } from '../data/async.ts'
import {
  addDays,
  type Day,
  dayOf,
  occurrencesBetween,
  parseDay,
  type ShownOccurrence,
  shownDocs,
  weekStart,
} from '../data/calendar.ts'
import { type EventRow, eventsOf } from '../data/tables.ts'
import { useVault } from '../data/vault.tsx'
import { Agenda, type DayProps, type FoundProps, Month, type Range, Week } from '../parts/calendar-views.tsx'
import { CollectionChoice, collectionSet } from '../parts/collection-choice.tsx'
import { Empty, Loading, Unreadable } from '../parts/empty.tsx'
import { EventDialog } from '../parts/event-dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { Name } from '../parts/text.tsx'
import { goTo, type Params } from '../route.ts'

const views = ['month', 'week', 'agenda', 'tasks'] as const
type View = (typeof views)[number]

/** `event`: a document to open at once. */
export function CalendarScreen({ params }: { readonly params: Params }) {
  const { t } = useSpeech()
  const { library } = useVault()
  if (!library.overview.collections.some(({ service }) => service === 'calendar')) {
    return (
      <Empty icon="calendar" title={t('calendar.none')}>
        <p>{t('service.none')}</p>
      </Empty>
    )
  }
  return <Calendar params={params} />
}

interface Opened {
  readonly doc: number
  readonly occurrence: ShownOccurrence | null
}

function Calendar({ params }: { readonly params: Params }) {
  const { t } = useSpeech()
  const { library, asOf } = useVault()
  const [opened, setOpened] = useState<Opened | null>(null)
  const view = views.find((known) => known === params['view']) ?? (innerWidth < 700 ? 'agenda' : 'month')
  const day = parseDay(params['date'] ?? '') ?? dayOf(Date.now())
  const { folder } = params
  const go = (change: { readonly view?: View; readonly day?: Day; readonly folder?: string }): void =>
    goTo('calendar', { view: change.view ?? view, date: (change.day ?? day).key, folder: change.folder ?? folder }, 'replace')
  const range = useMemo(() => rangeOf(view, day), [view, day.key])
  const found = useLater(
    () => occurrencesBetween(library, range.from.start, range.to.start, asOf, collectionSet(folder)),
    [library, range, asOf, folder],
  )
  const open = (occurrence: ShownOccurrence): void => setOpened({ doc: occurrence.doc, occurrence })
  const title = useTitle(view, day, range)
  return (
    <div class="page wide calendar">
      <div class="page-head">
        <h1 aria-live="polite">{title}</h1>
        <div class="row no-print">
          {view !== 'tasks' && <Steps view={view} day={day} onDay={(to) => go({ day: to })} />}
          <div class="segmented" role="group" aria-label={t('calendar.view')}>
            {views.map((known) => (
              <button key={known} type="button" aria-pressed={view === known} onClick={() => go({ view: known })}>
                {t(`calendar.view.${known}`)}
              </button>
            ))}
          </div>
          <CollectionChoice
            service="calendar"
            label={t('calendar.calendars')}
            chosen={folder ?? ''}
            onChoose={(chosen) => goTo('calendar', { view, date: day.key, folder: chosen }, 'replace')}
          />
        </div>
      </div>
      {view === 'tasks' && <Tasks folder={folder} onOpen={(doc) => setOpened({ doc, occurrence: null })} />}
      {view !== 'tasks' && found.state === 'failed' && <Unreadable />}
      {view !== 'tasks' && found.state === 'loading' && <Loading />}
      {view !== 'tasks' && found.state === 'ready' && (
        <Occurrences
          view={view}
          day={day}
          range={range}
          found={found.value}
          onOpen={open}
          onDay={(to) => go({ view: 'week', day: to })}
        />
      )}
      <RangeNote day={day} />
      {opened && <EventDialog doc={opened.doc} occurrence={opened.occurrence} onClose={() => setOpened(null)} />}
      {params['event'] !== undefined && (
        <EventDialog key={params['event']} doc={Number(params['event'])} occurrence={null} onClose={() => go({})} />
      )}
    </div>
  )
}

function useTitle(view: View, day: Day, range: Range): string {
  const { t, format } = useSpeech()
  switch (view) {
    case 'agenda':
      return String(new Date(day.start).getFullYear())
    case 'tasks':
      return t('calendar.view.tasks')
    case 'week':
      return t('calendar.weekOf', { date: format(range.from.start, { dateStyle: 'long' }) })
    case 'month':
      return format(day.start, { month: 'long', year: 'numeric' })
  }
}

function Occurrences({ view, ...props }: FoundProps & DayProps & { readonly view: View }) {
  if (view === 'month') return <Month {...props} />
  return view === 'week' ? <Week {...props} /> : <Agenda {...props} />
}

function rangeOf(view: View, day: Day): Range {
  const date = new Date(day.start)
  if (view === 'week') return { from: weekStart(day), to: addDays(weekStart(day), 7) }
  if (view === 'month') {
    const from = weekStart(dayOf(new Date(date.getFullYear(), date.getMonth(), 1).getTime()))
    const last = dayOf(new Date(date.getFullYear(), date.getMonth() + 1, 0).getTime())
    return { from, to: addDays(weekStart(last), 7) }
  }
  return {
    from: dayOf(new Date(date.getFullYear(), 0, 1).getTime()),
    to: dayOf(new Date(date.getFullYear() + 1, 0, 1).getTime()),
  }
}

function Steps({ view, day, onDay }: { readonly view: View; readonly day: Day; readonly onDay: (day: Day) => void }) {
  const { t } = useSpeech()
  const step = (by: number): Day => {
    const date = new Date(day.start)
    if (view === 'week') return addDays(day, 7 * by)
    if (view === 'month') return dayOf(new Date(date.getFullYear(), date.getMonth() + by, 1).getTime())
    return dayOf(new Date(date.getFullYear() + by, 0, 1).getTime())
  }
  return (
    <>
      <button type="button" class="button icon-only" aria-label={t('calendar.before')} onClick={() => onDay(step(-1))}>
        <Icon name="back" />
      </button>
      <button type="button" class="button" onClick={() => onDay(dayOf(Date.now()))}>
        {t('calendar.today')}
      </button>
      <button type="button" class="button icon-only" aria-label={t('calendar.after')} onClick={() => onDay(step(1))}>
        <Icon name="next" />
      </button>
      <input
        class="field date"
        type="date"
        aria-label={t('calendar.date')}
        value={day.key}
        onChange={(event) => {
          const chosen = parseDay(event.currentTarget.value)
          if (chosen) onDay(chosen)
        }}
      />
    </>
  )
}

function Tasks({ folder, onOpen }: { readonly folder: string | undefined; readonly onOpen: (doc: number) => void }) {
  const { t, format } = useSpeech()
  const { library, asOf } = useVault()
  const table = arrived(useLater(() => eventsOf(library), [library]))
  const shown = useMemo(() => {
    if (!table) return null
    const docs = [...shownDocs(table, asOf, collectionSet(folder))]
    return docs.flatMap(([doc, [place]]) => {
      const row = table.rows[doc]
      return row && row.component !== 'VEVENT' ? [{ doc, row, isRemoved: place?.isRemoved ?? false }] : []
    })
  }, [table, asOf, folder])
  if (!shown) return <Loading />
  if (shown.length === 0) return <Empty icon="calendar" title={t('calendar.noTasks')} />
  return (
    <ul class="tasks">
      {shown.map(({ doc, row, isRemoved }) => (
        <li key={doc}>
          <button type="button" class={`event large ${isRemoved ? 'removed' : ''}`} onClick={() => onOpen(doc)}>
            <b>
              <Name text={row.summary || t('calendar.untitled')} />
            </b>
            {row.start !== null && <span class="faint">{format(row.start * 1000, dayOptions(row.timing))}</span>}
          </button>
        </li>
      ))}
    </ul>
  )
}

/** Days and floating times are not instants: the same everywhere in the world. */
function dayOptions(timing: EventRow['timing']): Intl.DateTimeFormatOptions {
  return { dateStyle: 'long', ...(timing === 0 ? {} : { timeZone: 'UTC' }) }
}

/** Endless series had to end somewhere: said where one looks beyond. */
function RangeNote({ day }: { readonly day: Day }) {
  const { t } = useSpeech()
  const { library } = useVault()
  const { calendarRange } = library.overview
  const year = new Date(day.start).getFullYear()
  if (!calendarRange || (year >= calendarRange.from && year <= calendarRange.to)) return null
  return <p class="notice">{t('calendar.range', { from: String(calendarRange.from), to: String(calendarRange.to) })}</p>
}
