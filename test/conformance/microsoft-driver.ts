/** What the drivers of Microsoft's services have in common. */
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { microsoft } from '../../src/providers/microsoft/provider.ts'
import { isWriting } from '../emulators/microsoft/microsoft.ts'
import type { MicrosoftAccount } from '../fixtures/microsoft-account.ts'

export class MicrosoftDriver {
  readonly provider = microsoft
  readonly account: Account
  readonly context: Context
  protected readonly microsoft: MicrosoftAccount

  constructor(microsoft: MicrosoftAccount) {
    this.microsoft = microsoft
    this.account = microsoft.account
    this.context = microsoft.context
  }

  async expireCursors(): Promise<void> {
    this.microsoft.emulator.pages.forget()
  }

  /** @throws when a backup sent anything that could change the account, or asked for ids that do not last */
  async stop(): Promise<void> {
    const { emulator } = this.microsoft
    await emulator.stop()
    const writing = emulator.requests.filter(isWriting)
    if (writing.length > 0) throw new Error(`A backup sent ${writing.map(({ http, path }) => `${http} ${path}`).join(', ')}`)
    const fleeting = emulator.requests.filter(
      ({ method, prefer }) =>
        /^(?:m\w+|contact|event|calendar)\b/i.test(method ?? '') && !prefer.includes('IdType="ImmutableId"'),
    )
    if (fleeting.length > 0)
      throw new Error(`Ids that do not last were asked for: ${fleeting.map(({ path }) => path).join(', ')}`)
  }
}
