import type { Account, Context, Provider, Service, Source } from '../../core/types.ts'
import { lazySource } from '../shared/lazy.ts'
import { readCertificate } from './certificate.ts'
import { readClientId } from './client-id.ts'
import { parseSettings } from './settings.ts'

/** Microsoft's clients are loaded when the account is used: everything else starts sooner without them. */
export const microsoft: Provider = {
  id: 'microsoft',
  name: 'Microsoft',
  services: ['mail'],
  readsSideBySide: true,
  checkSettings: (settings) => void parseSettings(settings),
  source: (account, service, context) => lazySource(4, () => openSource(account, service, context)),
  async *test(account, context, signal) {
    yield* (await import('./test-account.ts')).testAccount(account, context, signal)
  },
  async outlook(account, context) {
    const { forecast, parseGrant } = await import('./grant.ts')
    const secret = await context.secret('microsoft')
    return secret === null ? [] : forecast(parseGrant(secret, account.id), context.clock.now())
  },
  readClientFile: readClientId,
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
    default:
      throw new Error(`Microsoft has no source for ${service}.`)
  }
}
