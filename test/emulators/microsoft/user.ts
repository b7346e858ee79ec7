import type { MailStore } from './mail-store.ts'

export interface MicrosoftUser {
  readonly id: string
  readonly email: string
  readonly kind: 'personal' | 'work'
  readonly mail: MailStore
}
