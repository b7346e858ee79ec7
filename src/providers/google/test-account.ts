import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import type { TestFinding } from '../../core/provider.ts'
import { failedFinding, finding } from '../shared/findings.ts'
import { Calendars } from './calendar.ts'
import { Drive } from './drive.ts'
import { Gmail } from './gmail.ts'
import { forecast } from './grant.ts'
import { People } from './people.ts'
import { type Session, sessionOf } from './session.ts'

/** Signs in, asks each chosen service one question, and says what is known of the time to come. */
export async function* testAccount(account: Account, context: Context, signal: AbortSignal): AsyncGenerator<TestFinding> {
  try {
    const session = await sessionOf(account, context)
    try {
      await session.signIn(signal)
      yield { ok: true, text: `Signed in to Google as ${session.settings.user ?? account.id}.` }
      for (const service of account.services) yield await finding(() => look(session, service, signal))
      for (const text of forecast(session.grant, context.clock.now())) yield { ok: false, text, code: 'auth' }
    } finally {
      session.close()
    }
  } catch (error) {
    yield failedFinding(error)
  }
}

async function look(session: Session, service: Service, signal: AbortSignal): Promise<string> {
  switch (service) {
    case 'mail': {
      const { messages } = await new Gmail(session, signal).profile()
      return `Gmail: Google counts ${messages.toLocaleString('en')} messages, spam and trash included.`
    }
    case 'contacts':
      return `Contacts: Google counts ${(await new People(session, signal).count()).toLocaleString('en')}, other contacts left out.`
    case 'files':
      return `Drive: Google counts ${megabytes(await new Drive(session, signal).usage())} in use.`
    case 'calendar': {
      const calendars = await new Calendars(session, signal).list()
      return `Calendars: Google has ${calendars.length.toLocaleString('en')}, shared and subscribed ones included.`
    }
  }
}

function megabytes(octets: number): string {
  return `${Math.ceil(octets / 1_000_000).toLocaleString('en')} MB`
}
