import type { Account, Service } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import type { TestFinding } from '../../core/provider.ts'
import { failedFinding, finding } from '../shared/findings.ts'
import { forecast } from './grant.ts'
import { type Session, sessionOf } from './session.ts'
import { archiveMailbox } from './settings.ts'

/** Signs in, asks each chosen service one question, and says what is known of the time to come. */
export async function* testAccount(account: Account, context: Context, signal: AbortSignal): AsyncGenerator<TestFinding> {
  try {
    const session = await sessionOf(account, context)
    try {
      await session.signIn(signal)
      yield { ok: true, text: `Signed in to Microsoft as ${session.settings.user ?? account.id}.` }
      for (const service of account.services) yield await finding(() => look(session, service, signal))
      const isWork = session.settings.appOnly || session.settings.kind === 'work'
      if (isWork && account.services.includes('mail')) yield { ok: true, text: archiveMailbox }
      for (const text of forecast(session.grant, context.clock.now())) yield { ok: false, text, code: 'auth' }
    } finally {
      session.close()
    }
  } catch (error) {
    yield failedFinding(error)
  }
}

async function look(session: Session, service: Service, signal: AbortSignal): Promise<string> {
  const { me } = session
  const count = async (path: string) => {
    const { value } = await session.get<{ value?: readonly object[] }>('outlook', path, signal)
    return (value?.length ?? 0).toLocaleString('en')
  }
  switch (service) {
    case 'mail': {
      const { totalItemCount } = await session.get<{ totalItemCount?: number }>('outlook', `${me}/mailFolders/inbox`, signal)
      return `Mail: Microsoft counts ${(totalItemCount ?? 0).toLocaleString('en')} messages in the inbox.`
    }
    case 'contacts':
      return `Contacts: Microsoft has ${await count(`${me}/contactFolders?$top=100&$select=id`)} folders beside the usual one.`
    case 'calendar':
      return `Calendars: Microsoft has ${await count(`${me}/calendars?$top=100&$select=id`)}, shared ones included.`
    case 'files': {
      const { quota } = await session.get<{ quota?: { used?: number } }>('files', `${me}/drive?$select=quota`, signal)
      return `OneDrive: Microsoft counts ${Math.ceil((quota?.used ?? 0) / 1_000_000).toLocaleString('en')} MB in use.`
    }
  }
}
