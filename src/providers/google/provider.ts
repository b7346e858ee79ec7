import type { Account, Context, Provider, Service, Source, Target, TargetOptions } from '../../core/types.ts'
import { readClientFile } from './client-file.ts'
import { delegationSteps } from './grant.ts'
import { readKeyFile } from './key-file.ts'
import { apiScopes, directoryScope, parseSettings } from './settings.ts'

/** Google's clients are loaded when the account is used: everything else starts sooner without them. */
export const google: Provider = {
  id: 'google',
  name: 'Google',
  services: ['mail', 'contacts', 'calendar', 'files'],
  readsSideBySide: true,
  checkSettings: (settings) => void parseSettings(settings),
  source: (account, service, context) => lazySource(account, service, context),
  target: (account, service, context, options) => lazyTarget(account, service, context, options),
  async *test(account, context, signal) {
    yield* (await import('./test-account.ts')).testAccount(account, context, signal)
  },
  async outlook(account, context) {
    const { forecast, parseGrant } = await import('./grant.ts')
    const secret = await context.secret('google')
    return secret === null ? [] : forecast(parseGrant(secret, account.id), context.clock.now())
  },
  readClientFile,
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

function lazySource(account: Account, service: Service, context: Context): Source {
  let opened: Promise<Source> | null = null
  let source: Source | null = null
  const open = async () => {
    opened ??= openSource(account, service, context)
    source = await opened
    return source
  }
  return {
    concurrency: 2,
    async *collections(signal) {
      yield* (await open()).collections(signal)
    },
    async *changes(c, since, signal) {
      yield* (await open()).changes(c, since, signal)
    },
    async *fetch(c, items, signal) {
      yield* (await open()).fetch(c, items, signal)
    },
    census: async (signal) => (await (await open()).census?.(signal)) ?? [],
    leastSeconds: (items) => source?.leastSeconds?.(items) ?? 0,
    close: async () => (await opened?.catch(() => null))?.close(),
  }
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

function lazyTarget(account: Account, service: Service, context: Context, options: TargetOptions): Target {
  let opened: Promise<Target> | null = null
  const open = () => {
    opened ??= openTarget(account, service, context, options)
    return opened
  }
  return {
    concurrency: 1,
    keepsLabels: service === 'mail',
    open: async (collections, signal) => (await open()).open(collections, signal),
    ensure: async (c, signal) => (await open()).ensure(c, signal),
    async *put(place, items, signal) {
      yield* (await open()).put(place, items, signal)
    },
    async *check(place, signal) {
      yield* (await open()).check(place, signal)
    },
    ...(service === 'mail' ? {} : { discard: async (paths, signal) => (await open()).discard?.(paths, signal) }),
    close: async () => (await opened?.catch(() => null))?.close(),
  }
}

async function openTarget(account: Account, service: Service, context: Context, options: TargetOptions): Promise<Target> {
  switch (service) {
    case 'mail':
      return new (await import('./gmail-target.ts')).GmailTarget(account, context, options)
    case 'contacts':
      return new (await import('./people-target.ts')).PeopleTarget(account, context, options)
    case 'calendar':
      return new (await import('./calendar-target.ts')).CalendarTarget(account, context, options)
    case 'files':
      return new (await import('./drive-target.ts')).DriveTarget(account, context, options)
  }
}
