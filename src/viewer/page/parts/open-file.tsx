/**
 * Opens a file of the vault by the browser. What could run there (web pages, SVG, scripts, files whose name says nothing) could
 * also read the disk and send what it read: it is shown as text or saved under a harmless name instead.
 */
import { useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { useVault } from '../data/vault.tsx'
import { isActiveName, saveFile } from '../save.ts'
import { mostText } from '../text-of.ts'
import { FolderDialog } from './folder-dialog.tsx'
import type { PreviewSource } from './preview.tsx'

export interface OpenFileProps {
  /** Relative to the vault's root. */
  readonly path: string
  readonly name: string
  readonly size: number
  readonly onPreview: (source: PreviewSource) => void
}

/** Text that browsers do not show but save, or hand to another program. */
const isText = /\.(?:csv|log|json|ics|vcf|eml|mbox)$/i

export function OpenFile({ path, name, size, onPreview }: OpenFileProps) {
  const { t } = useSpeech()
  const { library } = useVault()
  const [waiting, setWaiting] = useState<'text' | 'save' | null>(null)
  const [failed, setFailed] = useState(false)
  const isActive = isActiveName(path)
  const use = async (what: 'text' | 'save'): Promise<void> => {
    const files = library.store.files()
    if (!files) {
      setWaiting(what)
      return
    }
    setWaiting(null)
    try {
      const octets = await files.slice(path, 0, what === 'save' ? size : Math.min(size, mostText))
      if (what === 'save') saveFile(name, [octets])
      else onPreview({ name, kind: 'text', octets })
    } catch {
      setFailed(true)
    }
  }
  return (
    <>
      {(isActive || isText.test(path)) && (
        <button type="button" class="button" onClick={() => void use('text')}>
          {t('action.asText')}
        </button>
      )}
      {isActive ? (
        <button type="button" class="button" onClick={() => void use('save')}>
          {t('action.save')}
        </button>
      ) : (
        <a class="button" href={library.store.fileAddress(path)} target="_blank" rel="noopener">
          {t('action.open')}
        </a>
      )}
      {failed && <span role="alert">{t('file.failed')}</span>}
      {waiting && <FolderDialog onChosen={() => void use(waiting)} onClose={() => setWaiting(null)} />}
    </>
  )
}
