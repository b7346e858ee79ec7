/** One message: who, when, what, with what. */
import { useId, useMemo, useState } from 'preact/hooks'
import { textOfHtml } from '../../../formats/html-text.ts'
import type { MailAddress } from '../../format-documents.ts'
import { useSpeech } from '../context.tsx'
import { useLater } from '../data/async.ts'
import type { MailTable } from '../data/mail.ts'
import { type OpenMessage, openMessage } from '../data/message.ts'
import { originalMessage } from '../data/original.ts'
import { type Places, stillThere } from '../data/places.ts'
import { runTime, useVault } from '../data/vault.tsx'
import { visibleLines } from '../safe/visible-text.ts'
import { saveFile } from '../save.ts'
import { Attachments } from './attachments.tsx'
import { Avatar } from './avatar.tsx'
import { Boundary } from './boundary.tsx'
import { Loading, Unreadable } from './empty.tsx'
import { FolderDialog } from './folder-dialog.tsx'
import { HtmlFrame } from './html-frame.tsx'
import { Icon } from './icon.tsx'
import { type Marker, Name, PlainText } from './text.tsx'

export interface MessageViewProps {
  readonly table: MailTable
  readonly places: Places
  readonly doc: number
  readonly place: number
  readonly marks?: Marker | undefined
  /** Level of the subject's heading; conversations nest. */
  readonly withSubject?: boolean
}

export function MessageView({ table, places, doc, place, marks, withSubject = true }: MessageViewProps) {
  const { library } = useVault()
  const opened = useLater(() => openMessage(library, doc), [library, doc])
  if (opened.state === 'loading') return <Loading />
  if (opened.state === 'failed' || !opened.value) return <Unreadable />
  return (
    <Boundary key={doc}>
      <Opened message={opened.value} {...{ table, places, doc, place, marks, withSubject }} />
    </Boundary>
  )
}

type Look = 'html' | 'plain' | 'headers'

function Opened({
  message,
  table,
  places,
  doc,
  place,
  marks,
  withSubject,
}: MessageViewProps & { readonly message: OpenMessage }) {
  const { t, dateTime, size } = useSpeech()
  const { detail, html } = message
  const [look, setLook] = useState<Look>(html ? 'html' : 'plain')
  const subject = table.subject[doc] || t('mail.noSubject')
  const titleId = useId()
  return (
    <article class="message" aria-labelledby={titleId} data-doc={doc}>
      <header class="message-head">
        <h2 id={titleId} class={withSubject ? '' : 'hidden-text'}>
          <Name text={subject} marks={marks} />
        </h2>
        <Marks doc={doc} place={place} places={places} table={table} />
        <div class="message-from">
          <Avatar name={detail.from[0]?.name || detail.from[0]?.address || table.sender(doc)} />
          <div class="message-people">
            <Sender addresses={detail.from} fallback={table.sender(doc)} marks={marks} />
            <People label={t('mail.to')} addresses={detail.to} marks={marks} />
            <People label={t('mail.cc')} addresses={detail.cc} marks={marks} />
            <People label={t('mail.bcc')} addresses={detail.bcc} marks={marks} />
            <People label={t('mail.replyTo')} addresses={detail.replyTo} marks={marks} />
          </div>
          <div class="message-when">
            <time dateTime={isoOf(table.date[doc])}>{dateTime((table.date[doc] ?? 0) * 1000)}</time>
            <span class="faint">{size(table.size[doc] ?? 0)}</span>
          </div>
        </div>
        <Tools
          message={message}
          places={places}
          place={place}
          name={`${isoOf(table.date[doc]).slice(0, 10)} ${subject}`}
          look={look}
          onLook={setLook}
        />
      </header>
      {detail.cut && <p class="notice">{t('mail.cut')}</p>}
      <div class="message-body">
        {look === 'headers' ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          <pre class="source" tabIndex={0}>
            {visibleLines(detail.headers)}
          </pre>
        ) : (
          <Body message={message} look={look} subject={subject} marks={marks} />
        )}
      </div>
      <Attachments message={message} place={place} />
    </article>
  )
}

function Body({
  message,
  look,
  subject,
  marks,
}: {
  readonly message: OpenMessage
  readonly look: Look
  readonly subject: string
  readonly marks?: Marker | undefined
}) {
  const { t } = useSpeech()
  const { detail, html } = message
  const text = useMemo(() => detail.text ?? (html ? textOfHtml(html) : ''), [detail, html])
  const attached = useMemo(
    () => new Set(detail.attachments.flatMap(({ inline, contentId }) => (inline ? [] : [contentId]))),
    [detail],
  )
  if (detail.source !== null) {
    return (
      <>
        <p class="notice warn">
          <Icon name="warning" />
          {t('mail.broken')}
        </p>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls */}
        <pre class="source" tabIndex={0}>
          {visibleLines(detail.source)}
        </pre>
      </>
    )
  }
  if (look === 'html' && html)
    return <HtmlFrame {...{ html, attached, marks }} pictures={message.pictures} title={t('mail.frame', { subject })} />
  if (text.trim() === '') return <p class="soft">{t('mail.empty')}</p>
  return <PlainText text={text} marks={marks} />
}

interface ToolsProps {
  readonly message: OpenMessage
  readonly places: Places
  readonly place: number
  /** Of the file, without its ending. */
  readonly name: string
  readonly look: Look
  readonly onLook: (look: Look) => void
}

