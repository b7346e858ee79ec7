import { AppError, assertNever } from '../../core/errors.ts'
import type { Account, Context, Provider, Service, Source } from '../../core/types.ts'
import { FilesSource } from './files-source.ts'
import { findServer } from './find-server.ts'
import { parseSettings } from './settings.ts'
import { ItemSource } from './source.ts'
import { testAccount } from './test-account.ts'

export const dav: Provider = {
  id: 'dav',
  name: 'Contacts, calendars, files (DAV)',
  services: ['contacts', 'calendar', 'files'],
  checkSettings: (settings) => void parseSettings(settings),
  findServer,
  source: sourceOf,
  test: testAccount,
}

function sourceOf(account: Account, service: Service, context: Context): Source {
  switch (service) {
    case 'contacts':
    case 'calendar':
      return new ItemSource(account, service, context)
    case 'files':
      return new FilesSource(account, context)
    case 'mail':
      throw new AppError('unsupported', 'Mail is not reached by WebDAV; it needs an account of its own.')
    default:
      return assertNever(service)
  }
}
