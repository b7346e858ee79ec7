import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import type { Provider } from '../../core/provider.ts'
import type { Source } from '../../core/source.ts'
import type { Target, TargetOptions } from '../../core/target.ts'
import { lazySource, lazyTarget } from '../shared/lazy.ts'
import { googleChoices, withGoogleChoice } from './choices.ts'
import { delegationSteps } from './grant.ts'
import { readKeyFile } from './key-file.ts'
import { registration } from './registration.ts'
import { apiScopes, directoryScope, parseSettings } from './settings.ts'

/** Google's clients are loaded when the account is used: everything else starts sooner without them. */
export const google: Provider = {
  id: 'google',
  name: 'Google',
  services: ['mail', 'contacts', 'calendar', 'files'],
  readsSideBySide: true,
  choices: { of: googleChoices, with: withGoogleChoice },
  checkSettings: (settings) => void parseSettings(settings),
  source: (account, service, context) => lazySource(2, () => openSource(account, service, context)),
  target: (account, service, context, options) =>
    lazyTarget({ keepsLabels: service === 'mail', discards: service !== 'mail' }, () =>
      openTarget(account, service, context, options),
    ),
  async *test(account, context, signal) {
    yield* (await import('./test-account.ts')).testAccount(account, context, signal)
  },
  async outlook(account, context) {
    const { forecast, parseGrant } = await import('./grant.ts')
    const secret = await context.secret('google')
    return secret === null ? [] : forecast(parseGrant(secret, account.id), context.clock.now())
  },
  registration,
  fingerprints: {
    contacts: async (content, originals) => (await import('./fingerprint.ts')).contactFingerprint(content, originals),
    calendar: async (content, originals) => (await import('./fingerprint.ts')).eventFingerprint(content, originals),
  },
  organisation: {
    isForEverybody: (settings) => {
      const { serviceAccount, everybody } = parseSettings(settings)
      return serviceAccount !== undefined && everybody
    },
    readKeyFile: (text, { settings, services }) => {
      const key = readKeyFile(text)
      const all = { ...key.settings, ...settings }
      const { clientId } = parseSettings(all)
      const steps = delegationSteps({ clientId, scopes: [directoryScope, ...apiScopes(services, false)] })
      return { settings: all, secret: key.secret, steps }
    },
    members: async (settings, secret, context, signal) =>
      (await import('./workspace.ts')).members(settings, secret, context, signal),
  },
  signIn: async (connection, secret, prompt, context, signal) =>
    (await import('./sign-in.ts')).signIn(connection, secret, prompt, context, signal),
}

async function openSource(account: Account, service: Service, context: Context): Promise<Source> {
  switch (service) {
    case 'mail':
      return new (await import('./gmail-source.ts')).GmailSource(account, context)
    case 'files':
      return new (await import('./drive-source.ts')).DriveSource(account, context)
    case 'contacts':
      return new (await import('./people-source.ts')).PeopleSource(account, context)
    case 'calendar':
      return new (await import('./calendar-source.ts')).CalendarSource(account, context)
  }
}

async function openTarget(account: Account, service: Service, context: Context, options: TargetOptions): Promise<Target> {
  const [{ WritingSession }, { ListedAgain }, { sessionOf }] = await Promise.all([
    import('../shared/writing-session.ts'),
    import('../shared/listed-again.ts'),
    import('./session.ts'),
  ])
  const start = () => sessionOf(account, context)
  const again = new ListedAgain(() => google.source(account, service, context), google.fingerprints?.[service] ?? null)
  switch (service) {
    case 'mail':
      return new (await import('./gmail-target.ts')).GmailTarget(new WritingSession(service, account, options, start, again))
    case 'contacts':
      return new (await import('./people-target.ts')).PeopleTarget(new WritingSession(service, account, options, start, again))
    case 'calendar':
      return new (await import('./calendar-target.ts')).CalendarTarget(
        new WritingSession(service, account, options, start, again),
      )
    case 'files':
      return new (await import('./drive-target.ts')).DriveTarget(new WritingSession(service, account, options, start, again))
  }
}
