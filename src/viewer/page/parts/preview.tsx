/**
 * A look at a file without leaving the page. Only kinds that cannot run anything: pictures, sound and video by their elements,
 * PDF by the browser's own viewer, text in a sandboxed frame. What a file is goes by its name's ending, as it does for the browser.
 */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { DocumentKind } from '../../format-documents.ts'
import { useSpeech } from '../context.tsx'
import { pictureType } from '../data/message.ts'
import { visibleLines, visibleName } from '../safe/visible-text.ts'
import { textOf } from '../text-of.ts'
import { Dialog } from './dialog.tsx'

export type PreviewSource = {
  readonly name: string
  readonly kind: DocumentKind
} & (
  | { /** Address of the file on the disk. */ readonly address: string; readonly path: string }
  | { readonly octets: Uint8Array<ArrayBuffer>; readonly type?: string }
)

const endings: Partial<Record<DocumentKind, RegExp>> = {
  image: /\.(?:png|jpe?g|gif|webp|bmp|avif|ico)$/i,
  pdf: /\.pdf$/i,
  text: /\.txt$/i,
  audio: /\.(?:mp3|m4a|aac|ogg|oga|opus|wav|flac)$/i,
  video: /\.(?:mp4|m4v|webm|ogv|mov)$/i,
}

export function canPreview(file: { readonly kind: DocumentKind; readonly path: string }): boolean {
  return endings[file.kind]?.test(file.path) ?? false
}

export function Preview({ source, onClose }: { readonly source: PreviewSource; readonly onClose: () => void }) {
  const { t } = useSpeech()
  return (
    <Dialog title={visibleName(source.name)} onClose={onClose} wide>
      <div class="preview">{'address' in source ? <FilePreview source={source} /> : <OctetsPreview source={source} />}</div>
      <div class="row end">
        {'address' in source && (
          <a class="button" href={source.address} target="_blank" rel="noopener">
            {t('action.openTab')}
          </a>
        )}
        <button type="button" class="button primary" onClick={onClose}>
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  )
}

function FilePreview({ source }: { readonly source: Extract<PreviewSource, { address: string }> }) {
  const { t } = useSpeech()
  const [failed, setFailed] = useState(false)
  const fail = (): void => setFailed(true)
  const name = visibleName(source.name)
  if (failed || !canPreview(source)) return <p class="soft">{t('preview.failed')}</p>
  switch (source.kind) {
    case 'image':
      return <img src={source.address} alt={name} onError={fail} />
    case 'audio':
      // biome-ignore lint/a11y/useMediaCaption: other people's recordings have none
      return <audio src={source.address} controls onError={fail} aria-label={name} />
    case 'video':
      // biome-ignore lint/a11y/useMediaCaption: other people's recordings have none
      return <video src={source.address} controls onError={fail} aria-label={name} />
    case 'pdf':
      return <iframe src={source.address} title={name} referrerpolicy="no-referrer" />
    default:
      return <iframe class="paper" src={source.address} title={name} sandbox="" referrerpolicy="no-referrer" />
  }
}

function OctetsPreview({ source }: { readonly source: Extract<PreviewSource, { octets: Uint8Array }> }) {
  const type = pictureType(source.type ?? '')
  const address = useMemo(
    () => (source.kind === 'image' && type ? URL.createObjectURL(new Blob([source.octets], { type })) : null),
    [source, type],
  )
  useEffect(() => () => void (address && URL.revokeObjectURL(address)), [address])
  if (address) return <img src={address} alt={visibleName(source.name)} />
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <pre tabIndex={0}>{visibleLines(textOf(source.octets))}</pre>
  )
}
