/** `lifeboat account test`: says in sentences what works and what does not, and changes nothing on the server. */

import type { Account } from '../../core/account.ts'
import type { Context } from '../../core/context.ts'
import { type ErrorCode, toAppError } from '../../core/errors.ts'
import type { TestFinding } from '../../core/provider.ts'
import { defaultRetry } from '../../core/retry.ts'
import { type FoundCollection, listCollections } from './collections.ts'
import { type DavService, findHome } from './home.ts'
import { DavClient } from './http.ts'
import { presetFor, presetForUrl } from './presets.ts'
import { type DavSettings, isLoopback, parseSettings } from './settings.ts'
import { openDrive } from './webdav-propfind.ts'

const works = (text: string): TestFinding => ({ ok: true, text })
const fails = (code: ErrorCode, text: string): TestFinding => ({ ok: false, text, code })

/** Names that are shown of the collections that were found. */
const namesShown = 5
const once = { ...defaultRetry, tries: 1 }

/**
 * Looks at each service that the account has. One attempt each, and none at a server that has refused the password, so that a
 * wrong one is not tried until the provider locks the account.
 * @throws the signal's reason when it aborts
 */
export async function* testAccount(account: Account, context: Context, signal: AbortSignal): AsyncGenerator<TestFinding> {
  let client: DavClient
  let settings: DavSettings
  try {
    settings = parseSettings(account.settings)
    client = new DavClient(settings, context, { retry: once })
  } catch (error) {
    const { code, message } = toAppError(error)
    yield fails(code, message)
    return
  }
  const services = servicesOf(settings).filter(({ service }) => account.services.includes(service))
  if (services.length === 0) yield fails('usage', 'The account names no address of contacts, calendars or files.')
  const told = new Set<string>()
  const refused = new Map<string, URL>()
  try {
    for (const service of services) {
      if (!told.has(service.url.origin)) yield encryption(service.url)
      told.add(service.url.origin)
      if (refused.has(service.url.origin)) {
        yield fails('auth', `${words[service.service]}: not tried, because ${service.url.host} refuses the password.`)
        continue
      }
      try {
        yield works(await look(client, service, signal))
      } catch (error) {
        signal.throwIfAborted()
        const { code, message } = toAppError(error)
        yield fails(code, `${words[service.service]}: ${message}`)
        if (code === 'auth') refused.set(service.url.origin, service.url)
      }
    }
  } finally {
    client.close()
  }
  for (const text of new Set([...refused.values()].map((url) => whatIsWanted(url, settings)))) yield fails('auth', text)
}

const words = { contacts: 'Contacts', calendar: 'Calendars', files: 'Files' } as const

interface Named {
  readonly service: DavService | 'files'
  readonly url: URL
}

function servicesOf({ carddav, caldav, webdav }: DavSettings): readonly Named[] {
  return [
    ...(carddav === undefined ? [] : [{ service: 'contacts', url: new URL(carddav) } as const]),
    ...(caldav === undefined ? [] : [{ service: 'calendar', url: new URL(caldav) } as const]),
    ...(webdav === undefined ? [] : [{ service: 'files', url: new URL(webdav) } as const]),
  ]
}

async function look(client: DavClient, { service, url }: Named, signal: AbortSignal): Promise<string> {
  if (service === 'files') {
    await openDrive(client, url, signal)
    return `Files: ${url.host} accepts the user name and the password, and shows the folder with the files.`
  }
  const home = await findHome(client, url, service, signal)
  const found: FoundCollection[] = []
  for await (const collection of listCollections(client, home, service, signal)) found.push(collection)
  const what = service === 'contacts' ? 'address book' : 'calendar'
  const shown = found.slice(0, namesShown).map(({ collection }) => `"${collection.path.join(' / ')}"`)
  const more = found.length > namesShown ? ` and ${found.length - namesShown} more` : ''
  const list = found.length === 0 ? '' : `: ${shown.join(', ')}${more}`
  return `${words[service]}: ${url.host} accepts the user name and the password. There ${found.length === 1 ? 'is' : 'are'} ${found.length} ${what}${found.length === 1 ? '' : 's'}${list}.`
}

function encryption(url: URL): TestFinding {
  if (url.protocol === 'https:') return works(`The connection to ${url.host} is encrypted (TLS).`)
  return works(
    isLoopback(url.hostname)
      ? `The connection to ${url.host} is not encrypted; it does not leave this computer.`
      : `The connection to ${url.host} is not encrypted: anyone on the way can read the data and the password.`,
  )
}

function whatIsWanted(url: URL, settings: DavSettings): string {
  const preset = presetForUrl(url) ?? presetFor(settings.user.includes('@') ? settings.user : '')
  const steps = preset?.steps.map((step, n) => `${n + 1}. ${step}`).join(' ') ?? ''
  return preset === null || steps === ''
    ? 'Check the user name (often the whole address) and the password. Many providers want an app password for programs.'
    : `What ${preset.name} wants: ${steps} More: ${preset.helpUrl}`
}
