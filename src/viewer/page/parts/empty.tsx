/** What stands where nothing is, or nothing yet. */
import type { ComponentChildren } from 'preact'
import { useMend, useSpeech } from '../context.tsx'
import { Icon, type IconName } from './icon.tsx'

export interface EmptyProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ComponentChildren
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
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
export function Unreadable() {
  const { t } = useSpeech()
  const mend = useMend()
  return (
    <div class="unreadable">
      <Empty icon="warning" title={t(mend ? 'host.unreadable.title' : 'state.unreadable')}>
        <p>{t(mend ? 'host.unreadable.advice' : 'state.unreadableAdvice')}</p>
        {mend}
      </Empty>
    </div>
  )
}