function Tools({ message, places, place, name, look, onLook }: ToolsProps) {
  const { t } = useSpeech()
  const save = useSaveMessage(places, place, name)
  const looks: readonly Look[] = message.html ? ['html', 'plain', 'headers'] : ['plain', 'headers']
  return (
    <div class="message-tools">
      <div class="segmented" role="group" aria-label={t('mail.look')}>
        {looks.map((known) => (
          <button key={known} type="button" aria-pressed={look === known} onClick={() => onLook(known)}>
            {t(`mail.look.${known}`)}
          </button>
        ))}
      </div>
      <span class="row">
        <button type="button" class="button quiet" onClick={() => print()}>
          <Icon name="print" />
          {t('action.print')}
        </button>
        <button type="button" class="button quiet" onClick={save.start}>
          <Icon name="save" />
          {t('mail.save')}
        </button>
      </span>
      {save.problem && (
        <p class="notice warn" role="alert">
          <Icon name="warning" />
          {t('mail.notSaved')}
        </p>
      )}
      {save.asking && <FolderDialog onChosen={save.chosen} onClose={save.close} />}
    </div>
  )
}

function useSaveMessage(places: Places, place: number, name: string) {
  const { library } = useVault()
  const [asking, setAsking] = useState(false)
  const [problem, setProblem] = useState(false)
  const save = async (): Promise<void> => {
    const files = library.store.files()
    if (!files) {
      setAsking(true)
      return
    }
    try {
      const original = await places.original(place)
      if (!original) throw new Error('Nobody knows where the message is')
      saveFile(`${name}.eml`, [await originalMessage(files, original)], 'message/rfc822')
      setProblem(false)
    } catch {
      setProblem(true)
    }
  }
  return {
    asking,
    problem,
    start: () => void save(),
    close: () => setAsking(false),
    chosen: () => {
      setAsking(false)
      void save()
    },
  }
}

/** Flags, folders, and what became of it. */
function Marks({
  doc,
  place,
  places,
  table,
}: {
  readonly doc: number
  readonly place: number
  readonly places: Places
  readonly table: MailTable
}) {
  const { t, date } = useSpeech()
  const { library, asOf } = useVault()
  const { collections, runs } = library.overview
  const meta = places.meta(place, asOf)
  const there = places.ofDoc(doc).filter((other) => places.isThere(other, asOf))
  const shownIn = there.length > 0 ? there : [place]
  const removedRun = places.removedRun[place] ?? stillThere
  const isLost = there.length === 0 && removedRun !== stillThere
  const isLostLater =
    !isLost &&
    removedRun !== stillThere &&
    removedRun > asOf &&
    places.removedReason[place] === 0 &&
    !places.wasMoved(place, runs.length)
  const names = [...new Set(shownIn.map((other) => collections[places.collection[other] ?? -1]?.path.join(' / ') ?? ''))]
  const markBits = table.marks[doc] ?? 0
  return (
    <p class="row chips">
      {names.map((folder) => (
        <span class="chip" key={folder}>
          <Name text={folder} />
        </span>
      ))}
      {meta.labels.map((label) => (
        <span class="chip accent" key={label}>
          <Name text={label} />
        </span>
      ))}
      {meta.flags.includes('\\Flagged') && <span class="chip accent">{t('mail.flag.starred')}</span>}
      {meta.flags.includes('\\Answered') && <span class="chip">{t('mail.flag.answered')}</span>}
      {meta.flags.includes('\\Draft') && <span class="chip">{t('mail.flag.draft')}</span>}
      {!meta.flags.includes('\\Seen') && <span class="chip">{t('mail.flag.unread')}</span>}
      {(markBits & 8) !== 0 && <span class="chip">{t('mail.flag.signed')}</span>}
      {(markBits & 16) !== 0 && <span class="chip">{t('mail.flag.encrypted')}</span>}
      {(isLost || isLostLater) && (
        <span class="chip warn">
          {t(isLost ? 'removed.on' : 'removed.since', { date: date(runTime(runs[removedRun]?.id ?? '')) })}
        </span>
      )}
    </p>
  )
}

function Sender({
  addresses,
  fallback,
  marks,
}: {
  readonly addresses: readonly MailAddress[]
  readonly fallback: string
  readonly marks?: Marker | undefined
}) {
  const [first] = addresses
  if (!first) return <b>{fallback ? <Name text={fallback} marks={marks} /> : '–'}</b>
  return (
    <p>
      <b>
        <Name text={first.name || first.address} marks={marks} />
      </b>
      {first.name && (
        <span class="faint">
          {' '}
          <Name text={`<${first.address}>`} marks={marks} />
        </span>
      )}
    </p>
  )
}

const shownPeople = 6

function People({
  label,
  addresses,
  marks,
}: {
  readonly label: string
  readonly addresses: readonly MailAddress[]
  readonly marks?: Marker | undefined
}) {
  const { t } = useSpeech()
  const [all, setAll] = useState(false)
  if (addresses.length === 0) return null
  const shown = all ? addresses : addresses.slice(0, shownPeople)
  return (
    <p class="soft people">
      <span class="faint">{label} </span>
      {shown.map(({ name, address }, at) => (
        <span key={at} title={name ? address : undefined}>
          {at > 0 && ', '}
          <Name text={name ? `${name} <${address}>` : address} marks={marks} />
        </span>
      ))}
      {shown.length < addresses.length && (
        <button type="button" class="link" onClick={() => setAll(true)}>
          {t('mail.morePeople', { n: addresses.length - shown.length })}
        </button>
      )}
    </p>
  )
}

function isoOf(seconds: number | undefined): string {
  const ms = (seconds ?? 0) * 1000
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : ''
}
