import { AppError, assertNever } from '../../core/errors.ts'
import type { Account, Context, JsonObject, Provider, Service, Source, Target, TargetOptions } from '../../core/types.ts'
import { FilesSource } from './files-source.ts'
import { FilesTarget } from './files-target.ts'
import { ItemsTarget } from './items-target.ts'
import { parseSettings } from './settings.ts'
import { ItemSource } from './source.ts'

/** What only the adding and testing of an account needs is loaded then: a backup starts sooner without it. */
export const dav: Provider = {
  id: 'dav',
  name: 'Contacts, calendars, files (DAV)',
  services: ['contacts', 'calendar', 'files'],
  checkSettings: (settings) => void parseSettings(settings),
  servicesOf,
  findServer: async (address, signal) => (await import('./find-server.ts')).findServer(address, signal),
  findPreset: async (request) => (await import('./find-server.ts')).findPreset(request),
  source: sourceOf,
  target: targetOf,
  async *test(account, context, signal) {
    yield* (await import('./test-account.ts')).testAccount(account, context, signal)
  },
}

function servicesOf(settings: JsonObject): readonly Service[] {
  const { carddav, caldav, webdav } = parseSettings(settings)
  return [
    ...(carddav === undefined ? [] : (['contacts'] as const)),
    ...(caldav === undefined ? [] : (['calendar'] as const)),
    ...(webdav === undefined ? [] : (['files'] as const)),
  ]
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

function targetOf(account: Account, service: Service, context: Context, options: TargetOptions): Target {
  if (service === 'files') return new FilesTarget(account, context, options)
  if (service !== 'mail') return new ItemsTarget(account, service, context, options)
  throw new AppError('unsupported', 'Mail is not reached by WebDAV; it needs an account of its own.')
}
