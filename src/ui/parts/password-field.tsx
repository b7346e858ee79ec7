import { useId, useState } from 'preact/hooks'
import { useWords } from '../context.tsx'

export interface PasswordFieldProps {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly onChange: (password: string) => void
}

/** Never kept by the browser: Lifeboat's own store is the only place. Long app passwords are hard to type unseen. */
export function PasswordField({ label, hint, value, onChange }: PasswordFieldProps) {
  const { t } = useWords()
  const id = useId()
  const [isShown, setShown] = useState(false)
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      <div class="row nowrap">
        <input
          id={id}
          class="field"
          {...(isShown ? ({ type: 'text' } as const) : ({ type: 'password' } as const))}
          autocomplete="off"
          spellcheck={false}
          value={value}
          aria-describedby={hint ? `${id}-hint` : undefined}
          onInput={(event) => onChange(event.currentTarget.value)}
        />
        <button type="button" class="button" aria-controls={id} onClick={() => setShown(!isShown)}>
          {t(isShown ? 'connect.hide' : 'connect.show')}
          <span class="hidden-text"> ({label})</span>
        </button>
      </div>
      {hint && (
        <span class="faint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  )
}
