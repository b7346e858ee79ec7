/** A folder of this computer: typed, or picked where the app's own window offers that. */
import { useId } from 'preact/hooks'
import { useWords } from '../context.tsx'
import { shell } from '../shell.ts'

export interface FolderFieldProps {
  readonly label: string
  readonly value: string
  readonly onChange: (folder: string) => void
}

export function FolderField({ label, value, onChange }: FolderFieldProps) {
  const { t } = useWords()
  const id = useId()
  const { pickFolder } = shell()
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      <div class="row nowrap">
        <input
          id={id}
          class="field"
          value={value}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        {pickFolder && (
          <button
            type="button"
            class="button"
            onClick={() => void pickFolder().then((folder) => folder !== null && onChange(folder))}
          >
            {t('action.choose')}
          </button>
        )}
      </div>
    </div>
  )
}
