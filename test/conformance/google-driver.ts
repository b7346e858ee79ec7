/** What the drivers of Google's services have in common. */
import type { Account } from '../../src/core/account.ts'
import type { Context } from '../../src/core/context.ts'
import { google } from '../../src/providers/google/provider.ts'
import { isWriting } from '../emulators/google/google.ts'
import type { GoogleAccount } from '../fixtures/google-account.ts'

export class GoogleDriver {
  readonly provider = google
  readonly account: Account
  readonly context: Context
  protected readonly google: GoogleAccount

  constructor(google: GoogleAccount) {
    this.google = google
    this.account = google.account
    this.context = google.context
  }

  /** @throws when a backup sent anything that could change the account */
  async stop(): Promise<void> {
    const { emulator } = this.google
    await emulator.stop()
    const writing = emulator.requests.filter(isWriting)
    if (writing.length > 0) throw new Error(`A backup sent ${writing.map(({ http, path }) => `${http} ${path}`).join(', ')}`)
  }
}
