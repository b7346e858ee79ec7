/** How often to back up. */
import type { Every } from '../../api/desktop/contract.ts'
import { useWords } from '../context.tsx'

export interface EveryChoiceProps {
  readonly legend: string
  readonly chosen: Every
  readonly onChoose: (every: Every) => void
}

const choices: readonly Every[] = ['day', 'week', 'never']

export function EveryChoice({ legend, chosen, onChoose }: EveryChoiceProps) {
  const { t } = useWords()
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {choices.map((every) => (
        <label key={every} class="choice">
          <input type="radio" name="every" checked={chosen === every} onChange={() => onChoose(every)} />
          <span>
            <b>{t(`every.${every}`)}</b>
            {every !== 'never' && <span class="faint"> {t('every.day.more')}</span>}
          </span>
        </label>
      ))}
    </fieldset>
  )
}
