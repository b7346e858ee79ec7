/** Before anything leaves the page: where the link really leads, and the choice. */
import { useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { type LinkTarget, linkTarget } from '../safe/links.ts'
import { visibleName } from '../safe/visible-text.ts'
import { copyText } from '../save.ts'
import { Dialog } from './dialog.tsx'

export interface LinkDialogProps {
  /** As it stands in the message. */
  readonly address: string
  readonly onClose: () => void
}

export function LinkDialog({ address, onClose }: LinkDialogProps) {
  const { t } = useSpeech()
  const target = linkTarget(address)
  return (
    <Dialog title={t(target ? 'link.title' : 'link.dead')} onClose={onClose}>
      <p class="soft">{t(target ? 'link.explain' : 'link.deadExplain')}</p>
      <p class="address" data-test="link-target">
        {target ? <Destination target={target} /> : visibleName(address)}
      </p>
      {target?.international && <p class="soft">{t('link.international')}</p>}
      <div class="row end">
        <CopyButton text={target?.url ?? address} />
        <button type="button" class="button" onClick={onClose}>
          {t('action.cancel')}
        </button>
        {target && (
          <a
            class="button primary"
            href={target.url}
            target="_blank"
            rel="noopener noreferrer"
            referrerpolicy="no-referrer"
            onClick={onClose}
          >
            {t('link.open')}
          </a>
        )}
      </div>
    </Dialog>
  )
}

/** The address with the part that decides where one ends up set off. */
function Destination({ target }: { readonly target: LinkTarget }) {
  const url = visibleName(target.url)
  const at = url.indexOf(target.destination)
  if (at < 0) return <>{url}</>
  return (
    <>
      {url.slice(0, at)}
      <strong>{target.destination}</strong>
      {url.slice(at + target.destination.length)}
    </>
  )
}

interface CopyButtonProps {
  readonly text: string
  readonly label?: string
  readonly look?: 'button' | 'link'
}

export function CopyButton({ text, label, look = 'button' }: CopyButtonProps) {
  const { t } = useSpeech()
  const [done, setDone] = useState(false)
  const copy = async (): Promise<void> => {
    setDone(await copyText(text))
  }
  return (
    <button type="button" class={look} onClick={() => void copy()} aria-label={label}>
      {t(done ? 'action.copied' : 'action.copy')}
    </button>
  )
}
