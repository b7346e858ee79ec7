/** Asks for the vault's folder, and says why: a page opened from a disk may not read other files by itself. */
import type { TargetedDragEvent } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { useFiles } from '../data/vault.tsx'
import { canPickFolder, pickFolder, useDropped, useFileList } from '../data/vault-folder.ts'
import { Dialog } from './dialog.tsx'
import { Icon } from './icon.tsx'

export interface FolderDialogProps {
  readonly onChosen: () => void
  readonly onClose: () => void
}

export function FolderDialog({ onChosen, onClose }: FolderDialogProps) {
  const { t } = useSpeech()
  const [wrong, setWrong] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const files = useFiles()
  useEffect(() => {
    if (files) onChosen()
  }, [files, onChosen])
  const judge = (accepted: boolean | null): void => setWrong(accepted === false)
  const drop = (event: TargetedDragEvent<HTMLElement>): void => {
    event.preventDefault()
    if (event.dataTransfer) void useDropped(event.dataTransfer.items).then(judge)
  }
  return (
    <Dialog title={t('folder.title')} onClose={onClose}>
      <p>{t('folder.explain')}</p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the button below does the same */}
      <div class="drop" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
        <Icon name="folder" />
        <p>{t('folder.drop')}</p>
      </div>
      {wrong && (
        <p class="notice warn" role="alert">
          <Icon name="warning" />
          {t('folder.wrong')}
        </p>
      )}
      <div class="row end">
        <button type="button" class="button" onClick={onClose}>
          {t('action.cancel')}
        </button>
        <button
          type="button"
          class="button primary"
          onClick={() => (canPickFolder() ? void pickFolder().then(judge) : input.current?.click())}
        >
          {t('folder.choose')}
        </button>
      </div>
      <input
        ref={input}
        type="file"
        class="hidden-text"
        tabIndex={-1}
        aria-hidden="true"
        {...{ webkitdirectory: true }}
        onChange={(event) => {
          const { files: list } = event.currentTarget
          if (list && list.length > 0) void useFileList(list).then(judge)
        }}
      />
    </Dialog>
  )
}
