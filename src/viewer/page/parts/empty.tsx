/** What stands where nothing is, or nothing yet. */
import type { ComponentChildren } from 'preact'
import { useMend, useSpeech } from '../context.tsx'
import { Icon, type IconName } from './icon.tsx'

export interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  /** It stands in place of a whole screen, whose heading this is. */
  readonly whole?: boolean
  readonly children?: ComponentChildren
}

export function Empty({ icon, title, whole = false, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      {whole ? <h1>{title}</h1> : <h2>{title}</h2>}
      {children}
    </div>
  )
}

export function Loading() {
  const { t } = useSpeech()
  return (
    <p class="empty loading" role="status">
      {t('state.loading')}
    </p>
  )
}

/** A part of the data could not be read; the rest of the page goes on. */
export function Unreadable({ whole = false }: { readonly whole?: boolean }) {
  const { t } = useSpeech()
  const mend = useMend()
  return (
    <div class="unreadable">
      <Empty icon="warning" title={t(mend ? 'host.unreadable.title' : 'state.unreadable')} whole={whole}>
        <p>{t(mend ? 'host.unreadable.advice' : 'state.unreadableAdvice')}</p>
        {mend}
      </Empty>
    </div>
  )
}
