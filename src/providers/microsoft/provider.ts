import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import type { Provider } from '../../core/provider.ts'
import type { Source } from '../../core/source.ts'
import type { Target, TargetOptions } from '../../core/target.ts'
import { lazySource, lazyTarget } from '../shared/lazy.ts'
import { readCertificate } from './certificate.ts'
import { registration } from './registration.ts'
import { parseSettings } from './settings.ts'

/** Microsoft's clients are loaded when the account is used: everything else starts sooner without them. */
export const microsoft: Provider = {
  id: 'microsoft',
  name: 'Microsoft',
  services: ['mail', 'contacts', 'calendar', 'files'],
  readsSideBySide: true,
  checkSettings: (settings) => void parseSettings(settings),
  source: (account, service, context) => lazySource(4, () => openSource(account, service, context)),
  target: (account, service, context, options) =>
    lazyTarget({ keepsLabels: false, discards: true }, () => openTarget(account, service, context, options)),
  mailByImap: async (account, context, signal) => (await import('./imap-access.ts')).mailByImap(account, context, signal),
  async *listedMail(account, context, folder, put, signal) {
    yield* (await import('./listed-mail.ts')).listedMail(account, context, folder, put, signal)
  },
  async *test(account, context, signal) {
    yield* (await import('./test-account.ts')).testAccount(account, context, signal)
  },
  async outlook(account, context) {
    const { forecast, parseGrant } = await import('./grant.ts')
    const secret = await context.secret('microsoft')
    return secret === null ? [] : forecast(parseGrant(secret, account.id), context.clock.now())
  },
  registration,
  fingerprints: {
    mail: async (content) => (await import('./fingerprint.ts')).messageFingerprint(content),
    contacts: async (content, originals) => (await import('./fingerprint.ts')).contactFingerprint(content, originals),
    calendar: async (content) => (await import('./fingerprint.ts')).eventFingerprint(content),
  },
  organisation: {
    isForEverybody: (settings) => {
      const { appOnly, everybody } = parseSettings(settings)
      return appOnly && everybody
    },
    readKeyFile: readCertificate,
    members: async (settings, secret, context, signal) =>
      (await import('./organisation.ts')).members(settings, secret, context, signal),
  },
  signIn: async (connection, secret, prompt, context, signal) =>
    (await import('./sign-in.ts')).signIn(connection, secret, prompt, context, signal),
}

async function openSource(account: Account, service: Service, context: Context): Promise<Source> {
  switch (service) {
    case 'mail':
      return new (await import('./mail-source.ts')).MailSource(account, context)
    case 'contacts':
      return new (await import('./contacts-source.ts')).ContactsSource(account, context)
    case 'calendar':
      return new (await import('./calendar-source.ts')).CalendarSource(account, context)
    case 'files':
      return new (await import('./onedrive-source.ts')).OneDriveSource(account, context)
  }
}

async function openTarget(account: Account, service: Service, context: Context, options: TargetOptions): Promise<Target> {
  const [{ WritingSession }, { ListedAgain }, { sessionOf }] = await Promise.all([
    import('../shared/writing-session.ts'),
    import('../shared/listed-again.ts'),
    import('./session.ts'),
  ])
  const start = () => sessionOf(account, context)
  // To read every message again would take as long as the restore.
  const fingerprint = service === 'mail' ? null : (microsoft.fingerprints?.[service] ?? null)
  const again = new ListedAgain(() => microsoft.source(account, service, context), fingerprint)
  switch (service) {
    case 'mail':
      return new (await import('./mail-target.ts')).MailTarget(new WritingSession(service, account, options, start, again))
    case 'contacts':
      return new (await import('./contacts-target.ts')).ContactsTarget(
        new WritingSession(service, account, options, start, again),
      )
    case 'calendar':
      return new (await import('./calendar-target.ts')).CalendarTarget(
        new WritingSession(service, account, options, start, again),
      )
    case 'files':
      return new (await import('./onedrive-target.ts')).OneDriveTarget(
        new WritingSession(service, account, options, start, again),
      )
  }
}
