/** A failure as a person reads it: what it is, what to do, and for who wants to know, what exactly happened. */
import type { ComponentChildren } from 'preact'
import type { FailureText } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useWords } from '../context.tsx'

/** What the engine advises is for a terminal where it names commands; then our own words serve better. */
function ownAdvice({ advice }: FailureText): string | null {
  return advice === '' || /lifeboat |--|\bcommand\b/.test(advice) ? null : advice
}

export interface FailureNoteProps {
  readonly failure: FailureText
  /** What to do next at this place, where the engine does not say it in the person's language. */
  readonly advice?: string | null
  readonly children?: ComponentChildren
}

export function FailureNote({ failure, advice: here, children }: FailureNoteProps) {
  const { t, language } = useWords()
  const advice = (language === 'en' ? ownAdvice(failure) : null) ?? here ?? t(`error.${failure.code}.advice`)
  return (
    <div class="notice warn failure" role="alert">
      <Icon name="warning" />
      <div>
        <p class="strong">{t(`error.${failure.code}.title`)}</p>
        {language === 'en' && failure.message && <p>{failure.message}</p>}
        <p>{advice}</p>
        {language !== 'en' && failure.message && (
          <details>
            <summary>{t('failure.detail')}</summary>
            <p lang="en">{failure.message}</p>
          </details>
        )}
        {children && <div class="row">{children}</div>}
      </div>
    </div>
  )
}
