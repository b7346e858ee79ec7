/** The providers with a command of their own: for `--help`, which loads no table. A test compares it with the tables. */
export interface WellKnown {
  /** As in the tables of presets. */
  readonly id: string
  readonly name: string
  readonly what: string
  /** The person's own server has to be named. */
  readonly server?: true
}

export const wellKnown: readonly WellKnown[] = [
  { id: 'icloud', name: 'iCloud', what: 'mail, contacts and calendars (Apple lets no other program into iCloud Drive)' },
  { id: 'fastmail', name: 'Fastmail', what: 'mail, contacts, calendars and files' },
  { id: 'nextcloud', name: 'Nextcloud', what: 'contacts, calendars and files', server: true },
  { id: 'mailbox.org', name: 'mailbox.org', what: 'mail, contacts, calendars and files' },
  { id: 'posteo', name: 'Posteo', what: 'mail, contacts and calendars' },
  { id: 'yahoo', name: 'Yahoo', what: 'mail, contacts and calendars' },
  { id: 'zoho', name: 'Zoho', what: 'mail, contacts and calendars' },
  { id: 'gmx', name: 'GMX', what: 'mail, contacts, calendars and, if your plan has them, files' },
  { id: 'web.de', name: 'WEB.DE', what: 'mail, contacts, calendars and, if your plan has them, files' },
  { id: 'synology', name: 'Synology', what: 'contacts, calendars and files', server: true },
]
