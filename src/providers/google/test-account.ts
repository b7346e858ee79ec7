import { toAppError } from '../../core/errors.ts'
import type { Account, Context, TestFinding } from '../../core/types.ts'
import { Gmail } from './gmail.ts'
import { forecast } from './grant.ts'
import { sessionOf } from './session.ts'

/** Signs in, asks each chosen service one question, and says what is known of the time to come. */
export async function* testAccount(account: Account, context: Context, signal: AbortSignal): AsyncGenerator<TestFinding> {
  try {
    const session = await sessionOf(account, context)
    await session.signIn(signal)
    yield { ok: true, text: `Signed in to Google as ${session.settings.user ?? account.id}.` }
    if (account.services.includes('mail'))
      yield await finding(async () => {
        const { messages } = await new Gmail(session, signal).profile()
        return `Gmail: Google counts ${messages.toLocaleString('en')} messages, spam and trash included.`
      })
    for (const text of forecast(session.grant, context.clock.now())) yield { ok: false, text, code: 'auth' }
  } catch (error) {
    yield failed(error)
  }
}

async function finding(look: () => Promise<string>): Promise<TestFinding> {
  try {
    return { ok: true, text: await look() }
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): TestFinding {
  const { code, message, advice } = toAppError(error)
  return { ok: false, code, text: advice === undefined ? message : `${message} ${advice}` }
}
