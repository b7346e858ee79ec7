/** The moment that is looked at: now, or after any earlier run. */
import { useMemo } from 'preact/hooks'
import { useSpeech } from '../context.tsx'
import { runTime, useVault } from '../data/vault.tsx'
import { Icon } from './icon.tsx'

export function AsOfChoice() {
  const { t, format, dateTime } = useSpeech()
  const { library, asOf, setAsOf } = useVault()
  const { runs } = library.overview
  // Runs of several accounts at one time are one moment: the last of them.
  const moments = useMemo(() => runs.flatMap(({ id }, run) => (runs[run + 1]?.id === id ? [] : [{ run, id }])).reverse(), [runs])
  const years = [...new Set(moments.map(({ id }) => id.slice(0, 4)))]
  if (moments.length === 0) return null
  return (
    <label class="as-of">
      <Icon name="clock" />
      <span class="as-of-words">{t('asOf.label')}</span>
      <select
        class="field"
        aria-label={t('asOf.explain')}
        value={String(asOf)}
        onChange={(event) => setAsOf(Number(event.currentTarget.value))}
      >
        {years.map((year) => (
          <optgroup key={year} label={year}>
            {moments
              .filter(({ id }) => id.startsWith(year))
              .map(({ run, id }) => (
                <option key={run} value={String(run)} title={dateTime(runTime(id))}>
                  {run === runs.length - 1
                    ? t('asOf.now', { date: format(runTime(id), { dateStyle: 'medium' }) })
                    : format(runTime(id), { dateStyle: 'medium', timeStyle: 'short' })}
                </option>
              ))}
          </optgroup>
        ))}
      </select>
    </label>
  )
}

/** Says plainly that one looks at the past. */
export function AsOfNote() {
  const { t, dateTime } = useSpeech()
  const { library, asOf, isNow, setAsOf } = useVault()
  const { runs } = library.overview
  if (isNow) return null
  return (
    <p class="as-of-note" role="status">
      <Icon name="clock" />
      <span>{t('asOf.past', { date: dateTime(runTime(runs[asOf]?.id ?? '')) })}</span>
      <button type="button" class="button" onClick={() => setAsOf(runs.length - 1)}>
        {t('asOf.back')}
      </button>
    </p>
  )
}
