import { useId } from 'preact/hooks'

export interface PasswordFieldProps {
  readonly label: string
  readonly hint?: string
  readonly value: string
  readonly onChange: (password: string) => void
}

/** Never kept by the browser: Lifeboat's own store is the only place. */
export function PasswordField({ label, hint, value, onChange }: PasswordFieldProps) {
  const id = useId()
  return (
    <div class="labelled">
      <label for={id}>{label}</label>
      <input
        id={id}
        class="field"
        type="password"
        autocomplete="off"
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      {hint && (
        <span class="faint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  )
}
