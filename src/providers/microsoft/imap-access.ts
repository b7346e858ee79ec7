/** The way into a mailbox of Outlook.com for a restore: IMAP, which takes messages octet for octet. */

import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { hasCode } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { sessionOf } from './session.ts'
import { imapScope } from './settings.ts'

/** "POP, IMAP, and SMTP settings for Outlook.com". */
const outlookCom: JsonObject = { host: 'outlook.office365.com', port: 993, security: 'tls' }

export async function mailByImap(
  account: Account,
  context: Context,
  signal: AbortSignal,
): Promise<{ readonly settings: JsonObject; readonly token: string } | null> {
  const session = await sessionOf(account, context)
  try {
    const { kind, user, practice } = session.settings
    if (kind !== 'personal' || user === undefined) return null
    const token = await session.tokenFor([imapScope], signal).catch((error: unknown) => {
      throw hasCode(error, 'permission', 'auth') ? session.noLeaveToWrite() : error
    })
    const place = practice === undefined ? outlookCom : (practice.imap ?? outlookCom)
    return { settings: { ...place, user, auth: 'xoauth2' }, token }
  } finally {
    session.close()
  }
}
