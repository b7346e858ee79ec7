/** `account add microsoft`: by the browser, with a code on another device, or with a certificate for a whole organisation. */
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { App } from '../../api/contract.ts'
import { fileText, requireTerminal, untilRight } from '../given-file.ts'
import type { Lines } from '../lines.ts'
import type { Session } from '../session.ts'
import { type AddBrowserOptions, addBrowserAccount, numbered } from './account-browser.ts'
import { addOrganisation, ask } from './account-workspace.ts'
import { certificateSteps, consentScreen, registerOnce } from './microsoft-words.ts'

export interface MicrosoftOptions extends AddBrowserOptions {
  /** The application id, or the file of a practice account. */
  readonly clientId?: string
  /** For whose accounts the registration is. */
  readonly accounts?: 'consumers' | 'organizations'
  /** Of each file in OneDrive, how many earlier ones. */
  readonly versions?: number
  /** The organisation, for a program that signs in for itself. */
  readonly tenant?: string
  readonly certificate?: string
  readonly users?: string
  readonly everybody?: boolean
}

export async function addMicrosoftAccount(session: Session, options: MicrosoftOptions): Promise<number> {
  const { terminal } = session
  const provider = 'microsoft'
  return await addBrowserAccount(session, options, {
    provider,
    settings: { ...(options.accounts === undefined ? {} : { tenant: options.accounts }), ...chosenFiles(options) },
    async registration(app, lines, signal) {
      if (options.clientId !== undefined) return await clientIdText(options.clientId)
      const need = await app.registration(provider)
      if (need.isThere) return null
      const steps = [registerOnce, ...numbered(need)]
      requireTerminal(terminal, {
        given: undefined,
        wanted: 'Microsoft wants an application id',
        option: '--client-id ID',
        steps,
      })
      for (const step of steps) await terminal.stderr.write(`${step}\n`)
      return await untilRight(terminal, async () => {
        const typed = await lines.ask('\nThe Application (client) ID: ', signal)
        await app.checkRegistration(provider, typed)
        return typed
      })
    },
    beforehand: consentScreen,
  })
}

export async function addMicrosoftTenant(session: Session, tenant: string, options: MicrosoftOptions): Promise<number> {
  const { terminal } = session
  return await addOrganisation(session, options, {
    provider: 'microsoft',
    keyFile(_app: App, lines: Lines, signal) {
      const certificate = { wanted: 'Microsoft wants a certificate', option: '--certificate FILE', steps: certificateSteps }
      return fileText(terminal, lines, { given: options.certificate, ...certificate }, signal)
    },
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
