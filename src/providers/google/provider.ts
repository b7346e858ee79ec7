import type { Account, Context, Provider, Service, Source } from '../../core/types.ts'
import { readClientFile } from './client-file.ts'
import { parseSettings } from './settings.ts'

/** Google's clients are loaded when the account is used: everything else starts sooner without them. */
export const google: Provider = {
  id: 'google',
  name: 'Google',
  services: ['mail', 'contacts', 'calendar', 'files'],
  checkSettings: (settings) => void parseSettings(settings),
  source: (account, service, context) => lazySource(account, service, context),
  async *test(account, context, signal) {
    yield* (await import('./test-account.ts')).testAccount(account, context, signal)
  },
  readClientFile,
  signIn: async (connection, secret, prompt, context, signal) =>
    (await import('./sign-in.ts')).signIn(connection, secret, prompt, context, signal),
}

function lazySource(account: Account, service: Service, context: Context): Source {
  let opened: Promise<Source> | null = null
  const open = () => {
    opened ??= openSource(account, service, context)
    return opened
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
