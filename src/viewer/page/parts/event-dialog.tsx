/** All that an event holds. */
import type { ComponentChildren } from 'preact'
import type { EventDetail, EventPart } from '../../format-documents.ts'
import { useSpeech } from '../context.tsx'
import { useLater } from '../data/async.ts'
import type { ShownOccurrence } from '../data/calendar.ts'
import { useVault } from '../data/vault.tsx'
import { visibleLines } from '../safe/visible-text.ts'
import { saveFile } from '../save.ts'
import type { MessageKey } from '../words.ts'
import { Dialog } from './dialog.tsx'
import { Loading, Unreadable } from './empty.tsx'
import { CopyButton } from './link-dialog.tsx'
import { Name, PlainText } from './text.tsx'

export interface EventDialogProps {
  readonly doc: number
  /** Null for what has no date. */
  readonly occurrence: ShownOccurrence | null
  readonly onClose: () => void
}

export function EventDialog({ doc, occurrence, onClose }: EventDialogProps) {
  const { t } = useSpeech()
  const { library } = useVault()
  const detail = useLater(() => library.text<EventDetail>('calendar', doc), [library, doc])
  const event = detail.state === 'ready' ? detail.value : null
  const part = event?.parts[occurrence?.part ?? 0] ?? event?.parts[0]
  const title = part?.summary || t('calendar.untitled')
  return (
    <Dialog title={<Name text={title} />} onClose={onClose}>
      {detail.state === 'loading' && <Loading />}
      {detail.state !== 'loading' && !event && <Unreadable />}
      {event && !part && <Source text={event.source} />}
      {event && part && <Facts part={part} series={event.parts[0] ?? part} occurrence={occurrence} />}
      <div class="row end">
        {event && part && <CopyButton text={[title, part.location, part.description].filter(Boolean).join('\n')} />}
        {event && (
          <button type="button" class="button" onClick={() => saveFile(`${title}.ics`, [event.source], 'text/calendar')}>
            {t('calendar.save')}
          </button>
        )}
        <button type="button" class="button primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  )
}

function Facts({
  part,
  series,
  occurrence,
}: {
  readonly part: EventPart
  readonly series: EventPart
  readonly occurrence: ShownOccurrence | null
}) {
  const { t } = useSpeech()
  const { library } = useVault()
  const calendar = occurrence ? library.overview.collections[occurrence.collection] : undefined
  return (
    <dl class="facts">
      {occurrence && (
        <Fact label="event.when">
          <When occurrence={occurrence} />
        </Fact>
      )}
      {series.rule && (
        <Fact label="event.repeats">
          <Repeats rule={series.rule} />
          {part !== series && ` (${t('event.changed')})`}
        </Fact>
      )}
      {part.location && (
        <Fact label="event.where">
          <PlainText text={part.location} />
        </Fact>
      )}
      {calendar && (
        <Fact label="event.calendar">
          <Name text={calendar.path.join(' / ')} />
        </Fact>
      )}
      {part.status && (
        <Fact label="event.status">
          <Status status={part.status} />
        </Fact>
      )}
      {part.organizer && (
        <Fact label="event.organizer">
          <Name text={part.organizer} />
        </Fact>
      )}
      {part.attendees.length > 0 && (
        <Fact label="event.attendees">
          <PlainText text={part.attendees.join('\n')} />
        </Fact>
      )}
      {part.url && (
        <Fact label="event.url">
          <PlainText text={part.url} />
        </Fact>
      )}
      {part.categories.length > 0 && (
        <Fact label="event.categories">
          <Name text={part.categories.join(', ')} />
        </Fact>
      )}
      {part.description && (
        <Fact label="event.description">
          <PlainText text={part.description} />
        </Fact>
      )}
      {part.more.map(([name, value], at) => (
        <FactRow key={at} label={<Name text={name.toLowerCase()} />}>
          <PlainText text={value} />
        </FactRow>
      ))}
    </dl>
  )
}

/** Nothing in it could be read as an event: shown as it is. */
function Source({ text }: { readonly text: string }) {
  const { t } = useSpeech()
  return (
    <>
      <p class="notice warn">{t('calendar.broken')}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
      <pre class="source" tabIndex={0}>
        {visibleLines(text)}
      </pre>
    </>
  )
}

function Fact({ label, children }: { readonly label: MessageKey; readonly children: ComponentChildren }) {
  const { t } = useSpeech()
  return <FactRow label={t(label)}>{children}</FactRow>
}

function FactRow({ label, children }: { readonly label: ComponentChildren; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  )
}

function When({ occurrence }: { readonly occurrence: ShownOccurrence }) {
  const { t, format, time } = useSpeech()
  const { start, end, isAllDay, zone, ownStart } = occurrence
  const day = (ms: number): string => format(ms, { dateStyle: 'full' })
  const lastDay = day(Math.max(start, end - 1))
  if (isAllDay) return <>{lastDay === day(start) ? day(start) : `${day(start)} – ${lastDay}`}</>
  const until = end <= start ? '' : lastDay === day(start) ? ` – ${time(end)}` : ` – ${lastDay}, ${time(end)}`
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  const own = format(ownStart, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })
  return (
    <>
      {day(start)}, {time(start)}
      {until}
      {zone && zone !== here && zone !== 'UTC' && <span class="faint"> {t('event.inZone', { time: own, zone })}</span>}
    </>
  )
}

const statuses: Readonly<Record<string, MessageKey>> = {
  TENTATIVE: 'status.tentative',
  CONFIRMED: 'status.confirmed',
  CANCELLED: 'status.cancelled',
  'NEEDS-ACTION': 'status.needsAction',
  'IN-PROCESS': 'status.inProcess',
  COMPLETED: 'status.completed',
  DRAFT: 'status.draft',
  FINAL: 'status.final',
}

function Status({ status }: { readonly status: string }) {
  const { t } = useSpeech()
  const key = statuses[status.trim().toUpperCase()]
  return <Name text={key ? t(key) : status} />
}

const frequencies: Readonly<Record<string, MessageKey>> = {
  DAILY: 'repeat.daily',
  WEEKLY: 'repeat.weekly',
  MONTHLY: 'repeat.monthly',
  YEARLY: 'repeat.yearly',
}

/** The rule in words where it is a simple one; always with the rule itself. */
function Repeats({ rule }: { readonly rule: string }) {
  const { t } = useSpeech()
  const parts = new Map(rule.split(';').map((part) => part.split('=', 2) as [string, string]))
  const key = frequencies[parts.get('FREQ')?.toUpperCase() ?? '']
  const interval = Number(parts.get('INTERVAL') ?? 1)
  return (
    <>
      {key && t(key, { n: interval })} <code class="rule">{rule}</code>
    </>
  )
}
