/** A failure as a person reads it: what it is, what to do, and for who wants to know, what exactly happened. */
import type { ComponentChildren } from 'preact'
import type { FailureText } from '../../api/desktop/contract.ts'
import { Icon } from '../../viewer/page/parts/icon.tsx'
import { useWords } from '../context.tsx'
import { useSaid } from './said.tsx'

/** What the engine advises is for a terminal where it names commands; then our own words serve better. */
function isForApp(advice: string): boolean {
  return advice !== '' && !/lifeboat |--|\bcommand\b/.test(advice)
}

export interface FailureNoteProps {
  readonly failure: FailureText
  /** What to do next at this place, where the engine does not say it in the person's language. */
  readonly advice?: string | null
  readonly children?: ComponentChildren
}

export function FailureNote({ failure, advice: here, children }: FailureNoteProps) {
  const { t } = useWords()
  const said = useSaid()
  const [message, own] = [said(failure.message), said(failure.advice)]
  const advice = (own.lang === undefined && isForApp(own.text) ? own.text : null) ?? here ?? t(`error.${failure.code}.advice`)
  return (
    <div class="notice warn failure" role="alert">
      <Icon name="warning" />
      <div>
        <p class="strong">{t(`error.${failure.code}.title`)}</p>
        {message.lang === undefined && message.text && <p>{message.text}</p>}
        <p>{advice}</p>
        {message.lang !== undefined && message.text && (
          <details>
            <summary>{t('failure.detail')}</summary>
            <p lang={message.lang}>{message.text}</p>
          </details>
        )}
        {children && <div class="row">{children}</div>}
      </div>
    </div>
  )
}
