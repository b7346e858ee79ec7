/** `account add google`: a person is led through Google's pages, and each step is checked. */
import type { JsonObject } from '../../core/json.ts'
import { fileText } from '../given-file.ts'
import type { Session } from '../session.ts'
import { type AddBrowserOptions, addBrowserAccount, numbered } from './account-browser.ts'
import { mailAlone, registerOnce, warningScreen } from './google-words.ts'

export interface GoogleOptions extends AddBrowserOptions {
  readonly clientFile?: string
  readonly formats?: readonly string[]
  readonly leaveOut?: readonly string[]
  readonly revisions?: boolean
  readonly convert?: boolean
  /** An administrator adds people of an organisation. */
  readonly workspace?: boolean
  readonly admin?: string
  /** Addresses with commas between. */
  readonly users?: string
  readonly everybody?: boolean
}

export async function addGoogleAccount(session: Session, options: GoogleOptions): Promise<number> {
  const provider = 'google'
  return await addBrowserAccount(session, options, {
    provider,
    settings: chosenSettings(options),
    async registration(app, lines, signal) {
      const need = await app.registration(provider)
      if (options.clientFile === undefined && need.isThere) return null
      const file = {
        ...{ given: options.clientFile, wanted: 'Google wants a client file', option: '--client-file FILE' },
        steps: [registerOnce, ...numbered(need), mailAlone],
        check: (text: string) => app.checkRegistration(provider, text),
      }
      return await fileText(session.terminal, lines, file, signal)
    },
    beforehand: warningScreen,
  })
}

/** What a person chose of what is saved, and how. */
export function chosenSettings({ formats, leaveOut = [], revisions, convert }: GoogleOptions): JsonObject {
  const files = {
    ...(formats === undefined ? {} : { formats }),
    ...(revisions === true ? { revisions } : {}),
    ...(convert === true ? { convert } : {}),
  }
  return {
    ...(leaveOut.length === 0 ? {} : { mail: Object.fromEntries(leaveOut.map((kind) => [kind, false])) }),
    ...(Object.keys(files).length === 0 ? {} : { files }),
  }
}
