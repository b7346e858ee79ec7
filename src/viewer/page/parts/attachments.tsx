/** The attachments of a message: opened as the ordinary files they are on the disk, or taken out of the message. */
import { useState } from 'preact/hooks'
import type { AttachmentInfo } from '../../format-documents.ts'
import { useSpeech } from '../context.tsx'
import { type OpenMessage, pictureType } from '../data/message.ts'
import { originalMessage } from '../data/original.ts'
import { attachmentOctets } from '../data/take-out.ts'
import { useVault } from '../data/vault.tsx'
import { visibleName } from '../safe/visible-text.ts'
import { saveFile } from '../save.ts'
import { FolderDialog } from './folder-dialog.tsx'
import { Icon } from './icon.tsx'
import { kindIcon } from './kind.tsx'
import { canPreview, Preview, type PreviewSource } from './preview.tsx'

export interface AttachmentsProps {
  readonly message: OpenMessage
  readonly place: number
}

export function Attachments({ message, place }: AttachmentsProps) {
  const { t } = useSpeech()
  const { attachments } = message.detail
  const listed = attachments.map((info, number) => ({ info, number })).filter(({ info }) => !info.inline)
  if (listed.length === 0) return null
  return (
    <section class="attachments" aria-label={t('mail.attachments', { n: listed.length })}>
      <h3>{t('mail.attachments', { n: listed.length })}</h3>
      <ul>
        {listed.map(({ info, number }) => (
          <li key={number}>
            <Attachment info={info} number={number} place={place} />
          </li>
        ))}
      </ul>
    </section>
  )
}

interface AttachmentProps {
  readonly place: number
  readonly info: AttachmentInfo
  readonly number: number
}

function Attachment({ info, number, place }: AttachmentProps) {
  const { t, size } = useSpeech()
  const { library } = useVault()
  const [preview, setPreview] = useState<PreviewSource | null>(null)
  const act = useOctets(info, number, place, library)
  const name = info.name || t('mail.unnamed')
  const showText = (octets: Uint8Array<ArrayBuffer>): void => setPreview({ name, kind: 'text', octets })
  const showPicture = (octets: Uint8Array<ArrayBuffer>): void => setPreview({ name, kind: 'image', octets, type: info.type })
  const file = info.file && { name, kind: info.kind, address: library.store.fileAddress(info.file), path: info.file }
  return (
    <div class="attachment">
      <Icon name={kindIcon(info.kind)} />
      <span class="attachment-name">
        <b>
          <bdi>{visibleName(name)}</bdi>
        </b>
        <span class="faint">{[t(`kind.${info.kind}`), size(info.size)].join(' · ')}</span>
      </span>
      <span class="row">
        {file && canPreview(file) && (
          <button type="button" class="button" onClick={() => setPreview(file)}>
            {t('action.preview')}
          </button>
        )}
        {!file && pictureType(info.type) && (
          <button type="button" class="button" onClick={() => act.use(showPicture)}>
            {t('action.preview')}
          </button>
        )}
        {isTextual(info) && !(file && canPreview(file)) && (
          <button type="button" class="button" onClick={() => act.use(showText)}>
            {t('action.asText')}
          </button>
        )}
        {file ? (
          <a class="button" href={file.address} target="_blank" rel="noopener">
            {t('action.open')}
          </a>
        ) : (
          <button type="button" class="button" onClick={() => act.use((octets) => saveFile(info.name || 'attachment', [octets]))}>
            {t('action.save')}
          </button>
        )}
      </span>
      {act.problem && (
        <p class="faint" role="alert">
          {t('mail.notTaken')}
        </p>
      )}
      {preview && <Preview source={preview} onClose={() => setPreview(null)} />}
      {act.asking && <FolderDialog onChosen={act.chosen} onClose={act.close} />}
    </div>
  )
}

/** HTML, SVG, calendars, messages: what may only be looked at as text. */
function isTextual({ type, kind }: AttachmentInfo): boolean {
  return (
    kind === 'text' || kind === 'calendar' || kind === 'contact' || kind === 'message' || /^text\/|[+/](?:xml|json)$/.test(type)
  )
}

type Use = (octets: Uint8Array<ArrayBuffer>) => void

/** The octets out of the message itself, when the person has chosen the folder. */
function useOctets(info: AttachmentInfo, number: number, place: number, library: ReturnType<typeof useVault>['library']) {
  const [waiting, setWaiting] = useState<Use | null>(null)
  const [problem, setProblem] = useState(false)
  const take = async (use: Use): Promise<void> => {
    const files = library.store.files()
    if (!files) {
      setWaiting(() => use)
      return
    }
    try {
      const places = await library.placesOf('mail')
      const original = await places.original(place)
      if (!original) throw new Error('Nobody knows where the message is')
      use(await attachmentOctets(await originalMessage(files, original), info, number))
      setProblem(false)
    } catch {
      setProblem(true)
    }
  }
  return {
    problem,
    asking: waiting !== null,
    use: (use: Use) => void take(use),
    close: () => setWaiting(null),
    chosen: () => {
      if (waiting) void take(waiting)
      setWaiting(null)
    },
  }
}
