import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { AppError, assertNever } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Provider } from '../../core/provider.ts'
import type { Source } from '../../core/source.ts'
import type { Target, TargetOptions } from '../../core/target.ts'
import { lazySource, lazyTarget } from '../shared/lazy.ts'
import { parseSettings } from './settings.ts'

/** What only one kind of work needs is loaded for it: a backup starts sooner without the rest. */
export const dav: Provider = {
  id: 'dav',
  name: 'Contacts, calendars, files (DAV)',
  services: ['contacts', 'calendar', 'files'],
  checkSettings: (settings) => void parseSettings(settings),
  servicesOf,
  findServer: async (address, signal) => (await import('./find-server.ts')).findServer(address, signal),
  findPreset: async (request) => (await import('./find-server.ts')).findPreset(request),
  source: sourceOf,
  load: (service) => (service === 'files' ? import('./files-source.ts') : import('./source.ts')),
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
      return lazySource(2, async () => new (await import('./source.ts')).ItemSource(account, service, context))
    case 'files':
      return lazySource(4, async () => new (await import('./files-source.ts')).FilesSource(account, context))
    case 'mail':
      throw new AppError('unsupported', 'Mail is not reached by WebDAV; it needs an account of its own.')
    default:
      return assertNever(service)
  }
}

function targetOf(account: Account, service: Service, context: Context, options: TargetOptions): Target {
  if (service === 'mail') throw new AppError('unsupported', 'Mail is not reached by WebDAV; it needs an account of its own.')
  return lazyTarget({ keepsLabels: false, discards: true }, async () =>
    service === 'files'
      ? new (await import('./files-target.ts')).FilesTarget(account, context, options)
      : new (await import('./items-target.ts')).ItemsTarget(account, service, context, options),
  )
}
