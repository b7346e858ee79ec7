/** The certificate with which the program signs in for itself. */
import { X509Certificate } from 'node:crypto'
import type { Account, Service } from '../../core/account.ts'
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { grantText } from './grant.ts'
import { parseSettings, readingScopes } from './settings.ts'

/** What the file holds, and what the administrator has to allow. @throws AppError `usage` where it holds no certificate with its key */
export function readCertificate(
  text: string,
  { settings, services }: Pick<Account, 'settings' | 'services'>,
): { readonly settings: JsonObject; readonly secret: string; readonly steps: readonly string[] } {
  checkCertificate(text)
  const all = { ...settings, appOnly: true }
  // The mailbox is that of each person; one has to stand here for the check.
  const { clientId } = parseSettings({ ...all, user: 'somebody@example.com' })
  return { settings: all, secret: grantText({ certificate: text }), steps: consentSteps(clientId, services) }
}

function checkCertificate(text: string): void {
  try {
    clientCertificate(text, '')
  } catch {
    throw new AppError('usage', 'This is not the right file: it holds no certificate with its private key.', {
      advice: 'Put both into one PEM file, the key without a password: cat lifeboat.crt lifeboat.key > lifeboat.pem',
    })
  }
}

function consentSteps(clientId: string, services: readonly Service[]): string[] {
  // OneNote does not let it in.
  const scopes = services.flatMap((service) => readingScopes[service])
  const roles = ['User.Read.All', ...scopes.filter((scope) => scope !== 'Notes.Read')]
  return [
    `Open https://entra.microsoft.com/#view/Microsoft_AAD_RegisteredApps/ApplicationMenuBlade/~/CallAnAPI/appId/${clientId}`,
    `Press "Add a permission", Microsoft Graph, Application permissions, and tick: ${roles.join(', ')}`,
    'Press "Grant admin consent".',
  ]
}

/** @throws AppError `auth` where it is no certificate with its key */
export function clientCertificate(pem: string | undefined, account: string): { thumbprintSha256: string; privateKey: string } {
  const privateKey = /-----BEGIN (RSA |EC )?PRIVATE KEY-----[\s\S]+?-----END (RSA |EC )?PRIVATE KEY-----/.exec(pem ?? '')?.[0]
  try {
    if (privateKey !== undefined) {
      const { fingerprint256 } = new X509Certificate(pem ?? '')
      return { thumbprintSha256: fingerprint256.replaceAll(':', '').toLowerCase(), privateKey }
    }
  } catch {
    // Told below; the cause may quote the file.
  }
  throw new AppError('auth', `There is no certificate with its private key for the account "${account}".`, {
    advice: 'Give a PEM file that holds both, the key without a password: lifeboat account add microsoft --help',
  })
}
