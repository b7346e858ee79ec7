import type { Provider } from '../../core/provider.ts'
import { parseSettings } from './settings.ts'
import { ImapSource } from './source.ts'
import { ImapTarget } from './target.ts'

/** What only the adding and testing of an account needs is loaded then: a backup starts sooner without it. */
export const imap: Provider = {
  id: 'imap',
  name: 'E-mail (IMAP)',
  services: ['mail'],
  checkSettings: (settings) => void parseSettings(settings),
  findServer: async (address, signal) => (await import('./find-server.ts')).findServer(address, signal),
  findPreset: async (request) => (await import('./find-server.ts')).findPreset(request),
  source: (account, _service, context) => new ImapSource(account, context),
  target: (account, _service, context, options) => new ImapTarget(account, context, options),
  async *test(account, context, signal) {
    yield* (await import('./test-account.ts')).testAccount(account, context, signal)
  },
}
