/** A month, a week and a year of what takes place. */
import { useMemo } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { addDays, type Day, dayOf, onDay, type ShownOccurrence } from '../data/calendar.ts'
import { Empty } from './empty.tsx'
import { EventButton } from './event-button.tsx'

/** `to` is excluded. */
export interface Range {
  readonly from: Day
  readonly to: Day
}

export interface FoundProps {
  readonly range: Range
  readonly found: readonly ShownOccurrence[]
  readonly onOpen: (occurrence: ShownOccurrence) => void
}

export interface DayProps {
  readonly day: Day
  readonly onDay: (day: Day) => void
}

const shownPerDay = 4

export function Month({
  day,
  range,
  found,
  onOpen,
  onDay: onDayChosen,
}: FoundProps & { readonly day: Day; readonly onDay: (day: Day) => void }) {
  const { t, format } = useSpeech()
  const weeks: Day[][] = []
  for (let from = range.from; from.start < range.to.start; from = addDays(from, 7)) weeks.push(daysFrom(from))
  const month = new Date(day.start).getMonth()
  const today = dayOf(Date.now()).key
  return (
    <table class="month">
      <thead>
        <tr>
          {daysFrom(range.from).map(({ key, start }) => (
            <th key={key} scope="col">
              <abbr title={format(start, { weekday: 'long' })}>{format(start, { weekday: 'short' })}</abbr>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]?.key}>
            {week.map((one) => {
              const there = onDay(found, one)
              const isOther = new Date(one.start).getMonth() !== month
              return (
                <td key={one.key} class={`${isOther ? 'other' : ''} ${one.key === today ? 'today' : ''}`}>
                  <button
                    type="button"
                    class="day-number"
                    onClick={() => onDayChosen(one)}
                    aria-label={format(one.start, { dateStyle: 'full' })}
                  >
                    {new Date(one.start).getDate()}
                  </button>
                  <ul>
                    {there.slice(0, shownPerDay).map((occurrence) => (
                      <li key={`${occurrence.doc} ${occurrence.start} ${occurrence.collection}`}>
                        <EventButton occurrence={occurrence} day={one} onOpen={onOpen} />
                      </li>
                    ))}
                  </ul>
                  {there.length > shownPerDay && (
                    <button type="button" class="link more" onClick={() => onDayChosen(one)}>
                      {t('calendar.more', { n: there.length - shownPerDay })}
                    </button>
                  )}
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function daysFrom(first: Day): Day[] {
  return Array.from({ length: 7 }, (_, at) => addDays(first, at))
}

export function Week({ range, found, onOpen }: FoundProps) {
  const { t, format } = useSpeech()
  const today = dayOf(Date.now()).key
  return (
    <div class="week">
      {daysFrom(range.from).map((day) => {
        const there = onDay(found, day)
        return (
          <section key={day.key} class={day.key === today ? 'today' : ''}>
            <h2>
              <span>{format(day.start, { weekday: 'short' })}</span> {format(day.start, { day: 'numeric', month: 'short' })}
            </h2>
            {there.length === 0 && <p class="faint">{t('calendar.free')}</p>}
            <ul>
              {there.map((occurrence) => (
                <li key={`${occurrence.doc} ${occurrence.start} ${occurrence.collection}`}>
                  <EventButton occurrence={occurrence} day={day} onOpen={onOpen} large />
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </div>
  )
}

export function Agenda({ found, onOpen }: FoundProps) {
  const { t, format } = useSpeech()
  const months = useMemo(() => byMonth(found), [found])
  if (found.length === 0) return <Empty icon="calendar" title={t('calendar.nothing')} />
  return (
    <div class="agenda">
      {months.map(({ start, days }) => (
        <section key={start}>
          <h2>{format(start, { month: 'long' })}</h2>
          {days.map(({ day, occurrences }) => (
            <div key={day.key} class="agenda-day">
              <h3>
                {format(day.start, { weekday: 'short', day: 'numeric' })}
                <span class="hidden-text"> {format(day.start, { month: 'long' })}</span>
              </h3>
              <ul>
                {occurrences.map((occurrence) => (
                  <li key={`${occurrence.doc} ${occurrence.start} ${occurrence.collection}`}>
                    <EventButton occurrence={occurrence} day={day} onOpen={onOpen} large />
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </section>
      ))}
    </div>
  )
}

interface AgendaDay {
  readonly day: Day
  readonly occurrences: ShownOccurrence[]
}

/** By the day on which each begins. */
function byMonth(found: readonly ShownOccurrence[]): { readonly start: number; readonly days: AgendaDay[] }[] {
  const months: { start: number; days: AgendaDay[] }[] = []
  for (const occurrence of [...found].sort((a, b) => a.start - b.start)) {
    const day = dayOf(occurrence.start)
    const date = new Date(day.start)
    const start = new Date(date.getFullYear(), date.getMonth(), 1).getTime()
    const last = months.at(-1)
    const month = last?.start === start ? last : { start, days: [] }
    if (month !== last) months.push(month)
    const lastDay = month.days.at(-1)
    if (lastDay?.day.key === day.key) lastDay.occurrences.push(occurrence)
    else month.days.push({ day, occurrences: [occurrence] })
  }
  return months
}
