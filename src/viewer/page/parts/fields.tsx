/** What stands above a list: words to find, and one of several to choose. */

export interface FindFieldProps {
  /** Said by a screen reader, and shown as long as nothing is typed. */
  readonly label: string
  readonly value: string
  readonly onFind: (words: string) => void
  readonly class?: string
}

export function FindField({ label, value, onFind, class: style = 'field' }: FindFieldProps) {
  return (
    <input
      class={style}
      type="search"
      aria-label={label}
      placeholder={label}
      value={value}
      onInput={(event) => onFind(event.currentTarget.value)}
    />
  )
}

export interface ChoiceProps<Value extends string> {
  /** For screen readers. */
  readonly label: string
  readonly values: readonly Value[]
  readonly chosen: Value
  readonly wordOf: (value: Value) => string
  readonly onChoose: (value: Value) => void
}

export function Choice<Value extends string>({ label, values, chosen, wordOf, onChoose }: ChoiceProps<Value>) {
  return (
    <select
      class="field"
      aria-label={label}
      value={chosen}
      onChange={(event) => onChoose(values.find((value) => value === event.currentTarget.value) ?? chosen)}
    >
      {values.map((value) => (
        <option key={value} value={value}>
          {wordOf(value)}
        </option>
      ))}
    </select>
  )
}
