/** An event on a day. */
import { useSpeech } from '../context.tsx'
import type { Day, ShownOccurrence } from '../data/calendar.ts'
import { Name } from './text.tsx'

export interface EventButtonProps {
  readonly occurrence: ShownOccurrence
  readonly day: Day
  readonly onOpen: (occurrence: ShownOccurrence) => void
  readonly large?: boolean
}

export function EventButton({ occurrence, day, onOpen, large }: EventButtonProps) {
  const { t, time } = useSpeech()
  const { row, isAllDay, isRemoved, start, end } = occurrence
  const begins = start >= day.start
  const when = isAllDay ? t('calendar.allDay') : begins ? time(start) : t('calendar.goesOn')
  const until = large && !isAllDay && begins && end > start ? ` – ${time(end)}` : ''
  return (
    <button
      type="button"
      class={`event ${large ? 'large' : ''} ${isAllDay ? 'all-day' : ''} ${isRemoved ? 'removed' : ''}`}
      style={{ '--hue': String((occurrence.collection * 67 + 190) % 360) }}
      onClick={() => onOpen(occurrence)}
    >
      {(large || !isAllDay) && <span class="event-time">{when + until}</span>}
      <b>
        <Name text={row.summary || t('calendar.untitled')} />
      </b>
      {large && row.location && (
        <span class="faint">
          <Name text={row.location} />
        </span>
      )}
      {isRemoved && <span class={large ? 'chip warn' : 'hidden-text'}>{t('removed')}</span>}
    </button>
  )
}
