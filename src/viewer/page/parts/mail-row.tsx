/** A message in a list. */
import { marks as markBits } from '../../format-documents.ts'
import { useSpeech } from '../context.tsx'
import type { MailTable } from '../data/mail.ts'
import type { Places } from '../data/places.ts'
import { useVault } from '../data/vault.tsx'
import { Icon } from './icon.tsx'
import { type Marker, Name } from './text.tsx'

/** Pixels. */
export const rowHeight = 68

export interface MailRowProps {
  readonly table: MailTable
  readonly places: Places
  readonly place: number
  /** Messages of its conversation, where the list is grouped. */
  readonly count?: number
  readonly marks?: Marker | undefined
  /** Said beside the subject, e.g. the folder in search results. */
  readonly note?: string
}

export function MailRowView({ table, places, place, count = 1, marks, note }: MailRowProps) {
  const { asOf, library } = useVault()
  const doc = places.doc[place] ?? -1
  const collection = library.overview.collections[places.collection[place] ?? -1]
  const recipients = table.recipients(doc)
  const isTo = (collection?.role === 'sent' || collection?.role === 'drafts') && recipients.length > 0
  const { flags } = places.meta(place, asOf)
  return (
    <MailLine
      who={isTo ? recipients : [table.sender(doc)]}
      more={isTo ? table.moreRecipients(doc) : 0}
      isTo={isTo}
      subject={table.subject[doc] ?? ''}
      date={table.date[doc] ?? 0}
      bits={table.marks[doc] ?? 0}
      flags={flags}
      count={count}
      isThere={places.isThere(place, asOf)}
      isThereNow={places.isThere(place, library.overview.runs.length) || places.wasMoved(place, library.overview.runs.length)}
      marks={marks}
      note={note ?? ''}
    />
  )
}

export interface MailLineProps {
  readonly who: readonly string[]
  /** How many there are beyond those. */
  readonly more?: number
  readonly isTo: boolean
  readonly subject: string
  /** Seconds. */
  readonly date: number
  readonly bits: number
  readonly flags: readonly string[]
  readonly count: number
  readonly isThere: boolean
  readonly isThereNow: boolean
  readonly marks: Marker | undefined
  readonly note: string
}

export function MailLine({
  who,
  more = 0,
  isTo,
  subject,
  date,
  bits,
  flags,
  count,
  isThere,
  isThereNow,
  marks,
  note,
}: MailLineProps) {
  const { t, listDate } = useSpeech()
  const isUnread = !flags.includes('\\Seen')
  return (
    <div class={`mail-line ${isUnread ? 'unread' : ''} ${isThere ? '' : 'removed'}`}>
      <span class="mail-who ellipsis">
        {isTo && <span class="faint">{t('mail.to')} </span>}
        <Name text={who.map(shortName).join(', ') || '–'} marks={marks} />
        {more > 0 && <span class="faint"> {t('mail.toMore', { n: more })}</span>}
        {count > 1 && <span class="chip">{count}</span>}
      </span>
      <span class="mail-date">{listDate(date * 1000)}</span>
      <span class="mail-subject ellipsis">
        {isUnread && <span class="hidden-text">{t('mail.flag.unread')}: </span>}
        <Name text={subject || t('mail.noSubject')} marks={marks} />
      </span>
      <span class="mail-marks">
        {note && <span class="chip ellipsis">{note}</span>}
        {(!isThere || !isThereNow) && <span class="chip warn">{t(isThere ? 'removed.later' : 'removed')}</span>}
        {flags.includes('\\Answered') && <Mark name="reply" words={t('mail.flag.answered')} />}
        {(bits & markBits.attachment) !== 0 && <Mark name="attachment" words={t('mail.hasAttachment')} />}
        {flags.includes('\\Flagged') && <Mark name="star" words={t('mail.flag.starred')} />}
      </span>
    </div>
  )
}

function Mark({ name, words }: { readonly name: 'attachment' | 'star' | 'reply'; readonly words: string }) {
  return (
    <span class={`mark-${name}`} title={words}>
      <Icon name={name} />
      <span class="hidden-text">{words}</span>
    </span>
  )
}

/** `Ann Example <ann@example.com>` → `Ann Example`. */
export function shortName(person: string): string {
  return /^\s*"?(.*?)"?\s*<[^<>]*>\s*$/.exec(person)?.[1] || person
}
