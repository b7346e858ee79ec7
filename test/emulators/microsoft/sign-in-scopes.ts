/** What a program may ask for, and what of it a person can allow. */

export const openIdScopes = ['openid', 'profile', 'email', 'offline_access'] as const

export const knownScopes = [
  'User.Read',
  'User.Read.All',
  'IMAP.AccessAsUser.All',
  'https://outlook.office.com/IMAP.AccessAsUser.All',
].concat(
  ['Mail', 'Contacts', 'Calendars', 'Files'].flatMap((name) => [`${name}.Read`, `${name}.ReadWrite`]),
  ['Calendars.Read.Shared', 'Files.Read.All', 'MailboxSettings.Read', 'Notes.Read'],
)

/** "Microsoft account supported: No" ("Microsoft Graph permissions reference"). */
const workOnly: readonly string[] = ['Calendars.Read.Shared', 'User.Read.All']

interface Decided {
  readonly allowed: readonly string[]
  /** Of `invalid_scope`. */
  readonly refusal: string | null
}

/** What a personal account does not know is left out without a word; it lets a program in to one API at a time. */
export function decided(scopes: readonly string[], declined: readonly string[], kind: 'personal' | 'work'): Decided {
  const isPersonal = kind === 'personal'
  const ofApis = scopes.filter((scope) => !(openIdScopes as readonly string[]).includes(scope))
  const apis = new Set(ofApis.map((scope) => scope.slice(0, scope.lastIndexOf('/') + 1)))
  const refusal = `The provided value for the input parameter 'scope' is not valid. One or more scopes in '${scopes.join(' ')}' are not compatible with each other.`
  return {
    allowed: scopes.filter((scope) => !declined.includes(scope) && !(isPersonal && workOnly.includes(scope))),
    refusal: isPersonal && apis.size > 1 ? refusal : null,
  }
}
