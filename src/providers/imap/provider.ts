import type { Provider } from '../../core/types.ts'
import { findServer } from './find-server.ts'
import { parseSettings } from './settings.ts'
import { ImapSource } from './source.ts'
import { testAccount } from './test-account.ts'

export const imap: Provider = {
  id: 'imap',
  name: 'E-mail (IMAP)',
  services: ['mail'],
  checkSettings: (settings) => void parseSettings(settings),
  findServer,
  source: (account, _service, context) => new ImapSource(account, context),
  test: testAccount,
}
