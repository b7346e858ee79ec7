/** The message that is chosen in a list, or its conversation. */
import { useMemo, useState } from 'preact/hooks'
import { marks as markBits } from '../../format-documents.ts'
import { useSpeech } from '../context.tsx'
import { conversation, type MailData, type MailRow } from '../data/mail.ts'
import { useVault } from '../data/vault.tsx'
import { Empty } from './empty.tsx'
import { Icon } from './icon.tsx'
import { shortName } from './mail-row.tsx'
import { MessageView } from './message-view.tsx'
import { type Marker, Name } from './text.tsx'

export interface MessagePaneProps extends Omit<MessageProps, 'doc'> {
  /** Null where none is chosen. */
  readonly doc: number | null
}

/** Beside a list of messages: the chosen one. */
export function MessagePane({ doc, ...props }: MessagePaneProps) {
  const { t } = useSpeech()
  return (
    <section class="pane detail" aria-label={t('mail.message')}>
      {doc === null ? (
        <Empty icon="mail" title={t('mail.choose')}>
          <p>{t('mail.chooseHint')}</p>
        </Empty>
      ) : (
        <Message doc={doc} {...props} />
      )}
    </section>
  )
}

interface MessageProps {
  readonly data: MailData
  readonly doc: number
  readonly place: number | undefined
  /** Address of the list, for narrow screens. */
  readonly back: string
  readonly grouped?: boolean
  readonly marks?: Marker | undefined
}

/** The message, and the rest of its conversation to unfold. */
function Message({ data, doc, place, back, grouped, marks }: MessageProps) {
  const { t } = useSpeech()
  const { asOf } = useVault()
  const { table, places } = data
  const rows = useMemo(() => conversation(data, doc, asOf), [data, doc, asOf])
  const known = place ?? rows.find((row) => row.doc === doc)?.place ?? places.ofDoc(doc)[0]
  if (known === undefined || table.date[doc] === undefined) return <Empty icon="mail" title={t('mail.gone')} />
  const others = rows.filter((row) => row.doc !== doc)
  return (
    <>
      <p class="back">
        <a class="button quiet" href={back}>
          <Icon name="back" />
          {t('action.back')}
        </a>
      </p>
      <MessageView key={doc} {...{ table, places, doc, marks }} place={known} />
      {others.length > 0 && (
        <section class="conversation" aria-label={t('mail.conversation')}>
          <h3>{t('mail.conversationMore', { n: others.length })}</h3>
          {others.map((row) => (
            <Folded key={row.doc} data={data} row={row} open={grouped === true && others.length <= 3} />
          ))}
        </section>
      )}
    </>
  )
}

function Folded({ data, row, open }: { readonly data: MailData; readonly row: MailRow; readonly open: boolean }) {
  const { t, dateTime } = useSpeech()
  const [isOpen, setOpen] = useState(open)
  const { table, places } = data
  const hasAttachment = ((table.marks[row.doc] ?? 0) & markBits.attachment) !== 0
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <b>
          <Name text={shortName(table.sender(row.doc))} />
        </b>
        <span class="faint">{dateTime((table.date[row.doc] ?? 0) * 1000)}</span>
        {hasAttachment && (
          <span>
            <Icon name="attachment" />
            <span class="hidden-text">{t('mail.hasAttachment')}</span>
          </span>
        )}
      </summary>
      {isOpen && <MessageView table={table} places={places} doc={row.doc} place={row.place} withSubject={false} />}
    </details>
  )
}
