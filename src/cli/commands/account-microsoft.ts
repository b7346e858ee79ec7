/** `account add microsoft`: by the browser, with a code on another device, or with a certificate for a whole organisation. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AppError } from '../../core/errors.ts'
import type { Service } from '../../core/types.ts'
import type { Lines } from '../lines.ts'
import { canAsk } from '../password.ts'
import type { Session } from '../session.ts'
import { addBrowserAccount, keyFileText } from './account-google.ts'
import { addOrganisation, ask } from './account-workspace.ts'
import { certificateSteps, consentScreen, registrationSteps } from './microsoft-steps.ts'

export interface MicrosoftOptions {
  readonly user?: string
  readonly id?: string
  /** The application id, or the file of a practice account. */
  readonly clientId?: string
  /** For whose accounts the registration is. */
  readonly accounts?: 'consumers' | 'organizations'
  readonly only?: readonly Service[]
  /** Of each file in OneDrive, how many earlier ones. */
  readonly versions?: number
  readonly browser: boolean
  /** The organisation, for a program that signs in for itself. */
  readonly tenant?: string
  readonly certificate?: string
  readonly users?: string
  readonly everybody?: boolean
  readonly secrets: 'keyring' | 'file'
  readonly json?: boolean
}

export async function addMicrosoftAccount(session: Session, options: MicrosoftOptions): Promise<number> {
  const { terminal, loadApp } = session
  const app = await loadApp()
  return await addBrowserAccount(session, options, {
    provider: 'microsoft',
    settings: { ...(options.accounts === undefined ? {} : { tenant: options.accounts }), ...chosenFiles(options) },
    clientFile: async (lines, signal) => {
      if (options.clientId !== undefined) return await clientIdText(options.clientId)
      if (await app.hasRegistration('microsoft')) return null
      if (!canAsk(terminal)) {
        throw new AppError('usage', 'Microsoft wants an application id, and there is no terminal to explain how to get one.', {
          advice: `${registrationSteps.join(' ')} Then add: --client-id ID`,
        })
      }
      for (const step of registrationSteps) await terminal.stderr.write(`${step}\n`)
      return await lines.ask('\nThe Application (client) ID: ', signal)
    },
    beforehand: consentScreen,
  })
}

export async function addMicrosoftTenant(session: Session, tenant: string, options: MicrosoftOptions): Promise<number> {
  const { terminal } = session
  return await addOrganisation(session, options, {
    provider: 'microsoft',
    keyFile: (lines: Lines, signal) =>
      keyFileText(terminal, lines, { given: options.certificate, steps: certificateSteps, what: 'a certificate' }, signal),
    settings: async (lines, signal) => {
      const id = options.clientId ?? (await ask(terminal, lines, 'The Application (client) ID: ', '--client-id ID', signal))
      const client: unknown = JSON.parse(await clientSettings(id))
      const everybody = options.everybody === true
      return { ...(client as object), ...chosenFiles(options), tenant: tenant.toLowerCase(), everybody }
    },
    mark: 'appOnly',
  })
}

function chosenFiles({ versions }: MicrosoftOptions): { readonly files?: { readonly versions: number } } {
  return versions === undefined ? {} : { files: { versions } }
}

/** A practice account is known by its file; everything else is taken as an id. */
async function clientIdText(given: string): Promise<string> {
  return given.endsWith('.json') ? await readFile(resolve(given), 'utf8').catch(() => given) : given
}

async function clientSettings(given: string): Promise<string> {
  const text = await clientIdText(given)
  if (!text.trimStart().startsWith('{')) return JSON.stringify({ clientId: text.trim() })
  const { client_id: clientId, practice } = JSON.parse(text) as { readonly client_id?: string; readonly practice?: object }
  return JSON.stringify({ clientId, practice })
}
