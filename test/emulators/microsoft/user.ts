import type { CalendarStore } from './calendar-store.ts'
import type { ContactsStore } from './contacts-store.ts'
import type { DriveStore } from './drive-store.ts'
import type { MailStore } from './mail-store.ts'
import type { NotesStore } from './onenote-store.ts'

export interface MicrosoftUser {
  readonly id: string
  readonly email: string
  /** How the directory calls the person. */
  readonly principal: string
  readonly kind: 'personal' | 'work'
  /** Somebody may sign in; nobody does to a shared mailbox. */
  readonly isEnabled: boolean
  readonly hasMailbox: boolean
  readonly mail: MailStore
  readonly contacts: ContactsStore
  readonly calendar: CalendarStore
  readonly drive: DriveStore
  readonly notes: NotesStore
}
