import { z } from 'zod'
import type { Service } from '../../core/account.ts'
import type { JsonObject } from '../../core/json.ts'
import { checkedSettings } from '../shared/settings.ts'

/** Google's own places; only a practice account has others. */
export interface Places {
  readonly authorize: string
  readonly token: string
  readonly revoke: string
  /** For the clients' `rootUrl`; absent: each API's own host. */
  readonly root: string | undefined
}

const loopback = /^https:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d{1,5}$/

const schema = z.strictObject({
  /** The account's address; unknown until the person has signed in. */
  user: z.email('must be an e-mail address').max(320).optional(),
  /** The OAuth client that the person made (or that came with the program). */
  clientId: z.string().regex(/^[\w.-]{10,200}$/, 'must be a client id such as 1234-abc.apps.googleusercontent.com'),
  /** The service account of an organisation (Google Workspace): it acts for `user`, and nobody signs in. */
  serviceAccount: z.email('must be the address of a service account').max(320).optional(),
  /** With a service account: the administrator in whose name the people are listed. */
  admin: z.email('must be the address of an administrator').max(320).optional(),
  /** With a service account: everybody is backed up, also whoever comes later. */
  everybody: z.boolean().default(false),
  mail: z
    .strictObject({
      spam: z.boolean().default(true),
      trash: z.boolean().default(true),
      drafts: z.boolean().default(true),
      chats: z.boolean().default(true),
    })
    .prefault({}),
  files: z
    .strictObject({
      /** In which formats documents of Google's own are saved; each makes a file of its own. */
      formats: z
        .array(z.enum(['office', 'odf', 'pdf']))
        .min(1)
        .default(['office']),
      /** Whether earlier versions of files are kept, too, as far as Google keeps them. */
      revisions: z.boolean().default(false),
      /** Whether a restore turns Office files into documents of Google's own. */
      convert: z.boolean().default(false),
    })
    .prefault({}),
  /** Which of Google's quotas holds: that of projects made since May 2026, or the older and larger one. */
  quota: z.enum(['since-2026-05', 'before-2026-05']).default('since-2026-05'),
  /** A practice account on this computer instead of Google, and the certificate authority (PEM file) of it. */
  practice: z
    .strictObject({
      origin: z.string().regex(loopback, 'must be on this computer, e.g. https://127.0.0.1:8443'),
      ca: z.string().min(1),
    })
    .optional(),
})

export type GoogleSettings = Readonly<z.infer<typeof schema>>

/** @throws AppError `usage` that names the setting. */
export function parseSettings(settings: JsonObject): GoogleSettings {
  return checkedSettings(schema, settings, 'Google')
}

export function placesOf({ practice }: GoogleSettings): Places {
  if (practice === undefined) {
    return {
      authorize: 'https://accounts.google.com/o/oauth2/v2/auth',
      token: 'https://oauth2.googleapis.com/token',
      revoke: 'https://oauth2.googleapis.com/revoke',
      root: undefined,
    }
  }
  const { origin } = practice
  return { authorize: `${origin}/o/oauth2/v2/auth`, token: `${origin}/token`, revoke: `${origin}/revoke`, root: origin }
}

const prefix = 'https://www.googleapis.com/auth/'

/** What each service needs to be read, and nothing that could write. */
export const readingScopes: Readonly<Record<Service, readonly string[]>> = {
  mail: ['gmail.readonly'],
  contacts: ['contacts.readonly', 'contacts.other.readonly'],
  calendar: ['calendar.readonly'],
  files: ['drive.readonly'],
}

/** What each service needs besides for a restore. */
export const writingScopes: Readonly<Record<Service, readonly string[]>> = {
  mail: ['gmail.insert', 'gmail.labels'],
  contacts: ['contacts'],
  calendar: ['calendar'],
  files: ['drive.file'],
}

/** For the list of an organisation's people. */
export const directoryScope = `${prefix}admin.directory.user.readonly`

/** A new consent replaces the old one, so the scopes of all services are always asked for together. */
export function scopesFor(services: readonly Service[], forRestore: boolean): string[] {
  return ['openid', 'email', ...apiScopes(services, forRestore)]
}

/** Without those that say whose account it is. */
export function apiScopes(services: readonly Service[], forRestore: boolean): string[] {
  const kinds = forRestore ? [readingScopes, writingScopes] : [readingScopes]
  return services.flatMap((service) => kinds.flatMap((kind) => kind[service])).map((scope) => prefix + scope)
}

export function shortScopes(granted: string): string[] {
  return granted.split(' ').flatMap((scope) => (scope.startsWith(prefix) ? [scope.slice(prefix.length)] : []))
}
